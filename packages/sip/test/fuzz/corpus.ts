/** What is mutated: the torture messages of RFC 4475 and RFC 5118, those of the flows of RFC 3665, and generated ones. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Framer } from '../../src/transport/framer.ts';
import { messageModel } from '../properties/messages.ts';
import { tortureCases, undocumented } from '../torture/load.ts';
import { ipv6Cases } from '../torture/rfc5118/load.ts';

/** The messages of RFC 3665's flows stand one behind the other, as on a stream. */
function flowMessages(): Uint8Array[] {
  const messages: Uint8Array[] = [];
  const user = { framed: (bytes: Uint8Array): void => void messages.push(bytes), pinged(): void {}, ponged(): void {}, broken(): void {} };
  new Framer({ maxHeadBytes: 65_535, maxMessageBytes: 65_535 }, user).push(readFileSync(new URL('rfc3665.dat', import.meta.url)));
  return messages;
}

/** One byte a character. The same for one seed. */
export function corpus(seed: number, generated = 60): string[] {
  const made = fc.sample(messageModel(), { seed, numRuns: generated }).map(({ bytes }) => bytes);
  const stored = [
    ...tortureCases.map(({ bytes }) => bytes),
    undocumented,
    ...ipv6Cases.flatMap(({ bytes, archived }) => [bytes, archived]),
  ];
  return [...stored, ...flowMessages(), ...made].map((bytes) => Buffer.from(bytes).toString('latin1'));
}
