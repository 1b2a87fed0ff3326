/** What becomes of a transfer, as a status line in message/sipfrag (RFC 3420, RFC 3515 §2.4.5). Headers in a fragment are not read, and none are written (§5.3). */
import { reasonPhrase, type Body } from '@jackfield/sip';

export const SIPFRAG = 'message/sipfrag';

/** How far a transfer is: the status of the call to its target. */
export interface Progress {
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
}

/** More than any status line needs. */
const MAX_LINE = 512;

/** Undefined for another type, and for what begins with no status line. */
export function readSipfrag(body: Body | undefined): Progress | undefined {
  if (body?.type !== SIPFRAG) return undefined;
  const text = new TextDecoder().decode(body.bytes.subarray(0, MAX_LINE));
  const [, status, reason] = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n]*))?(?:\r?\n|$)/i.exec(text) ?? [];
  return status === undefined ? undefined : { status: Number(status), reason: reason ?? '' };
}

export function writeSipfrag({ status, reason }: Progress): Body {
  return { type: SIPFRAG, parameters: { version: '2.0' }, bytes: new TextEncoder().encode(`SIP/2.0 ${status} ${reason}\r\n`) };
}

/** With the usual phrase where none is given; control characters of a given one become spaces. */
export function progressOf(status: number, reason?: string): Progress {
  // oxlint-disable-next-line no-control-regex -- they would end the line
  return { status, reason: reason?.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ') ?? reasonPhrase(status) };
}
