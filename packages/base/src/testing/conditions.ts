/** What a simulated network does to what it carries, and what it does unless told otherwise: one ms, and nothing else. */

/** What the network does to packets. Shares are 0 to 1, drawn per datagram; streams know delay, splitting, breaking and partitions only. */
export interface NetworkConditions {
  /** One-way delay, whole ms, drawn evenly from `minDelayMs` to `maxDelayMs`; 1 and 1 unless given. Datagrams of one path keep their order. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** Share of datagrams that are held back for up to `reorderMs` more, and overtaken meanwhile. */
  readonly reordering: number;
  /** Default 20. */
  readonly reorderMs: number;
  /** Datagrams of more bytes are lost; none unless given. */
  readonly mtu: number;
  /** Streams arrive cut and joined at random places. */
  readonly splitStreams: boolean;
  /** Share of the pieces written to streams that break theirs in place of arriving: both sides see ECONNRESET. */
  readonly streamBreaks: number;
  /** A datagram to a port where nobody listens is reported to its sender's socket (ECONNREFUSED); else it vanishes. */
  readonly reportUnreachable: boolean;
}

export const CALM: NetworkConditions = {
  minDelayMs: 1,
  maxDelayMs: 1,
  loss: 0,
  duplication: 0,
  reordering: 0,
  reorderMs: 20,
  mtu: Infinity,
  splitStreams: false,
  streamBreaks: 0,
  reportUnreachable: false,
};

const SHARES = ['loss', 'duplication', 'reordering', 'streamBreaks'] as const;
const SIZES = ['minDelayMs', 'maxDelayMs', 'reorderMs', 'mtu'] as const;

/** @throws RangeError */
export function checkConditions(conditions: Partial<NetworkConditions>): void {
  for (const name of SHARES) {
    const share = conditions[name] ?? 0;
    if (!(share >= 0 && share <= 1)) throw new RangeError(`${name} is a share of 0 to 1, not ${share}`);
  }
  for (const name of SIZES) {
    const size = conditions[name] ?? 0;
    if (!(size >= 0)) throw new RangeError(`${name} is 0 and up, not ${size}`);
  }
}
