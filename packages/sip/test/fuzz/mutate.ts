/** What can go wrong with a message, by a seed: bits and bytes, lengths and numbers, elements of the grammar repeated, moved, or put where they do not belong. */
import type { SeededRandom } from '@jackfield/base/testing';

/** Bytes; fits into a datagram. */
const LONGEST = 60_000;

type Mutation = (text: string, random: SeededRandom, others: readonly string[]) => string;

const NUMBERS = [
  ['-1', '0', '1', '69', '70', '99', '100', '199', '255', '256', '699', '700', '1e9', '0x10', '1.5', '+1', '00000000000000000001'],
  ['65535', '65536', '2147483647', '2147483648', '4294967295', '4294967296', '9007199254740993', '18446744073709551616', '9'.repeat(400)],
].flat();

const SHARDS = [
  ['\0', '\r', '\n', '\r\n', '\r\n\r\n', '\r\n ', '\r\n\t', ' \r\n \r\n ', '\n ', '\r ', '\t', '\v', '\f', '\x7f', '\x1b[2J', ' '],
  ['\xc3', '\xa9', '\xc0\xaf', '\xed\xa0\x80', '\xf0\x9f\x8e\xb7', '\xef\xbb\xbf', '\xff', '\xe2\x80\xae', '\xc2\xa0', '\xc2\x85'],
  [
    '"',
    '\\',
    '\\"',
    '""',
    '<',
    '>',
    '<>',
    '(',
    ')',
    '[',
    ']',
    '[]',
    '[::',
    ']:',
    ',',
    ',,',
    ';',
    ';;',
    '=',
    '==',
    '?',
    '&',
    ':',
    '::',
    '@',
    '@@',
  ],
  ['%', '%0', '%00', '%0d%0a', '%41', '%zz', '/', '//', '*', '#', '{', '}', '|', '^', '`', "'"],
].flat();

const WORDS = [
  ['SIP/2.0', 'SIP/3.0', 'SIP/2.0/UDP ', 'sip:', 'sips:', 'tel:', 'sip:a@b', '<sip:a@[::1]>', 'sip:[1::2', '"\xc3\xa9" <sip:a@b>', '*'],
  [
    ';tag=',
    ';tag=x',
    ';branch=z9hG4bK',
    ';branch=',
    ';rport',
    ';rport=0',
    ';received=',
    ';maddr=',
    ';ttl=256',
    ';lr',
    ';q=0.5',
    ';expires=',
  ],
  ['INVITE', 'ACK', 'BYE', 'CANCEL', 'REGISTER', ' 200 OK', 'Via: ', 'v:', 'f:', 'l: ', 'Content-Length: ', 'Content-Length : 0\r\n'],
  [
    'Route: <sip:a;lr>\r\n',
    'Contact: *\r\n',
    'Require: 100rel\r\n',
    'Max-Forwards: 0\r\n',
    'c: multipart/mixed;boundary=x\r\n',
    '--x\r\n',
    '--x--',
  ],
  [
    'Expires: ',
    'Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n',
    'Retry-After: 1(((;x\r\n',
    'RAck: 1 1 INVITE\r\n',
    'Timestamp: 1.1 1.1\r\n',
    'Accept: */*;q=2\r\n',
  ],
].flat();

const DELIMITER = /[\r\n,;:<>"=&?@ /().]/g;

/** A place: a third of them next to a delimiter, since it is there that readers decide. */
function place(text: string, random: SeededRandom): number {
  const at = random.integer(text.length + 1);
  if (random.chance(0.66)) return at;
  DELIMITER.lastIndex = at;
  const found = DELIMITER.exec(text);
  return found === null ? at : found.index + (random.chance(0.5) ? 1 : 0);
}

function span(text: string, random: SeededRandom, longest: number): readonly [from: number, to: number] {
  const from = place(text, random);
  return [from, Math.min(text.length, from + 1 + random.integer(longest))];
}

/** From one delimiter to behind the next. */
function element(text: string, random: SeededRandom): readonly [from: number, to: number] {
  DELIMITER.lastIndex = random.integer(text.length + 1);
  const from = DELIMITER.exec(text)?.index ?? 0;
  DELIMITER.lastIndex = from + 1;
  let to = DELIMITER.exec(text)?.index ?? text.length;
  for (let more = random.integer(3); more > 0; more -= 1) {
    DELIMITER.lastIndex = to + 1;
    to = DELIMITER.exec(text)?.index ?? text.length;
  }
  return [from, to];
}

const insert = (text: string, at: number, more: string): string => text.slice(0, at) + more + text.slice(at);

/** How often something is repeated: mostly a little, sometimes to the limit. */
const often = (random: SeededRandom, length: number): number =>
  Math.min(1 + random.integer(random.pick([2, 8, 40, 300, 20_000])), Math.ceil(LONGEST / Math.max(1, length)));

const MUTATIONS: readonly Mutation[] = [
  function flipBits(text, random) {
    for (let left = 1 + random.integer(4); left > 0 && text.length > 0; left -= 1) {
      const at = random.integer(text.length);
      text = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random.integer(8))) + text.slice(at + 1);
    }
    return text;
  },
  function overwrite(text, random) {
    const shard = random.pick(SHARDS);
    const at = place(text, random);
    return text.slice(0, at) + shard + text.slice(at + shard.length);
  },
  (text, random) => insert(text, place(text, random), random.pick(SHARDS)),
  (text, random) => insert(text, place(text, random), random.pick(WORDS)),
  (text, random) => text.slice(0, random.integer(text.length)),
  (text, random) => text.slice(random.integer(Math.ceil(text.length / 4))),
  function remove(text, random) {
    const [from, to] = random.chance(0.5) ? element(text, random) : span(text, random, 20);
    return text.slice(0, from) + text.slice(to);
  },
  function repeatElement(text, random) {
    const [from, to] = element(text, random);
    return insert(text, to, text.slice(from, to).repeat(often(random, to - from)));
  },
  (text, random) => {
    const shard = random.pick(random.chance(0.5) ? SHARDS : WORDS);
    return insert(text, place(text, random), shard.repeat(often(random, shard.length)));
  },
  function number(text, random) {
    const found = [...text.matchAll(/\d+/g)];
    if (found.length === 0) return text;
    const { index, 0: digits } = random.pick(found);
    return text.slice(0, index) + random.pick(NUMBERS) + text.slice(index + digits.length);
  },
  function splice(text, random, others) {
    const other = random.pick(others);
    return text.slice(0, place(text, random)) + other.slice(place(other, random));
  },
  function transplant(text, random, others) {
    const other = random.pick(others);
    const [from, to] = random.chance(0.5) ? element(other, random) : span(other, random, 60);
    return insert(text, place(text, random), other.slice(from, to));
  },
  function moveElement(text, random) {
    const [from, to] = element(text, random);
    const rest = text.slice(0, from) + text.slice(to);
    return insert(rest, place(rest, random), text.slice(from, to));
  },
  function lines(text, random, others) {
    const list = text.split('\r\n');
    const at = random.integer(list.length);
    const line = list[at]!;
    switch (random.integer(4)) {
      case 0:
        list.splice(at, 1);
        break;
      case 1:
        list.splice(at, 0, ...Array<string>(Math.min(300, often(random, line.length))).fill(line));
        break;
      case 2:
        list.splice(at, 0, random.pick(random.pick(others).split('\r\n')));
        break;
      default: {
        const other = random.integer(list.length);
        [list[at], list[other]] = [list[other]!, line];
      }
    }
    return list.join('\r\n');
  },
  function fold(text, random) {
    const at = place(text, random);
    return (
      text.slice(0, at) + random.pick(['\r\n ', ' \r\n\t', '\r\n', ' ', '\t\t', '\n ']) + text.slice(text.charAt(at) === ' ' ? at + 1 : at)
    );
  },
  function letterCase(text, random) {
    const [from, to] = span(text, random, 30);
    const part = text.slice(from, to);
    return text.slice(0, from) + (random.chance(0.5) ? part.toUpperCase() : part.toLowerCase()).slice(0, to - from) + text.slice(to);
  },
];

/** @param text - one byte a character @param others - what is spliced in @returns at most 60,000 characters */
export function mutate(text: string, random: SeededRandom, others: readonly string[]): string {
  let changed = text;
  for (let left = 1 + random.integer(random.pick([1, 1, 3, 10])); left > 0; left -= 1) {
    changed = random.pick(MUTATIONS)(changed, random, others);
    if (changed.length > LONGEST) changed = changed.slice(0, LONGEST);
  }
  return changed;
}
