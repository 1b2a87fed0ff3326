/** Security statements T-01 to T-12 where the parser, the typed readers and the writer keep them. Through a listening stack: statements-stack.test.ts. */
import {
  bodyParts,
  buildResponse,
  formatAddress,
  HeaderList,
  joinMultipart,
  parseIdentity,
  parseMessage,
  parseUri,
  readAccept,
  readAddresses,
  readAssertedIdentity,
  readDiversions,
  readHistoryInfo,
  readIdentities,
  readInfoReferences,
  readInteger,
  readList,
  readReasons,
  readReferTo,
  readSessionExpires,
  readTokens,
  readWarnings,
  reply,
  SipRequest,
  type SipResponse,
  splitMultipart,
  writeMessage,
  type Body,
  type ReadonlyHeaders,
} from '@jackfield/sip';
import { describe, expect, it } from 'vitest';

const FIELDS: Readonly<Record<string, string>> = {
  Via: 'SIP/2.0/UDP h.example;branch=z9hG4bK1',
  'Max-Forwards': '70',
  From: '"Caller" <sip:f@example.com>;tag=1',
  To: '<sip:t@example.com>',
  'Call-ID': 'c',
  CSeq: '1 INVITE',
};

function invite(fields: Readonly<Record<string, string | readonly string[]>> = {}, body = '', uri = 'sip:u@example.com'): Buffer {
  let text = `INVITE ${uri} SIP/2.0\r\n`;
  for (const [name, value] of Object.entries({ ...FIELDS, ...fields })) {
    for (const one of typeof value === 'string' ? [value] : value) text += `${name}: ${one}\r\n`;
  }
  return Buffer.from(`${text}\r\n${body}`, 'latin1');
}

function taken(bytes: Uint8Array): SipRequest | SipResponse {
  const verdict = parseMessage(bytes);
  if (!verdict.ok) throw new Error(`refused: ${verdict.rule}`);
  return verdict.message;
}

/** The shortest of five runs, ms. */
function ms(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** 16 times the bytes: 16 times the time, where the square would be 256 times. With a floor against noise: what takes less of it in all is no harm. */
const isProportional = (large: number, small: number): boolean => large < 80 * Math.max(small, 0.2);

describe('T-01: a CSeq whose method is not that of the request', () => {
  it.each([
    ['another method', '1 BYE'],
    ['a method of 4 KB', `1 ${'A'.repeat(4096)}`],
    ['a method in another case', '1 invite'],
  ])('T-01: %s in CSeq is refused with 400', (_, cseq) => {
    expect(parseMessage(invite({ CSeq: cseq }))).toMatchObject({ ok: false, rule: 'cseq-method', status: 400 });
  });

  it('T-01: a method of 4 KB in the start line is dropped', () => {
    const method = 'A'.repeat(4096);
    const bytes = Buffer.from(
      invite({ CSeq: `1 ${method}` })
        .toString()
        .replace('INVITE', method),
    );
    expect(parseMessage(bytes)).toMatchObject({ ok: false, rule: 'method-length', status: undefined });
  });
});

describe('T-02: numbers out of range are refused and never wrap', () => {
  it.each([
    ['CSeq', '2147483648 INVITE', 400],
    ['CSeq', '4294967297 INVITE', 400],
    ['CSeq', '18446744073709551617 INVITE', 400],
    ['Expires', '4294967296', 400],
    ['Min-Expires', '4294967296', 400],
    ['Max-Forwards', '256', 400],
    ['Max-Forwards', '4294967366', 400],
    ['Content-Length', '4294967296', 400],
    ['Content-Length', '-1', 400],
    ['Content-Length', '65536', 413],
    ['From', '<sip:f@example.com:65536>;tag=1', 400],
    ['To', 'sip:t@example.com:4294972356', 400],
    ['Route', '<sip:p.example.com:65536;lr>', 400],
  ])('T-02: %s: %s is refused with %i', (name, value, status) => {
    expect(parseMessage(invite({ [name]: value }))).toMatchObject({ ok: false, status });
  });

  it('T-02: the largest numbers that are allowed are taken as they are', () => {
    const request = taken(invite({ CSeq: '2147483647 INVITE', Expires: '4294967295', 'Max-Forwards': '255' }));
    expect([request.cseq.sequence, readInteger(request.headers, 'Expires'), request.maxForwards]).toEqual([2147483647, 4294967295, 255]);
  });

  it('T-02: a Request-URI with a port out of range is refused with 400', () => {
    expect(parseMessage(invite({}, '', 'sip:u@example.com:65536'))).toMatchObject({ ok: false, rule: 'request-uri-syntax', status: 400 });
  });

  it('T-02: a number that typed readers meet and that is out of range is none', () => {
    const headers = new HeaderList({ 'Session-Expires': '4294967296', RSeq: '99999999999', Reason: 'SIP;cause=4294967496' });
    expect([readSessionExpires(headers), readInteger(headers, 'RSeq'), readReasons(headers)[0]?.cause]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('T-03: Contact of a request that makes a dialog', () => {
  it.each([
    ['none', {}, undefined],
    ['*', { Contact: '*' }, '*'],
    ['a telephone number', { Contact: '<tel:+12345>' }, ['tel:+12345']],
    ['a mail address', { Contact: '<mailto:a@example.com>' }, ['mailto:a@example.com']],
  ])('T-03: %s is told from a SIP URI', (_, fields, contact) => {
    const { contacts } = taken(invite(fields));
    expect(contacts === '*' ? contacts : contacts?.map(({ uri }) => uri.toString())).toEqual(contact);
  });
});

describe('T-04: multipart bodies', () => {
  const multipart = (text: string, boundary: string | undefined = 'b'): Body => ({
    type: 'multipart/mixed',
    ...(boundary === undefined ? {} : { parameters: { boundary } }),
    bytes: Buffer.from(text),
  });
  const nest = (depth: number): Body => {
    let body: Body = { type: 'a/b', bytes: Buffer.from('x') };
    for (let at = 0; at < depth; at += 1) body = joinMultipart([{ body }]);
    return body;
  };

  it.each<[what: string, body: Body]>([
    ['a part of no bytes', multipart('--b\r\n\r\n--b--')],
    ['a part of no bytes among others', multipart('--b\r\n\r\nx\r\n--b\r\n--b--')],
    ['no boundary parameter', { type: 'multipart/mixed', bytes: Buffer.from('--b\r\n\r\nx\r\n--b--') }],
    ['a boundary that is nowhere', multipart('no parts at all')],
    ['10 000 parts', multipart(`${'--b\r\n\r\nx\r\n'.repeat(10_000)}--b--`)],
    ['a last part that does not end', multipart('--b\r\n\r\nx\r\n--b\r\n\r\ny')],
    ['a last part that ends in the middle of its boundary', multipart('--b\r\n\r\nx\r\n--b-')],
    ['nothing', multipart('')],
    ['parts a thousand deep', nest(300)],
  ])('T-04: with %s are none, and no harm is done', (_, body) => {
    expect(bodyParts(body, new HeaderList())).toBeUndefined();
  });

  it('T-04: take time in proportion to their bytes, however they are made', () => {
    for (const piece of ['\r\n--b', '--b\r\n\r\nx\r\n', '\r\n--b \t ', '--', '\r\n', '\r\n--bb', 'A: b\r\n']) {
      const small = multipart(`--b\r\n${piece.repeat(Math.ceil(60_000 / piece.length))}`);
      const large = multipart(`--b\r\n${piece.repeat(Math.ceil(960_000 / piece.length))}`);
      const limits = { maxParts: 1_000_000, maxPartHeaders: 1_000_000, maxPartHeaderBytes: 1_000_000 };
      expect(
        isProportional(
          ms(() => splitMultipart(large, limits)),
          ms(() => splitMultipart(small, limits)),
        ),
      ).toBe(true);
    }
  });
});

describe('T-05: long lists of headers', () => {
  const many = (count: number, text: string): string => Array.from({ length: count }, () => text).join(', ');

  it('T-05: 40 Accept headers are all read', () => {
    const request = taken(invite({ Accept: Array.from({ length: 40 }, (_, at) => `application/x-${at};q=0.${at % 10}`) }));
    expect(readAccept(request.headers)).toHaveLength(40);
  });

  it.each([
    ['1000 Via in one header', { Via: many(1000, 'SIP/2.0/UDP h') }, 'via-count'],
    ['1000 Via headers', { Via: Array.from({ length: 1000 }, () => 'SIP/2.0/UDP h') }, 'header-count'],
    ['1000 Record-Route', { 'Record-Route': many(1000, '<sip:a;lr>') }, 'list-length'],
    ['1000 Service-Route headers', { 'Service-Route': Array.from({ length: 1000 }, () => '<sip:a;lr>') }, 'header-count'],
    ['1000 Contact headers', { Contact: Array.from({ length: 1000 }, () => '<sip:a@b>') }, 'header-count'],
  ])('T-05: %s are refused with 400', (_, fields, rule) => {
    expect(parseMessage(invite(fields))).toMatchObject({ ok: false, rule, status: 400 });
  });

  it('T-05: 1000 addresses in one header are read', () => {
    const request = taken(invite({ Contact: many(1000, '<sip:a@b>'), 'Service-Route': many(1000, '<sip:a;lr>') }));
    expect([request.contacts?.length, readAddresses(request.headers, 'Service-Route')?.length]).toEqual([1000, 1000]);
  });

  it.each<[what: string, name: string, piece: string, read: (headers: ReadonlyHeaders) => unknown]>([
    ['quotes that do not close', 'Supported', '\\"', (headers) => readTokens(headers, 'Supported')],
    ['opening quotes', 'Accept', '"a', (headers) => readAccept(headers)],
    ['angle brackets', 'Call-Info', '<a', (headers) => readInfoReferences(headers, 'Call-Info')],
    ['commas', 'Allow', ',', (headers) => readTokens(headers, 'Allow')],
    ['semicolons', 'Reason', ';', (headers) => readReasons(headers)],
    ['parameters', 'Reason', ';a=b', (headers) => readReasons(headers)],
    ['parentheses', 'Retry-After', '(', (headers) => readList(headers, 'Retry-After')],
    ['addresses', 'P-Asserted-Identity', '<sip:a@b>,', (headers) => readAssertedIdentity(headers)],
    ['history', 'History-Info', '<sip:a@b?Reason=SIP>;index=1.1.1,', (headers) => readHistoryInfo(headers)],
    ['diversions', 'Diversion', '<sip:a@b>;reason=x,', (headers) => readDiversions(headers)],
    ['warnings', 'Warning', '399 a "b",', (headers) => readWarnings(headers)],
    ['headers in a URI', 'Refer-To', '&a=b', (headers) => readReferTo(headers)],
    ['an index', 'History-Info', '1.', (headers) => readHistoryInfo(headers)],
    ['spaces', 'Identity', ' ', (headers) => readIdentities(headers)],
    ['dots', 'Identity', '.', (headers) => readIdentities(headers)],
    ['blanks before a fold', 'Subject', ' \t', (headers) => headers.get('Subject')],
    ['folds', 'Subject', 'a\r\n ', (headers) => headers.get('Subject')],
  ])('T-05: a header of %s is read in time that is proportional to its length', (_, name, piece, read) => {
    const message = (length: number): Buffer => invite({ [name]: `"x${piece.repeat(Math.ceil(length / piece.length))}x\r\n y` });
    const limits = { maxHeaderBytes: 1_000_000, maxMessageBytes: 1_000_000 };
    const time = (length: number): number =>
      ms(() => {
        const verdict = parseMessage(message(length), { limits });
        if (verdict.ok) read(verdict.message.headers);
      });
    expect(isProportional(time(240_000), time(15_000))).toBe(true);
  });
});

describe('T-06: long URIs', () => {
  const uri = `sip:${'u'.repeat(2000)}@example.com`;

  it('T-06: a Request-URI of 2000 bytes is refused with 414', () => {
    expect(parseMessage(invite({}, '', uri))).toMatchObject({ ok: false, rule: 'request-uri-length', status: 414 });
  });

  it.each([
    ['Contact', `<${uri}>`],
    ['Contact', `<sip:a@b>, <${uri}>`],
    ['From', `<${uri}>;tag=1`],
    ['To', uri],
  ])('T-06: a URI of 2000 bytes in %s is refused with 400', (name, value) => {
    expect(parseMessage(invite({ [name]: value }))).toMatchObject({ ok: false, status: 400 });
  });
});

describe('T-07: nothing behind the end of a message is read', () => {
  const messages: readonly Buffer[] = [
    invite({ Contact: '<sip:a@b>', Subject: 'a\r\n b' }, 'body'),
    invite({ 'Content-Length': '4', 'Content-Type': 'text/plain;x="y"' }, 'body'),
    invite({ Route: '<sip:a;lr>, "x" <sip:b;lr>', v: 'SIP/2.0/UDP [::1]:5060;branch=z9hG4bK2;rport' }),
    Buffer.from(invite().toString().replace('INVITE sip:u@example.com SIP/2.0', 'SIP/2.0 200 OK')),
    invite({ Subject: 'a\0b' }),
  ];

  it('T-07: cut at every byte, a message is judged alike whatever lies behind the cut in memory', () => {
    for (const message of messages) {
      for (let length = 0; length <= message.length; length += 1) {
        const alone = parseMessage(Buffer.from(message.subarray(0, length)));
        const goesOn = parseMessage(message.subarray(0, length));
        const poisoned = Buffer.concat([message.subarray(0, length), Buffer.from('\r\n x: y\r\n\r\n"<>;=\0')]);
        const among = parseMessage(poisoned.subarray(0, length));
        for (const verdict of [goesOn, among]) {
          expect(verdict.ok).toBe(alone.ok);
          if (verdict.ok && alone.ok) expect(writeMessage(verdict.message).equals(writeMessage(alone.message))).toBe(true);
          else expect(verdict).toMatchObject({ rule: alone.ok ? '' : alone.rule, offset: alone.ok ? 0 : alone.offset });
        }
        if (!alone.ok) expect(alone.offset).toBeLessThanOrEqual(length);
      }
    }
  });

  it.each([
    ['a fold at the end', 'Subject: a\r\n '],
    ['a fold of nothing at the end', 'Subject: a\r\n \r\n'],
    ['no line end', 'Subject: a'],
    ['CR alone at the end', 'Subject: a\r'],
    ['a name alone at the end', 'Subject'],
    ['NUL at the end', 'Subject: \0'],
    ['a quote that opens at the end', 'To: "'],
  ])('T-07: a header with %s ends the message there', (_, last) => {
    const whole = invite().toString();
    const bytes = Buffer.from(`${whole.slice(0, -2)}${last}`);
    const verdict = parseMessage(bytes);
    expect(verdict.ok).toBe(false);
    if (!verdict.ok) expect(verdict.offset).toBeLessThanOrEqual(bytes.length);
  });
});

describe('T-08: display names', () => {
  it.each([
    ['ESC', 'a\x1b[31mb', 'a\ufffd[31mb'],
    ['NUL', 'a\0b', 'a\ufffdb'],
    ['BEL and DEL', 'a\x07\x7fb', 'a\ufffd\ufffdb'],
    ['escaped control characters', 'a\\\x1bb', 'a\ufffdb'],
    ['invalid UTF-8', 'a\xff\xc3b', 'a\ufffd\ufffdb'],
    ['C1 control characters in UTF-8', 'a\xc2\x9bb', 'a\ufffdb'],
    ['a fold', 'a\r\n b', 'a b'],
  ])('T-08: %s in the name of From comes as U+FFFD, and never as itself', (_, name, shown) => {
    for (const from of [`"${name}" <sip:f@example.com>;tag=1`]) {
      const request = taken(invite({ From: from }));
      expect(request.from.displayName).toBe(shown);
      expect(request.from.toString()).not.toMatch(/\p{Cc}/u);
    }
  });

  it.each(['a\r\nb', 'a\rb', 'a\nb'])('T-08: %j in a name, a line end that is no fold, is no From', (name) => {
    expect(parseMessage(invite({ From: `"${name}" <sip:f@example.com>;tag=1` })).ok).toBe(false);
  });

  it('T-08: what an address says of itself, and a name without quotes, hold no control character either', () => {
    const request = taken(invite({ From: 'a\x1bb <sip:f@example.com>;tag=1;x="\x07"' }));
    expect([request.from.displayName, request.from.parameters.get('x')]).toEqual(['a\ufffdb', '\ufffd']);
    expect(request.from.toString()).not.toMatch(/\p{Cc}/u);
  });
});

describe('T-10: Identity', () => {
  it.each([
    '',
    ';',
    'a.b.c',
    ';info=<https://x.example>',
    '..;info=<https://x.example>',
    'a.b.c;',
    ';;;;',
    'a.b.c;info',
    'a.b.c;info=<',
    '"',
    '\ufffd;info=<x:y>',
  ])('T-10: %j, without PASSporT or parameters, reads as undefined and throws nothing', (text) => {
    expect(parseIdentity(text)).toBeUndefined();
    expect(readIdentities(taken(invite({ Identity: Buffer.from(text).toString('latin1') })).headers)).toEqual([]);
  });
});

describe('T-11: XML bodies', () => {
  it('T-11: are bytes that nobody parses: 1000 elements deep, with entities and a DTD, they come out as they went in', () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>';
    for (const xml of [bomb, '<a>'.repeat(1000) + '</a>'.repeat(1000)]) {
      const request = taken(invite({ 'Content-Type': 'application/media_control+xml' }, xml));
      expect([request.body?.type, Buffer.from(request.body?.bytes ?? []).toString()]).toEqual(['application/media_control+xml', xml]);
    }
  });

  it('T-11: one of a megabyte is refused with 413', () => {
    const verdict = parseMessage(invite({ 'Content-Type': 'application/pidf+xml' }, '<a>'.repeat(350_000)));
    expect(verdict).toMatchObject({ ok: false, rule: 'message-length', status: 413 });
  });
});

describe('T-12: what is too long to be written', () => {
  const long = 'x'.repeat(65_536);
  const tooLong = expect.objectContaining({ code: 'SIP_HEADER_LENGTH' });

  it.each<[what: string, call: () => unknown]>([
    ['headers.set', () => new HeaderList().set('Supported', long)],
    ['headers.add', () => new HeaderList().add('Supported', long)],
    ['new HeaderList', () => new HeaderList({ Supported: [long] })],
    ['reply', () => reply(400, { headers: { Supported: long } })],
    ['buildResponse', () => buildResponse(taken(invite()) as SipRequest, 200, { headers: { Supported: long } })],
    ['a reason phrase', () => reply(400, { reason: long })],
    ['a display name', () => formatAddress({ uri: parseUri('sip:a@b')!, displayName: long })],
  ])('T-12: %s throws SIP_HEADER_LENGTH for a value above 65535 characters', (_, call) => {
    expect(call).toThrow(tooLong);
  });

  it('T-12: a list of more than 1024 headers throws SIP_HEADER_LENGTH, and keeps those it has', () => {
    const headers = new HeaderList({ 'Alert-Info': Array.from({ length: 1024 }, (_, at) => `<sip:a${at}@b>`) });
    expect(() => headers.add('Alert-Info', '<sip:a@b>')).toThrow(tooLong);
    expect(() => headers.set('Subject', 'x')).toThrow(tooLong);
    headers.set('Alert-Info', '<sip:one@b>');
    expect(headers.size).toBe(1);
  });

  it('T-12: what is taken is written whole, however long it is', () => {
    const value = Array.from({ length: 6000 }, (_, at) => `tag-${at}`).join(',');
    const message = new SipRequest('OPTIONS', parseUri('sip:a@b')!, new HeaderList({ Supported: value, 'X-Last': 'end' }));
    const text = writeMessage(message).toString();
    expect(text).toContain(`Supported: ${value}\r\nX-Last: end\r\n`);
  });
});
