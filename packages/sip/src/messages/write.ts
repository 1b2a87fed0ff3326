/** Messages to bytes (RFC 3261 §7). Fields that nobody touched leave as they came; Content-Length is written here, once and last. */
import { Buffer } from 'node:buffer';
import type { SipRequest, SipResponse } from './message.ts';
import { CONTENT_LENGTH } from './names.ts';
import { encodeBytes } from './tokens.ts';

/** The bytes of a message for the wire. */
export function writeMessage(message: SipRequest | SipResponse): Buffer {
  let head =
    message.kind === 'request'
      ? `${message.method} ${message.uri.toString()} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${encodeBytes(message.reason)}\r\n`;
  const fields = message.headers.fields;
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at]!;
    if (field.id !== CONTENT_LENGTH) head += field.line;
  }
  const text = message.plainText;
  if (text !== undefined && text !== '') {
    head += `Content-Length: ${text.length}\r\n\r\n${text}`;
    const whole = Buffer.allocUnsafe(head.length);
    whole.write(head, 0, 'latin1');
    return whole;
  }
  const content = message.content;
  const length = content.length;
  head += length === 0 ? 'Content-Length: 0\r\n\r\n' : `Content-Length: ${length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + length);
  bytes.write(head, 0, 'latin1');
  if (length > 0) bytes.set(content, head.length);
  return bytes;
}
