/**
 * What may be repeated in a message costs in proportion: 64 KiB of it at most 2.5 times what 32 KiB take, parsed and read whole. Readers that cost more
 * show that this finds them.
 */
import { describe, expect, it } from 'vitest';
import type { HeaderList } from '../../src/messages/headers.ts';
import { fullLimits } from '../../src/messages/limits.ts';
import { parseMessage } from '../../src/messages/parse.ts';
import { tooSteep } from './linearity.ts';
import { readEverything } from './read-everything.ts';

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

/** Parses and reads all of it. */
function readWhole(bytes: Uint8Array): void {
  const verdict = parseMessage(bytes, { limits: LIMITS });
  if (verdict.ok) readEverything(verdict.message, LIMITS.maxHeaders);
}

describe('a message of twice the length takes at most 2.5 times as long', () => {
  it.each(ELEMENTS)('with $name', { timeout: 60_000 }, ({ make, refused }) => {
    const [small, large] = [Buffer.from(make(SMALL), 'latin1'), Buffer.from(make(2 * SMALL), 'latin1')];
    expect(large.length).toBeGreaterThan(1.9 * SMALL);
    expect(parseMessage(large, { limits: LIMITS }).ok).toBe(refused !== true);
    expect(tooSteep(readWhole, small, large)).toBeUndefined();
  });
});

/** Parses, and then does `more` with the headers. */
const careless =
  (more: (headers: HeaderList) => number) =>
  (bytes: Uint8Array): void => {
    const verdict = parseMessage(bytes, { limits: LIMITS });
    if (!verdict.ok || more(verdict.message.headers) < 0) throw new Error('read wrongly');
  };

describe('the rule of 2.5 times', () => {
  const [small, large] = [SMALL, 2 * SMALL].map((bytes) => Buffer.from(message(`X-a: b${times('\r\nX-a: b', bytes)}`), 'latin1'));

  it.each<{ reader: string; read: (bytes: Uint8Array) => void; found: boolean }>([
    {
      reader: 'that goes through the fields once',
      read: careless(({ fields }) => fields.reduce((sum, { id }) => sum + (id > 0 ? 1 : 0), 0)),
      found: false,
    },
    {
      reader: 'that looks from the top for every field',
      read: careless(({ fields }) => fields.reduce((sum, field) => sum + fields.indexOf(field), 0)),
      found: true,
    },
    {
      reader: 'that gathers all fields of its name for one in a hundred',
      read: careless((headers) =>
        headers.fields.reduce((sum, { name }, at) => sum + (at % 100 === 0 ? headers.getAll(name).length : 0), 0),
      ),
      found: true,
    },
    {
      reader: 'that counts line ends from the first byte on for one byte in a hundred',
      read: (bytes) => {
        let ends = 0;
        for (let to = 0; to < bytes.length; to += 100) for (let at = 0; at < to; at += 1) if (bytes[at] === 10) ends += 1;
        if (ends === 0) throw new Error('read wrongly');
      },
      found: true,
    },
  ])('finds a reader $reader: $found', { timeout: 60_000 }, ({ read, found }) => {
    const steep = tooSteep(read, small!, large!, found ? [4, 8] : undefined);
    if (found) expect(steep).toMatch(/^64 KiB take more than 2\.5 times what half of it takes: \d+ µs, then \d+ µs$/);
    else expect(steep).toBeUndefined();
  });
});
