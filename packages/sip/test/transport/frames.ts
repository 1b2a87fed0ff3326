/** WebSocket by the byte (RFC 6455 §5.2): the handshake of a client, its frames, and a peer that sends whatever it is told to. */
import { until } from './pair.ts';
import { OURS, type Stream, type World } from './world.ts';

export const UPGRADE =
  `GET / HTTP/1.1\r\nHost: ${OURS}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n';

export const [CONTINUED, TEXT, CLOSE, PING] = [0, 1, 8, 9];

/** A masked frame, the mask being 0. `last`: of its message. */
export function frame(opcode: number, content: string | Buffer, last = true): Buffer {
  const body = Buffer.from(content as string, 'latin1');
  const length = body.length < 126 ? [body.length] : [126, body.length >> 8, body.length & 0xff];
  length[0]! |= 0x80;
  return Buffer.concat([Buffer.from([(last ? 0x80 : 0) | opcode, ...length, 0, 0, 0, 0]), body]);
}

/** Connected, and through the handshake; what it gets from there on is in `text`. */
export async function bare({ connect, clock }: World, port: number): Promise<Stream> {
  const peer = await connect({ host: OURS, port });
  peer.send(UPGRADE);
  await until(clock, () => peer.text.endsWith('\r\n\r\n'));
  peer.text = '';
  return peer;
}
