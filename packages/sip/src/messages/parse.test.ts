import { describe, expect, it } from 'vitest';
import { HeaderList } from './headers.ts';
import { fullLimits } from './limits.ts';
import { SipRequest } from './message.ts';
import type { Party } from './name-addr.ts';
import { type ParseOptions, type Refusal, parseMessage } from './parse.ts';
import { writeMessage } from './write.ts';

const LINES = [
  'INVITE sip:bob@biloxi.com SIP/2.0',
  'Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds;rport',
  'Max-Forwards: 70',
  'To: Bob <sip:bob@biloxi.com>',
  'From: Alice <sip:alice@atlanta.com>;tag=1928301774',
  'Call-ID: a84b4c76e66710@pc33.atlanta.com',
  'CSeq: 314159 INVITE',
];

/** The INVITE with lines put in place of those that begin alike, or added; an empty one takes its namesake away. */
function invite(changes: readonly string[] = [], body = ''): Buffer {
  const lines = [...LINES];
  for (const change of changes) {
    const name = /^[^:\s]*:?/.exec(change)![0];
    const at = LINES.findIndex((line) => line.startsWith(name));
    if (at < 0) lines.push(change);
    else lines[at] = change === name ? '' : change;
  }
  return Buffer.from(`${lines.filter((line) => line !== '').join('\r\n')}\r\n\r\n${body}`, 'utf8');
}
function taken(bytes: Uint8Array, options?: ParseOptions): SipRequest {
  const verdict = parseMessage(bytes, options);
  if (!verdict.ok || verdict.message.kind !== 'request') throw new Error(JSON.stringify(verdict));
  return verdict.message;
}
function refused(bytes: Uint8Array, options?: ParseOptions): Refusal {
  const verdict = parseMessage(bytes, options);
  if (verdict.ok) throw new Error('taken');
  return verdict;
}

describe('a request as it should be', () => {
  it('is read', () => {
    const request = taken(invite());
    expect(request.method).toBe('INVITE');
    expect(request.via).toMatchObject({ host: 'pc33.atlanta.com', branch: 'z9hG4bK776asdhds', rport: true });
    expect([request.from.tag, request.to.tag, request.initial, request.callId, request.cseq, request.maxForwards]).toEqual([
      '1928301774',
      undefined,
      true,
      'a84b4c76e66710@pc33.atlanta.com',
      { sequence: 314159, method: 'INVITE' },
      70,
    ]);
    expect([request.contacts, request.contactsMalformed, request.routes, request.recordRoutes, request.body]).toEqual([
      undefined,
      false,
      [],
      [],
      undefined,
    ]);
  });

  it('may come behind empty lines, folded, in compact forms, and on a plain Uint8Array', () => {
    const text =
      '\r\n\r\nOPTIONS sip:a@b.c sip/2.0\r\nv:SIP/2.0/UDP\r\n\th\r\n ;branch=x\r\nf\t : <sip:a@b.c>;\r\n tag=1\r\nt: sip:a@b.c\r\ni:x\r\nCSEQ: 1\r\n  OPTIONS\r\ns:  a \r\n\t  b  \r\nl:0\r\n\r\n';
    const request = taken(Uint8Array.from(Buffer.from(text)));
    expect([
      request.via.host,
      request.via.branch,
      request.from.tag,
      request.callId,
      request.cseq.sequence,
      request.headers.get('Subject'),
    ]).toEqual(['h', 'x', '1', 'x', 1, 'a b']);
    expect(writeMessage(request).toString()).toContain('s:  a \r\n\t  b  \r\n');
  });

  it('has texts in UTF-8, and what is none shows as such', () => {
    const request = taken(
      Buffer.concat([
        invite(['To: "J\u00f6rg \u6f22" <sip:a@b.c>']).subarray(0, -2),
        Buffer.from('Subject: \u6f22\r\nX: a'),
        Buffer.from([0xff, 0xc3]),
        Buffer.from('\r\n\r\n'),
      ]),
    );
    expect([request.to.displayName, request.to.toString(), request.headers.get('Subject'), request.headers.get('X')]).toEqual([
      'J\u00f6rg \u6f22',
      '"J\u00f6rg \u6f22" <sip:a@b.c>',
      '\u6f22',
      'a\ufffd\ufffd',
    ]);
    expect(writeMessage(request).includes(Buffer.from([0x58, 0x3a, 0x20, 0x61, 0xff, 0xc3, 0x0d]))).toBe(true);
  });

  it('has its body as bytes, with its type', () => {
    const request = taken(invite(['Content-Type: Application/SDP ;Charset=x', 'Content-Length: 3'], 'v=0rest'));
    expect(Buffer.from(request.content).toString()).toBe('v=0');
    expect(request.body).toMatchObject({ type: 'application/sdp', parameters: { charset: 'x' } });
    expect(taken(invite(['Content-Length: 3'], 'v=0')).body).toBeUndefined();
    expect(Buffer.from(taken(invite(['Content-Type: a/b'], 'all of it')).content).toString()).toBe('all of it');
  });

  it('can hold more header than is read at once', () => {
    const pad = 'x'.repeat(6000);
    const request = taken(invite([`X-Pad: ${pad}`, 'Content-Type: a/b'], 'body\r\n\r\nmore'));
    expect([request.headers.get('x-pad')?.length, Buffer.from(request.content).toString()]).toEqual([6000, 'body\r\n\r\nmore']);
  });

  it('has contacts, or says that they are malformed', () => {
    expect(taken(invite(['Contact: *'])).contacts).toBe('*');
    const list = taken(invite(['Contact: <sip:a@b.c>, <sip:d@e.f>;expires=5', 'm: sip:g@h.i'])).contacts;
    expect(list === '*' ? list : list?.map(String)).toEqual(['<sip:a@b.c>', '<sip:d@e.f>;expires=5', 'sip:g@h.i']);
    const malformed = taken(invite(['Contact: <sip:a@b.c>;;;;']));
    expect([malformed.contacts, malformed.contactsMalformed]).toEqual([undefined, true]);
    expect(taken(invite(['Contact: *', 'm: <sip:a@b.c>'])).contactsMalformed).toBe(true);
  });

  it('has routes of all fields in order', () => {
    const request = taken(invite(['Route: <sip:a;lr>, <sip:b;lr>', 'Record-Route: <sip:c>', 'route: <sip:d>']));
    expect([request.routes.map(String), request.recordRoutes.map(String)]).toEqual([['<sip:a;lr>', '<sip:b;lr>', '<sip:d>'], ['<sip:c>']]);
  });
});

describe('a request that is refused', () => {
  it.each<[rule: string, status: number, changes: string[], body?: string]>([
    ['request-uri-syntax', 400, ['INVITE <sip:a@b.c> SIP/2.0']],
    ['request-uri-length', 414, [`INVITE sip:${'a'.repeat(2000)}@b.c SIP/2.0`]],
    ['request-uri-headers', 400, ['INVITE sip:a@b.c?Route=x SIP/2.0']],
    ['version', 505, ['INVITE sip:a@b.c SIP/3.0']],
    ['start-line', 400, ['INVITE sip:a@b.c']],
    ['header-name', 400, [': x']],
    ['header-colon', 400, ['X y: z']],
    ['header-length', 400, [`X: ${'a'.repeat(17000)}`]],
    ['line-end', 400, ['X: a\nY: b']],
    ['line-end', 400, ['X: a\rY: b']],
    ['from-missing', 400, ['From:']],
    ['to-missing', 400, ['To:']],
    ['call-id-missing', 400, ['Call-ID:']],
    ['cseq-missing', 400, ['CSeq:']],
    ['from-syntax', 400, ['From: a b <c']],
    ['from-syntax', 400, [`From: <sip:${'a'.repeat(2000)}@b.c>;tag=1`]],
    ['to-syntax', 400, ['To: sip:a@b.c:70000']],
    ['call-id-syntax', 400, ['Call-ID: a b']],
    ['cseq-syntax', 400, ['CSeq: 2147483648 INVITE']],
    ['cseq-syntax', 400, ['CSeq: 36893488147419103232 INVITE']],
    ['cseq-syntax', 400, ['CSeq: -1 INVITE']],
    ['cseq-syntax', 400, ['CSeq: 1INVITE']],
    ['cseq-method', 400, ['CSeq: 1 BYE']],
    ['cseq-method', 400, [`CSeq: 1 ${'A'.repeat(4096)}`]],
    ['max-forwards', 400, ['Max-Forwards: 256']],
    ['max-forwards', 400, ['Max-Forwards: 4294967366']],
    ['expires', 400, ['Expires: 4294967296']],
    ['expires', 400, ['Min-Expires: x']],
    ['header-repeated', 400, ['t: sip:a@b.c']],
    ['header-repeated', 400, ['Content-Length: 0', 'l: 0']],
    ['content-length', 400, ['Content-Length: -999']],
    ['content-length', 400, ['Content-Length: 4294967296']],
    ['message-length', 413, ['Content-Length: 70000']],
    ['body-length', 400, ['Content-Length: 9'], 'short'],
    ['route-syntax', 400, ['Route: <sip:a>, b']],
    ['route-syntax', 400, ['Record-Route: x']],
    ['list-length', 400, [`Route: ${'<sip:a>,'.repeat(200)}<sip:a>`]],
    ['via-count', 400, [`v: ${'SIP/2.0/UDP h,'.repeat(200)}SIP/2.0/UDP h`]],
    ['via-syntax', 400, ['v: SIP/2.0/UDP']],
    ['contact-length', 400, [`Contact: <sip:${'a'.repeat(2000)}@b.c>`]],
  ])('for %s with %i: %j', (rule, status, changes, body = '') => {
    const verdict = refused(invite(changes, body));
    expect([verdict.rule, verdict.status]).toEqual([rule, status]);
    expect(verdict.request?.method).toBe('INVITE');
    expect(verdict.request?.via.branch).toBe('z9hG4bK776asdhds');
  });

  it('tells where', () => {
    const bytes = invite(['Max-Forwards: 999']);
    expect(refused(bytes).offset).toBe(bytes.indexOf('999'));
  });

  it('is not answered when it is an ACK, a response, or nothing to be answered', () => {
    for (const bytes of [
      invite(['INVITE', 'ACK sip:a@b.c SIP/2.0']),
      Buffer.from('SIP/2.0 200 OK\r\n\r\n'),
      Buffer.from('hello'),
      Buffer.alloc(0),
      invite(['Via:']),
    ]) {
      expect(refused(bytes)).toMatchObject({ status: undefined, request: undefined });
    }
    const ack = Buffer.from(invite(['From:']).toString().replaceAll('INVITE', 'ACK'));
    expect(refused(ack)).toMatchObject({ rule: 'from-missing', status: undefined, request: undefined });
  });

  it('for its size is told from what is in the header', () => {
    expect(refused(invite([], 'x'.repeat(70_000)))).toMatchObject({ rule: 'message-length', status: 413 });
    const many = Array.from({ length: 70 }, (_, at) => `X-${at}: ${'x'.repeat(1000)}`);
    expect(refused(invite(many))).toMatchObject({ rule: 'message-length', status: 513 });
    expect(refused(invite(many.map((line) => line.slice(0, 10))), { limits: fullLimits({ maxHeaders: 20 }) })).toMatchObject({
      rule: 'header-count',
      status: 400,
    });
  });

  it('has limits that the program may set, positive integers', () => {
    expect(refused(invite(), { limits: { maxUriBytes: 10 } })).toMatchObject({ rule: 'request-uri-length', status: 414 });
    expect(refused(invite(), { limits: { maxMethodBytes: 3 } })).toMatchObject({ rule: 'method-length' });
    expect(() => parseMessage(invite(), { limits: { maxHeaders: 0 } })).toThrow(expect.objectContaining({ code: 'SIP_OPTION' }));
  });

  it('on a stream for a Content-Length that is missing or not exact', () => {
    expect(refused(invite(), { stream: true })).toMatchObject({ rule: 'content-length-missing', status: 400 });
    expect(refused(invite(['Content-Length: 1'], 'ab'), { stream: true })).toMatchObject({ rule: 'body-length', status: 400 });
    expect(taken(invite(['Content-Length: 2'], 'ab'), { stream: true }).content.length).toBe(2);
  });
});

describe('work is linear in what is repeated (T-05)', () => {
  it.each(['Accept: a/b', 'v: SIP/2.0/UDP h', 'Service-Route: <sip:a>', 'Contact: <sip:a@b.c>', 'Route: <sip:a;lr>', 'X: y'])(
    '%s a thousand times',
    (line) => {
      const bytes = invite(Array.from({ length: 1000 }, () => line));
      const verdict = parseMessage(bytes, { limits: { maxHeaders: 2000, maxListValues: 2000 } });
      if (!verdict.ok) throw new Error(verdict.rule);
      expect(verdict.message.headers.getAll(line.split(':')[0]!).length).toBeGreaterThanOrEqual(1000);
      expect(refused(bytes)).toMatchObject({ status: 400 });
    },
  );

  it('one list of ten thousand, all openings and no end', () => {
    for (const value of [
      '<sip:a>,'.repeat(2000),
      '"'.repeat(16000),
      '<'.repeat(16000),
      '\\"'.repeat(8000),
      '<sip:a'.repeat(2500),
      ';a'.repeat(8000),
    ]) {
      expect(taken(invite([`Contact: ${value}`])).contacts).toBeUndefined();
    }
  });

  it('eight thousand parameters', () => {
    const request = taken(invite([`Content-Type: a/b${';x=y'.repeat(4000)}`, `Contact: <sip:a@b.c>${';x'.repeat(8000)}`], 'x'));
    expect(request.body?.parameters).toEqual({ x: 'y' });
    const [contact] = request.contacts as readonly Party[];
    expect([...contact!.parameters.entries()].length).toBe(8000);
  });

  it('twenty thousand lines that are none', () => {
    for (const line of ['a:\n', ' \r\n', ':\r\n', 'a\r']) {
      const bytes = Buffer.concat([invite().subarray(0, -2), Buffer.from(line.repeat(20_000).slice(0, 60_000)), Buffer.from('\r\n')]);
      parseMessage(bytes);
      expect(refused(bytes.subarray(0, -2)).request?.via.host).toBe('pc33.atlanta.com');
    }
  });
});

describe('typed values', () => {
  it('follow the headers', () => {
    const request = taken(invite());
    const { via } = request;
    request.headers.prepend('Via', 'SIP/2.0/TCP proxy;branch=z9hG4bKp');
    request.headers.set('Call-ID', 'other');
    expect([request.via.host, request.vias.length, request.callId, request.from.tag]).toEqual(['proxy', 2, 'other', '1928301774']);
    expect(via.host).toBe('pc33.atlanta.com');
    request.headers.delete('From');
    expect(() => request.from).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });

  it('follow the stamp of where the request came from', () => {
    const request = taken(invite());
    request.stampReceived('192.0.2.7', 5070);
    const stamped = 'SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds;rport=5070;received=192.0.2.7';
    expect([request.via.received, request.via.rport, request.headers.get('Via'), String(request.vias[0]), request.callId]).toEqual([
      '192.0.2.7',
      5070,
      stamped,
      stamped,
      'a84b4c76e66710@pc33.atlanta.com',
    ]);
    const list = taken(invite(['Via: SIP/2.0/UDP a;rport , SIP/2.0/UDP b']));
    list.stampReceived('::1', 1);
    expect(list.headers.get('Via')).toBe('SIP/2.0/UDP a;rport=1;received=::1 , SIP/2.0/UDP b');
    expect(list.vias.map(({ host }) => host)).toEqual(['a', 'b']);
  });

  it('of a refused request survive the stamp too', () => {
    const request = refused(invite(['Via: SIP/2.0/UDP 192.0.2.15:5062;;,;,,'])).request!;
    request.stampReceived('192.0.2.7', 5070);
    expect([request.via.received, request.via.port, request.headers.get('Via')]).toEqual([
      '192.0.2.7',
      5062,
      'SIP/2.0/UDP 192.0.2.15:5062;received=192.0.2.7;;,;,,',
    ]);
  });
});

describe('the signal of a request', () => {
  it('aborts once, read before or after', () => {
    const [early, late] = [taken(invite()), taken(invite())];
    const signal = early.signal;
    early.abort('cancelled');
    early.abort('again');
    late.abort('cancelled');
    expect([signal.aborted, signal.reason, late.signal.reason, early.signal === signal]).toEqual([true, 'cancelled', 'cancelled', true]);
    expect(new SipRequest('OPTIONS', early.uri, new HeaderList()).signal.aborted).toBe(false);
  });
});

describe('a known name', () => {
  it.each(['Call\rID', 'Call\u0000ID', 'C\u0001ll-ID', 'Fr\u004fM\u0000'])('is not what merely looks like one: %j', (name) => {
    const bytes = Buffer.from(invite().toString('utf8').replace('Call-ID:', `${name}:`), 'latin1');
    expect(parseMessage(bytes).ok).toBe(false);
  });
});
