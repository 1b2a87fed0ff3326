/** A third host that sends PRACKs for responses which nobody sent, close behind those that are right: none of them may be taken (RFC 3262 §3). */
import type { SeededRandom, SimulatedHost, SimulatedNetwork } from '@jackfield/base/testing';
import { field } from './fields.ts';

const PORT = 5060;

export async function strayPracks(
  network: SimulatedNetwork,
  host: SimulatedHost,
  random: SeededRandom,
  complain: (what: string) => void,
): Promise<void> {
  const address = host.addresses[0]!;
  const message = (bytes: Uint8Array): void => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    if (text.startsWith('SIP/2.0 2')) complain(`a PRACK with RAck of a response that was never sent is answered ${text.slice(8, 11)}`);
  };
  const socket = await host.bindDatagram({ host: address, port: PORT }, { message, error: () => undefined });
  let count = 0;
  network.tap(({ what, from, to, bytes }) => {
    if (what !== 'sent' || from.host === address || bytes[0] !== 0x50 || bytes[1] !== 0x52) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const rack = field(text, '\r\nRAck: ', '\r').split(' ');
    if (rack.length !== 3 || random.chance(0.5)) return;
    count += 1;
    const [response, sequence] = rack.map(Number) as [number, number];
    const wrong = random.chance(0.7) ? `${response + random.pick([-1, 50])} ${sequence} INVITE` : `${response} ${sequence + 1} INVITE`;
    const stray = text
      .replace(/\r\nVia: [^\r]*/, `\r\nVia: SIP/2.0/UDP ${address}:${PORT};branch=z9hG4bKstray${count}`)
      .replace(/\r\nRAck: [^\r]*/, `\r\nRAck: ${wrong}`);
    socket.send(Buffer.from(stray, 'latin1'), to.port, to.host);
  });
}
