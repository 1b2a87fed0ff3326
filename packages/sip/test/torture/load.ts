/** RFC 4475's messages, octet for octet, with what is expected of a parser and of a server (expectations.json says how to read it). */
import { readFileSync } from 'node:fs';

export interface UriFacts {
  readonly raw: string;
  readonly scheme: string;
  readonly user: string | null;
  readonly password: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly params: readonly (readonly [string, string | null])[];
  readonly headers: string | null;
}
export interface AddressFacts {
  readonly display: string | null;
  readonly uri: UriFacts;
  readonly params: readonly (readonly [string, string | null])[];
  readonly tag?: string | null;
}
export interface ViaFacts {
  readonly transport: string;
  readonly host: string;
  readonly port: number | null;
  readonly branch: string | null;
  readonly params: readonly (readonly [string, string | null])[];
}
export interface Facts {
  readonly kind: 'request' | 'response';
  readonly method?: string;
  readonly requestUri?: UriFacts;
  readonly status?: number;
  readonly reason?: string;
  readonly viaCount?: number;
  readonly vias?: readonly ViaFacts[];
  readonly from?: AddressFacts;
  readonly to?: AddressFacts;
  readonly contacts?: readonly AddressFacts[];
  readonly routes?: readonly AddressFacts[];
  readonly recordRoutes?: readonly AddressFacts[];
  readonly callId?: string;
  readonly cseq?: { readonly number: number; readonly method: string };
  readonly maxForwards?: number;
  readonly contentType?: string;
  readonly contentLength?: number;
  readonly bodyLength?: number;
}
export interface TortureCase {
  readonly name: string;
  readonly section: string;
  readonly title: string;
  readonly kind: 'request' | 'response';
  readonly valid: boolean;
  /** What a server does: `process` never gives a 400 for the syntax; `either` may refuse or repair; `discard` is for responses. */
  readonly uas: {
    readonly verdict: 'process' | 'reject' | 'either' | 'discard';
    readonly acceptableStatus: readonly number[];
    readonly preferredStatus: number | null;
    readonly responseHeaders?: Readonly<Record<string, 'present' | readonly string[]>>;
  };
  readonly notes: readonly string[];
  readonly facts: Facts;
  readonly headersUnfolded: readonly (readonly [string, string])[];
  readonly unreliableFacts: readonly string[];
  /** `udp`: makes sense as one datagram only. */
  readonly transports?: readonly ('udp' | 'tcp')[];
  readonly streamTransport?: string;
  /** The message as it goes on the wire. */
  readonly bytes: Buffer;
}

const read = (file: string): Buffer => readFileSync(new URL(file, import.meta.url));

const { cases } = JSON.parse(read('expectations.json').toString('utf8')) as { cases: readonly (Omit<TortureCase, 'bytes'> & { readonly file: string })[] };

/** All 49. */
export const tortureCases: readonly TortureCase[] = cases.map((one) => Object.assign(one, { bytes: read(one.file) }));

/** The one that the archive holds and the RFC does not speak of. */
export const undocumented = read('test.dat');
