/** The calls that are placed, and what is lost of each on the way. A Call-ID begins with its kind, so that a datagram tells. */
import type { DatagramSocket, Network } from '@jackfield/base';
import type { SeededRandom } from '@jackfield/sip/testing';

/** How many of a hundred calls are of the kind. */
const SHARES = {
  answered: 30,
  'callee-hangs-up': 12,
  busy: 12,
  cancelled: 8,
  'no-answer': 4,
  'hangs-up-twice': 5, // the second BYE gets 481
  'lost-ack': 5,
  'no-ack': 3,
  'lost-final': 5,
  'lost-refusal': 4,
  lossy: 5,
  dead: 2,
  unreachable: 2,
  stream: 3,
} as const;
export type Kind = keyof typeof SHARES;

const HUNDRED: readonly Kind[] = Object.entries(SHARES).flatMap(([kind, share]) => Array<Kind>(share).fill(kind as Kind));
export const kinds = Object.keys(SHARES) as readonly Kind[];
export const draw = (random: SeededRandom): Kind => random.pick(HUNDRED);

/** Share of the datagrams of a call that begin so. */
const LOSSES: Readonly<Partial<Record<Kind, readonly [begins: RegExp, share: number]>>> = {
  'lost-ack': [/^ACK/, 0.7],
  'no-ack': [/^ACK/, 1],
  'lost-final': [/^SIP\/2\.0 200/, 0.7],
  'lost-refusal': [/^(?:SIP\/2\.0 486|ACK)/, 0.7],
  lossy: [/^/, 0.3],
  dead: [/^/, 1],
};
const HEAD_BYTES = 600;

/** A network on which such datagrams never leave. */
export function losing(network: Network, random: SeededRandom): Network {
  const lost = (bytes: Uint8Array): boolean => {
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(HEAD_BYTES, bytes.length)).toString('latin1');
    const at = head.indexOf('Call-ID: ') + 9;
    const loss = LOSSES[head.slice(at, head.indexOf('.', at)) as Kind];
    return loss !== undefined && loss[0].test(head) && random.chance(loss[1]);
  };
  return {
    async bindDatagram(options, receiver): Promise<DatagramSocket> {
      const socket = await network.bindDatagram(options, receiver);
      return {
        local: socket.local,
        send: (bytes, port, host) => void (lost(bytes) || socket.send(bytes, port, host)),
        close: () => socket.close(),
      };
    },
    listenStream: (options, accept) => network.listenStream(options, accept),
    connectStream: (to, receiver, signal) => network.connectStream(to, receiver, signal),
    sourceFor: (remote) => network.sourceFor(remote),
    lookup: (name) => network.lookup(name),
  };
}
