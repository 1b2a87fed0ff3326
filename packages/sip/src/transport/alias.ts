/** The Via parameter `alias` (RFC 5923 §6): who sends it lets the other side send requests back on the same connection. */

const RESPONSE = 'SIP/2.0 ';
const VIA = '\r\nVia:';
const BRANCH = ';branch=';
const ALIAS = ';alias';

/** The same request with `alias` in its topmost Via; a response as it is. @param bytes - as the stack wrote them. */
export function withAlias(bytes: Uint8Array): Uint8Array {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.toString('latin1', 0, RESPONSE.length) === RESPONSE) return bytes;
  const via = whole.indexOf(VIA, 0, 'latin1');
  const branch = via < 0 ? -1 : whole.indexOf(BRANCH, via, 'latin1');
  const end = via < 0 ? -1 : whole.indexOf('\r\n', via + 2, 'latin1');
  if (branch < 0 || branch > end) return bytes;
  return Buffer.concat([whole.subarray(0, branch), Buffer.from(ALIAS), whole.subarray(branch)]);
}
