/** The ordered, lossless model of a session description (RFC 8866 §5). Plain data: every line is kept, in its place; what it means is read elsewhere. */

/** Who sends, seen from the side whose description says it (RFC 8866 §6.7). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** One m= section. `lines` are the lines after m=, whole and in order, without their line end: `a=rtpmap:0 PCMU/8000`. */
export interface MediaSection {
  /** `audio`, `video`, `image` … as written. */
  readonly kind: string;
  /** 0 to 65535; 0 declines the line, unless it is `a=bundle-only` (see `isDeclined`). */
  readonly port: number;
  /** The number of ports where the line says it (`49170/2`), kept for writing. */
  readonly portCount?: number | undefined;
  readonly protocol: string;
  /** Payload numbers in RTP profiles, anything else in others; in order of preference. */
  readonly formats: readonly string[];
  readonly lines: readonly string[];
}

/** A whole description. `lines` are the session's own, whole as well: `v=0`, `o=…`, `c=…`, `a=group:…`. */
export interface Description {
  readonly sections: readonly MediaSection[];
  readonly lines: readonly string[];
}

/** What a reader of lines takes: a section or a description. */
export interface Lines {
  readonly lines: readonly string[];
}
