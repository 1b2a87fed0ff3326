/** What goes wrong with messages, by a seed: bits, lengths, lines, numbers. */
import type { SeededRandom } from '@jackfield/base/testing';

type Mutation = (bytes: Buffer, random: SeededRandom) => Buffer;

const NUMBERS = [
  '-1',
  '0',
  '255',
  '65536',
  '2147483648',
  '4294967296',
  '18446744073709551616',
  '9'.repeat(400),
  '1e9',
  '00000000000000000001',
];
const LONGEST = 60_000; // fits into a datagram

const lines = (bytes: Buffer): string[] => bytes.toString('latin1').split('\r\n');
const joined = (list: readonly string[]): Buffer => Buffer.from(list.join('\r\n'), 'latin1');

const MUTATIONS: readonly Mutation[] = [
  function flipBits(bytes, random) {
    const flipped = Buffer.from(bytes);
    for (let left = 1 + random.integer(8); left > 0; left -= 1) {
      const at = random.integer(flipped.length);
      flipped[at] = flipped[at]! ^ (1 << random.integer(8));
    }
    return flipped;
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, 1 + random.integer(bytes.length));
  },
  function twice(bytes) {
    return Buffer.concat([bytes, bytes]);
  },
  function hugeNumber(bytes, random) {
    const text = bytes.toString('latin1');
    const found = [...text.matchAll(/\d+/g)];
    if (found.length === 0) return bytes;
    const { index, 0: digits } = random.pick(found);
    return Buffer.from(text.slice(0, index) + random.pick(NUMBERS) + text.slice(index + digits.length), 'latin1');
  },
  function deleteLine(bytes, random) {
    const list = lines(bytes);
    list.splice(random.integer(list.length), 1);
    return joined(list);
  },
  function repeatLine(bytes, random) {
    const list = lines(bytes);
    const at = random.integer(list.length);
    list.splice(at, 0, ...Array<string>(random.chance(0.1) ? 300 : 1).fill(list[at]!));
    return joined(list);
  },
  function swapLines(bytes, random) {
    const list = lines(bytes);
    const [a, b] = [random.integer(list.length), random.integer(list.length)];
    [list[a], list[b]] = [list[b]!, list[a]!];
    return joined(list);
  },
  function insertBytes(bytes, random) {
    const at = random.integer(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.integer(64)), bytes.subarray(at)]);
  },
  function growLine(bytes, random) {
    const list = lines(bytes);
    const at = random.integer(list.length);
    list[at] += random.pick(['a', ';x', ' ', '%41', '"', ',', '\0', '<sip:']).repeat(1 + random.integer(4000));
    return joined(list);
  },
];

/** One to three things at once; one in ten messages stays whole. */
export function mutate(message: Buffer, random: SeededRandom): Buffer {
  let bytes = message;
  if (random.chance(0.1)) return bytes;
  for (let left = 1 + random.integer(3); left > 0; left -= 1) bytes = random.pick(MUTATIONS)(bytes, random);
  return bytes.length === 0 ? Buffer.from([0x80]) : bytes.subarray(0, LONGEST);
}
