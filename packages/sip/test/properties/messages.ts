/** Valid messages out of the grammar of RFC 3261 §25.1, each with what a correct reader finds in it. */
import fc, { type Arbitrary } from 'fast-check';
import { anyUri, gap, join, nameAddr, oneOf, quotedString, token, type Piece, genericParameter, host } from './grammar.ts';

export interface MessageModel {
  readonly kind: 'request' | 'response';
  /** Of requests. */
  readonly method: string;
  readonly uri: string;
  /** Of responses. */
  readonly status: number;
  readonly reason: string;
  /** As spelt on the wire, in order, Content-Length aside; each value with its folds undone. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly callId: string;
  readonly sequence: number;
  readonly maxForwards: number | undefined;
  readonly vias: number;
  readonly body: Uint8Array;
  readonly bytes: Buffer;
}

const METHODS = [
  'INVITE',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'UPDATE',
  'INFO',
  'REFER',
  'NOTIFY',
  'MESSAGE',
  'SUBSCRIBE',
  'PUBLISH',
  'ACK',
];

/** Every compact form that the names table knows. */
const COMPACT: Readonly<Record<string, string>> = {
  Via: 'v',
  From: 'f',
  To: 't',
  'Call-ID': 'i',
  Contact: 'm',
  'Content-Type': 'c',
  'Content-Encoding': 'e',
  Subject: 's',
  Supported: 'k',
  'Allow-Events': 'u',
  Event: 'o',
  'Refer-To': 'r',
  'Referred-By': 'b',
  'Session-Expires': 'x',
};

const digits = (max: number): Arbitrary<string> => fc.nat(max).map(String);

const word: Arbitrary<string> = fc.string({
  unit: oneOf(`abcXYZ019-.!%*_+\`'~()<>:\\"/[]?{}`),
  minLength: 1,
  maxLength: 16,
});
const callId: Arbitrary<string> = fc.oneof(
  word,
  fc.tuple(word, word).map(([left, right]) => `${left}@${right}`),
);

/** UTF8-TRIM: any text, its inner white space maybe folded. */
const text: Arbitrary<Piece> = fc
  .array(fc.tuple(fc.string({ unit: oneOf('abcXYZ,;:<>"@=?[]{}()/\\%&!éß字🎷\u00a0'), minLength: 1, maxLength: 8 }), gap(true)), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => join(...parts.flatMap(([word, space], at) => (at === 0 ? [word] : [space, word]))));

const parameters = (most = 3): Arbitrary<Piece> => fc.array(genericParameter, { maxLength: most }).map((list) => join(...list));

const listOf = (element: Arbitrary<Piece>, most = 3): Arbitrary<Piece> =>
  fc
    .array(fc.tuple(element, gap(false), gap(false)), { minLength: 1, maxLength: most })
    .map((elements) => join(...elements.flatMap(([piece, before, after], at) => (at === 0 ? [piece] : [before, ',', after, piece]))));

const tokens: Arbitrary<Piece> = listOf(
  token.map((one) => join(one)),
  5,
);

const via: Arbitrary<Piece> = fc
  .record({
    transport: fc.constantFrom('UDP', 'TCP', 'TLS', 'WS', 'WSS', 'SCTP', 'udp', 'X-NEW'),
    around: fc.array(gap(false), { minLength: 4, maxLength: 4 }),
    space: gap(true),
    host,
    port: fc.option(digits(65_535), { nil: undefined }),
    branch: token,
    rport: fc.boolean(),
    more: parameters(2),
  })
  .map(({ transport, around: [a, b, c, d], space, host: sentBy, port, branch, rport, more }) =>
    join(
      'SIP',
      a!,
      '/',
      b!,
      '2.0',
      c!,
      '/',
      d!,
      transport,
      space,
      sentBy,
      ...(port === undefined ? [] : [a!, ':', b!, port]),
      c!,
      `;branch=z9hG4bK${branch}`,
      rport ? ';rport' : '',
      more,
    ),
  );

const party = (tag: Arbitrary<string | undefined>): Arbitrary<Piece> =>
  fc.tuple(nameAddr, tag, parameters(2)).map(([address, value, more]) => join(address, value === undefined ? '' : `;tag=${value}`, more));

const contact: Arbitrary<Piece> = fc.oneof(
  { arbitrary: listOf(party(fc.constant(undefined))), weight: 5 },
  { arbitrary: fc.constant(join('*')), weight: 1 },
);

const VALUES: Readonly<Record<string, Arbitrary<Piece>>> = {
  Route: listOf(nameAddr),
  'Record-Route': listOf(nameAddr),
  Allow: tokens,
  Supported: tokens,
  Require: tokens,
  'Allow-Events': tokens,
  Accept: listOf(fc.tuple(token, token, parameters(1)).map(([type, subtype, more]) => join(`${type}/${subtype}`, more))),
  Subject: text,
  'User-Agent': text,
  Organization: text,
  Expires: digits(0xffffffff).map((value) => join(value)),
  'Refer-To': nameAddr,
  'P-Asserted-Identity': listOf(nameAddr, 2),
  Reason: listOf(fc.tuple(token, parameters(2)).map(([protocol, more]) => join(protocol, more))),
  Event: fc.tuple(token, parameters(2)).map(([name, more]) => join(name, more)),
  'Session-Expires': fc.tuple(digits(0xffffffff), parameters(1)).map(([seconds, more]) => join(seconds, more)),
  Warning: fc.tuple(fc.integer({ min: 100, max: 999 }), token, quotedString).map(([code, agent, said]) => join(`${code} ${agent} `, said)),
  Date: fc.date({ min: new Date(0), max: new Date('2099-12-31T23:59:59Z'), noInvalidDate: true }).map((date) => join(date.toUTCString())),
  Timestamp: fc.tuple(fc.nat(), fc.nat(999)).map(([seconds, parts]) => join(`${seconds}.${parts}`)),
  Authorization: fc.tuple(quotedString, quotedString).map(([user, nonce]) => join('Digest username=', user, ', nonce=', nonce)),
};

interface Line {
  readonly name: string;
  readonly value: Piece;
}

const line = (name: string, value: Arbitrary<Piece>): Arbitrary<Line> => value.map((piece) => ({ name, value: piece }));

const unknown: Arbitrary<Line> = fc
  .tuple(token, fc.oneof(text, fc.constant(join(''))))
  .map(([name, value]) => ({ name: `X-${name}`, value }));

const more: Arbitrary<Line[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.constantFrom(...Object.keys(VALUES)).chain((name) => line(name, VALUES[name]!)), weight: 4 },
    { arbitrary: unknown, weight: 2 },
  ),
  { maxLength: 8 },
);

/** In any case, or in the compact form; white space around the colon. */
const spelt = ({ name, value }: Line): Arbitrary<{ readonly wire: string; readonly header: readonly [string, string] }> =>
  fc
    .tuple(fc.constantFrom('as it is', 'lower', 'upper', 'compact'), fc.constantFrom('', ' ', '\t '), gap(false))
    .map(([spelling, before, after]) => {
      const compact = COMPACT[name];
      const written =
        spelling === 'lower'
          ? name.toLowerCase()
          : spelling === 'upper'
            ? name.toUpperCase()
            : spelling === 'compact' && compact !== undefined
              ? compact
              : name;
      return {
        wire: `${written}${before}:${after.wire}${value.wire}\r\n`,
        header: [written, value.read.replaceAll(/^[ \t]+|[ \t]+$/g, '')],
      };
    });

const bodies: Arbitrary<{ readonly type: Piece; readonly bytes: Uint8Array } | undefined> = fc.option(
  fc.oneof(
    fc.record({
      type: fc.tuple(token, token, parameters(1)).map(([type, subtype, extra]) => join(`${type}/${subtype}`, extra)),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
    }),
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 3 }).map((parts) => ({
      type: join('multipart/mixed;boundary=b0undary'),
      bytes: Buffer.concat([
        ...parts.map((part) => Buffer.concat([Buffer.from('--b0undary\r\nContent-Type: a/b\r\n\r\n'), part, Buffer.from('\r\n')])),
        Buffer.from('--b0undary--\r\n'),
      ]),
    })),
  ),
  { nil: undefined },
);

/** @param only - `request` or `response`; either unless given. */
export function messageModel(only?: 'request' | 'response'): Arbitrary<MessageModel> {
  return fc
    .record({
      request: only === undefined ? fc.boolean() : fc.constant(only === 'request'),
      method: fc.oneof(fc.constantFrom(...METHODS), token),
      uri: anyUri(false),
      status: fc.integer({ min: 100, max: 699 }),
      reason: fc.string({ unit: oneOf('abcXYZ 019;:%&é字'), maxLength: 12 }),
      vias: fc.array(listOf(via, 2), { minLength: 1, maxLength: 3 }),
      from: party(token),
      to: party(fc.option(token, { nil: undefined })),
      contact: fc.option(contact, { nil: undefined }),
      callId,
      sequence: fc.nat(0x7fffffff),
      cseqGap: gap(true),
      maxForwards: fc.option(fc.nat(255), { nil: undefined }),
      body: bodies,
      more,
      lengthAs: fc.constantFrom('Content-Length', 'l', 'content-length'),
    })
    .chain((drawn) => {
      const { contact: contacts, maxForwards, body } = drawn;
      const lines: Line[] = [
        { name: 'From', value: drawn.from },
        { name: 'To', value: drawn.to },
        { name: 'Call-ID', value: join(drawn.callId) },
        { name: 'CSeq', value: join(String(drawn.sequence), drawn.cseqGap, drawn.method) },
        ...drawn.more,
      ];
      if (maxForwards !== undefined) lines.push({ name: 'Max-Forwards', value: join(String(maxForwards)) });
      if (contacts !== undefined) lines.push({ name: 'Contact', value: contacts });
      if (body !== undefined) lines.push({ name: 'Content-Type', value: body.type });
      return fc
        .tuple(fc.shuffledSubarray(lines, { minLength: lines.length }), fc.nat(lines.length))
        .map(([shuffled, at]) => shuffled.toSpliced(at, 0, ...drawn.vias.map((value) => ({ name: 'Via', value }))))
        .chain((all) => fc.tuple(...all.map(spelt)))
        .map((fields): MessageModel => {
          const content = body?.bytes ?? new Uint8Array(0);
          const start = drawn.request ? `${drawn.method} ${drawn.uri} SIP/2.0` : `SIP/2.0 ${drawn.status} ${drawn.reason}`;
          const head = `${start}\r\n${fields.map(({ wire }) => wire).join('')}${drawn.lengthAs}: ${content.length}\r\n\r\n`;
          return {
            kind: drawn.request ? 'request' : 'response',
            method: drawn.method,
            uri: drawn.uri,
            status: drawn.status,
            reason: drawn.reason,
            headers: fields.map(({ header }) => header),
            callId: drawn.callId,
            sequence: drawn.sequence,
            maxForwards,
            vias: drawn.vias.reduce((count, { elements }) => count + elements, 0),
            body: content,
            bytes: Buffer.concat([Buffer.from(head), content]),
          };
        });
    });
}
