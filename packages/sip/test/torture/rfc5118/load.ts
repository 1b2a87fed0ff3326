/** RFC 5118's messages: as its archive has them, and in wire form, with what is expected of a parser and of a server. */
import { readFileSync } from 'node:fs';

interface Place {
  readonly host: string;
  readonly port?: number;
}
export interface Ipv6Case {
  readonly name: string;
  readonly section: string;
  readonly kind: 'request';
  readonly valid: boolean;
  readonly uas: { readonly verdict: 'process' | 'reject'; readonly acceptableStatus: readonly number[] };
  /** Absent: it cannot be read. */
  readonly read?: {
    readonly method: string;
    readonly uri: Place;
    readonly vias: readonly (Place & { readonly transport?: string; readonly received?: string })[];
    readonly contact?: Place;
    readonly toTag?: string;
    /** Stands in the body. */
    readonly body?: readonly string[];
  };
  readonly archived: Buffer;
  /** Lines end in CRLF, an empty line ends the header, and Content-Length is the body's. */
  readonly bytes: Buffer;
}

const read = (file: string): Buffer => readFileSync(new URL(file, import.meta.url));

function wireForm(archived: Buffer): Buffer {
  const text = archived.toString('latin1').replaceAll('\n', '\r\n');
  const gap = text.indexOf('\r\n\r\n');
  const head = gap < 0 ? text.trimEnd() : text.slice(0, gap);
  const body = gap < 0 ? '' : text.slice(gap + 4);
  return Buffer.from(`${head.replace(/^(Content-Length: )\d+/m, `$1${body.length}`)}\r\n\r\n${body}`, 'latin1');
}

const { cases } = JSON.parse(read('expectations.json').toString('utf8')) as { cases: readonly Omit<Ipv6Case, 'archived' | 'bytes'>[] };

/** All 12. */
export const ipv6Cases: readonly Ipv6Case[] = cases.map((one) => {
  const archived = read(`${one.name}.dat`);
  return Object.assign(one, { archived, bytes: wireForm(archived) });
});
