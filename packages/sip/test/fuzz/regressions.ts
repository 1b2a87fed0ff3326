/** Inputs that were a bug once, or that are the worst of their kind: tried before any others. */

export interface Regression {
  readonly because: string;
  readonly bytes: Buffer;
}

const HEAD =
  'OPTIONS sip:a@b.example SIP/2.0\r\nVia: SIP/2.0/UDP c.example;branch=z9hG4bK1\r\nCSeq: 1 OPTIONS\r\nCall-ID: 1\r\nTo: <sip:a@b>\r\n';
const FROM = 'From: <sip:c@d>;tag=1\r\n';
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

export const regressions: readonly Regression[] = [
  { because: 'a long run of blanks in a field that is folded', bytes: bytes(`${HEAD}${FROM}X-a: b\r\n c${' '.repeat(16_000)}d\r\n\r\n`) },
  { because: 'folds of nothing but blanks', bytes: bytes(`${HEAD}${FROM}X-a: b${' \r\n \t'.repeat(3000)}d\r\n\r\n`) },
  {
    because: 'many names of URI parameters whose escapes are no UTF-8',
    bytes: bytes(`${HEAD}${FROM}Contact: <sip:a@b${';x%d1=%d1'.repeat(300)}>\r\n\r\n`),
  },
  {
    because: 'many Contacts whose URI parameters are escaped',
    bytes: bytes(`${HEAD}${FROM}m: <sip:a@b>${',<sip:a@b;x;user=phone;x7%2f=%41?a=b>'.repeat(300)}\r\n\r\n`),
  },
  { because: 'quotes behind backslashes in a list', bytes: bytes(`${HEAD}${FROM}X-a: b${'"\\'.repeat(8000)}\r\n\r\n`) },
  { because: 'nothing but line ends', bytes: bytes('\r\n'.repeat(20_000)) },
  { because: 'nothing but colons', bytes: bytes(`${HEAD}${FROM}${':'.repeat(16_000)}\r\n\r\n`) },
  { because: 'quotes that do not end', bytes: bytes(`${HEAD}From: "${'\\"'.repeat(8000)} <sip:c@d>;tag=1\r\n\r\n`) },
  { because: 'angle brackets that do not end', bytes: bytes(`${HEAD}${FROM}Contact: ${'<'.repeat(16_000)}\r\n\r\n`) },
  { because: 'comments that do not end', bytes: bytes(`${HEAD}${FROM}Retry-After: 1${'('.repeat(16_000)}\r\n\r\n`) },
  {
    because: 'a multipart body of delimiters',
    bytes: bytes(`${HEAD}${FROM}c: multipart/mixed;boundary=x\r\n\r\n${'\r\n--x'.repeat(10_000)}`),
  },
  { because: 'a number of forty thousand digits', bytes: bytes(`${HEAD}${FROM}Content-Length: ${'9'.repeat(40_000)}\r\n\r\n`) },
  { because: 'a name of UTF-8 that is none', bytes: bytes(`${HEAD}From: ${'\xc3'.repeat(16_000)} <sip:c@d>;tag=1\r\n\r\n`) },
];
