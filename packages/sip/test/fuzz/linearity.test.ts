/** What may be repeated in a message costs in proportion: 64 KiB of it at most 2.5 times what 32 KiB take, parsed and read whole. */
import { describe, expect, it } from 'vitest';
import { fullLimits } from '../../src/messages/limits.ts';
import { parseMessage } from '../../src/messages/parse.ts';
import { readEverything } from './read-everything.ts';

const MOST = 2.5;
const SMALL = 32 * 1024;
const LIMITS = fullLimits({
  maxMessageBytes: 200_000,
  maxHeaders: 200_000,
  maxHeaderBytes: 200_000,
  maxUriBytes: 200_000,
  maxListValues: 200_000,
  maxMethodBytes: 200_000,
});

const NEEDED = ['Via: SIP/2.0/UDP c.example;branch=z9hG4bK1', 'From: <sip:c@d>;tag=1', 'To: <sip:a@b>', 'Call-ID: 1', 'CSeq: 1 OPTIONS'];

/** A whole message; `lines` stand beside the fields it must have, or in place of the one of their name. */
function message(lines: string, { uri = 'sip:a@b.example', body = '' } = {}): string {
  const name = (line: string): string => line.slice(0, line.indexOf(':') + 1);
  const kept = NEEDED.filter((line) => !lines.startsWith(name(line)));
  const all = [...kept, ...(lines === '' ? [] : [lines]), `Content-Length: ${body.length}`];
  return `OPTIONS ${uri} SIP/2.0\r\n${all.join('\r\n')}\r\n\r\n${body}`;
}

interface Element {
  readonly name: string;
  /** With as many repetitions as make up `bytes`. */
  readonly make: (bytes: number) => string;
  /** Malformed on purpose: the parser must give up in time as well. */
  readonly refused?: boolean;
}

const times = (element: string, bytes: number): string => element.repeat(Math.floor(bytes / element.length));
const within = (name: string, before: string, element: string, after = '', options: { readonly uri?: string } = {}): Element => ({
  name,
  make: (bytes) => message(before + times(element, bytes) + after, options),
});

const ELEMENTS: readonly Element[] = [
  within('folds', 'X-a: b', '\r\n c'),
  within('folds of the From', 'From: "a', '\r\n b', '" <sip:c@d>;tag=1'),
  within('folds of blanks alone', 'X-a: b', ' \r\n\t ', 'c'),
  within('blanks in a field', 'X-a: b', ' ', 'c'),
  within('blanks in a field that is folded', 'X-a: b\r\n c', ' ', 'd'),
  within('blanks in the Via', 'Via: SIP/2.0/UDP', ' ', 'c.example;branch=z9hG4bK1'),
  within('blanks before a parameter', 'From: <sip:c@d>', ' ', ';tag=1'),
  within('tabs behind a value', 'X-a: b', '\t'),
  within('header parameters', 'From: <sip:c@d>;tag=1', ';a=b'),
  within('parameters of one name', 'Event: a', ';b'),
  within('quoted parameters', 'Contact: <sip:a@b>', ';a="b;c"'),
  within('parameters of the Via', 'Via: SIP/2.0/UDP c.example;branch=z9hG4bK1', ';a=b'),
  within('commas of an unknown list', 'X-a: b', ','),
  within('tokens of Allow', 'Allow: a', ', b'),
  within('quotes', 'X-a: b', '"c"'),
  within('quotes that do not pair', 'X-a: b"', '","'),
  within('quotes that are escaped, but for the first', 'X-a: b', '"\\'),
  within('quotes inside of a name', 'Contact: a', ', "b" <sip:c@d>'),
  within('escapes of a quoted string', 'From: "', '\\"', '" <sip:c@d>;tag=1'),
  within('escapes of a list', 'Warning: 399 a "', '\\,', '"'),
  within('words of a display name', 'From: a', ' b', ' <sip:c@d>;tag=1'),
  within('UTF-8 of a display name', 'From: "', '\xc3\xa9', '" <sip:c@d>;tag=1'),
  within('broken UTF-8 of a display name', 'From: "', '\xc3', '" <sip:c@d>;tag=1'),
  within('Vias of one field', 'Via: SIP/2.0/UDP c.example;branch=z9hG4bK1', ', SIP/2.0/UDP c.example'),
  within('Vias of fields', 'Via: SIP/2.0/UDP c.example;branch=z9hG4bK1', '\r\nVia: SIP/2.0/UDP c.example'),
  within('Routes of one field', 'Route: <sip:a;lr>', ', <sip:a;lr>'),
  within('Routes of fields', 'Route: <sip:a;lr>', '\r\nRoute: <sip:a;lr>'),
  within('Record-Routes', 'Record-Route: <sip:a;lr>', ', <sip:a;lr>'),
  within('Contacts of one field', 'Contact: <sip:a@b>', ', <sip:a@b>'),
  within('Contacts of fields', 'Contact: <sip:a@b>', '\r\nm: sip:a@b'),
  within('header lines', 'X-a: b', '\r\nX-a: b'),
  within('header lines without a value', 'X-a:', '\r\na:'),
  within('Accept lines', 'Accept: a/b', '\r\nAccept: a/b;q=0.1'),
  within('a long name', '', 'a', ': b'),
  within('a long token', 'Supported: ', 'a'),
  within('a long Call-ID', 'Call-ID: ', 'a'),
  within('a long tag', 'From: <sip:c@d>;tag=', 'a'),
  within('a long host', 'Contact: <sip:', 'a', '>'),
  within('labels of a host', 'Contact: <sip:a', '.b', '>'),
  within('a long user', 'Contact: <sip:', 'a', '@b>'),
  within('escapes of a user', 'Contact: <sip:', '%41', '@b>'),
  within('escapes of a user that are no UTF-8', 'Contact: <sip:', '%e4', '@b>'),
  within('URI parameters', 'Contact: <sip:a@b', ';c=d', '>'),
  within('escapes of a URI parameter', 'Contact: <sip:a@b;c=', '%41', '>'),
  within('URI headers', 'Contact: <sip:a@b?c=d', '&c=d', '>, <sip:a@b?c=d>'),
  within('visual separators of a number', 'Contact: <tel:+1', '-2', '>'),
  within('path of another scheme', 'Contact: <http://a/', 'b/', '>'),
  within('comments one inside another', 'Retry-After: 1 ', '(', ''),
  within('comments side by side', 'Retry-After: 1 (', 'a', ')'),
  within('comments of a server', 'Server: a', ' (b)'),
  within('digits of a timestamp', 'Timestamp: 1', '1'),
  within('blanks of a timestamp', 'Timestamp: 1', ' ', '1'),
  within('digits of RAck', 'RAck: ', '1', ' 1 INVITE'),
  within('blanks of RAck', 'RAck: 1', ' ', '1 INVITE'),
  within('blanks of a date', 'Date: Sat, ', ' ', '13 Nov 2010 23:29:00 GMT'),
  within('media types', 'Accept: a/b', ', c/d;q=0.5'),
  within('Reason values', 'Reason: Q.850;cause=16', ', SIP;cause=200'),
  { name: 'parameters of the Request-URI', make: (bytes) => message('', { uri: `sip:a@b${times(';c', bytes)}` }) },
  { name: 'a long user of the Request-URI', make: (bytes) => message('', { uri: `sip:${times('a', bytes)}@b` }) },
  { name: 'empty lines before the message', make: (bytes) => times('\r\n', bytes) + message('') },
  {
    name: 'multipart parts',
    make: (bytes) => message('Content-Type: multipart/mixed;boundary=x', { body: `${times('--x\r\n\r\na\r\n', bytes)}--x--` }),
  },
  {
    name: 'lines of a part that begin as delimiters do',
    make: (bytes) => message('Content-Type: multipart/mixed;boundary=x', { body: `--x\r\n\r\n${times('\r\n--xy', bytes)}\r\n--x--` }),
  },
  {
    name: 'header lines of a part',
    make: (bytes) => message('Content-Type: multipart/mixed;boundary=x', { body: `--x\r\n${times('a:b\r\n', bytes)}\r\n--x--` }),
  },
  {
    name: 'content-type parameters',
    make: (bytes) => message(`Content-Type: a/b${times(';c=d', bytes)}`, { body: 'x' }),
  },
  within('angle brackets that do not close', 'Contact: <', '<'),
  { ...within('a quoted string that does not end', 'From: "', '\\"', ' <sip:c@d>;tag=1'), refused: true },
  { ...within('colons', 'X-a: b\r\n', ':'), refused: true },
  { ...within('semicolons', 'From: <sip:c@d>', ';'), refused: true },
  { ...within('lines that are none', 'X-a: b', '\r\nab'), refused: true },
  { ...within('bare line ends', 'X-a: b', '\n'), refused: true },
];

/** µs that one element may take altogether: enough for every try of a reader that is linear, on a busy machine too. */
const BUDGET_US = 5_000_000;

/** µs of one reading, the least of many, by the clock or by the processor's time: others want this machine too. */
function leastOf(runs: number, small: Buffer, large: Buffer): readonly [small: number, large: number] {
  const read = (bytes: Buffer): number => {
    const used = process.cpuUsage();
    const begun = process.hrtime.bigint();
    const verdict = parseMessage(bytes, { limits: LIMITS });
    if (verdict.ok) readEverything(verdict.message, LIMITS.maxHeaders);
    const took = Number(process.hrtime.bigint() - begun) / 1000;
    const { user, system } = process.cpuUsage(used);
    return Math.min(took, Math.max(user + system, 1));
  };
  let [first, second, spent] = [Infinity, Infinity, 0];
  for (let run = 0; run < runs && spent < BUDGET_US; run += 1) {
    const [one, other, two] = [read(small), read(small), read(large)]; // by turns: a busy moment of the machine hits both
    first = Math.min(first, one, other);
    second = Math.min(second, two);
    spent += one + other + two;
  }
  return [first, second];
}

/** Below this, the clock and the collector are what is measured. µs. */
const FLOOR_US = 150;

describe('a message of twice the length takes at most 2.5 times as long', () => {
  it.each(ELEMENTS)('with $name', { timeout: 60_000 }, ({ make, refused }) => {
    const [small, large] = [Buffer.from(make(SMALL), 'latin1'), Buffer.from(make(2 * SMALL), 'latin1')];
    expect(large.length).toBeGreaterThan(1.9 * SMALL);
    expect(parseMessage(large, { limits: LIMITS }).ok).toBe(refused !== true);
    let figures = '';
    for (const runs of [6, 20, 60]) {
      const [one, two] = leastOf(runs, small, large);
      if (two <= MOST * Math.max(one, FLOOR_US)) return;
      figures = `${one.toFixed(0)} µs, then ${two.toFixed(0)} µs`;
    }
    throw new Error(`${(large.length / 1024).toFixed(0)} KiB take more than ${MOST} times what half of it takes: ${figures}`);
  });
});
