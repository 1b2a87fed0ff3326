import { digestHa1, type AlgorithmName, type HeaderInit, type Qop, type SipRequest } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { answered, client, denied, only, request, response, server, SOURCE, USERS, REALM } from './parties.ts';
import { HeaderList } from '@jackfield/sip';

const ALGORITHMS: readonly AlgorithmName[] = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess'];
const body = { type: 'text/plain', bytes: Buffer.from('h\u00e9llo') };
const message = (headers: HeaderInit = {}): SipRequest => request(headers, 'MESSAGE', 'sip:bob@example.com;transport=tcp', body);

describe.each(ALGORITHMS)('a client and a server that speak %s', (algorithm) => {
  it.each<{ qop: Qop }>([{ qop: 'auth' }, { qop: 'auth-int' }])('with $qop understand one another, again and again', ({ qop }) => {
    const there = server({ algorithms: [algorithm], qop: [qop] });
    const here = client();
    const first = answered(there, here, message);
    expect(only({ Authorization: first.headers.get('Authorization')! })).toContain(`algorithm=${algorithm}`);
    for (let count = 2; count <= 5; count += 1) {
      const exchange = here.exchange('x');
      const verdict = there.check(message(exchange.authorize(message())));
      expect(verdict).toMatchObject({ ok: true, username: 'alice', realm: REALM });
      if (!verdict.ok) continue;
      const info = new HeaderList(verdict.authenticationInfo(body.bytes));
      expect(info.get('Authentication-Info')).toContain(`nc=0000000${count}`);
      expect(exchange.confirm({ status: 200, headers: info, body })).toBe('verified');
    }
  });

  it('refuse a wrong password, another method, another body and another nonce', () => {
    const there = server({ algorithms: [algorithm], qop: ['auth-int'] });
    const wrong = client({ credentials: [{ username: 'alice', password: 'Wonderland' }] });
    expect(denied(there.check(answered(there, wrong, message))).cause).toBe('refused');
    const good = answered(there, client(), message).headers.get('Authorization')!;
    const headers = { Authorization: good };
    expect(denied(there.check(request(headers, 'INFO', 'sip:bob@example.com;transport=tcp', body))).cause).toBe('refused');
    const other = { type: 'text/plain', bytes: Buffer.from('hello') };
    expect(denied(there.check(request(headers, 'MESSAGE', 'sip:bob@example.com;transport=tcp', other))).cause).toBe('refused');
    const nonce = response(denied(there.check(message())))
      .headers.get('WWW-Authenticate')!
      .match(/nonce="([^"]+)"/)![1]!;
    expect(denied(there.check(message({ Authorization: good.replace(/nonce="[^"]+"/, `nonce="${nonce}"`) }))).cause).toBe('refused');
    expect(there.check(message(headers)).ok).toBe(true);
  });

  it('need no password on either side, only its hash', () => {
    const hash = algorithm.replace('-sess', '') as 'MD5';
    const ha1 = { [hash]: digestHa1(hash, 'alice', REALM, USERS['alice']!) };
    const there = server({ algorithms: [algorithm], lookup: () => ({ ha1 }) });
    expect(there.check(answered(there, client({ credentials: [{ username: 'alice', ha1 }] }))).ok).toBe(true);
    const without = server({ algorithms: [algorithm], lookup: () => ({ ha1: {} }) });
    expect(denied(without.check(answered(without, client()))).cause).toBe('refused');
  });

  it('may hash the username', () => {
    const hash = algorithm.replace('-sess', '') as 'MD5';
    const asked: string[] = [];
    const there = server({
      algorithms: [algorithm],
      charset: 'UTF-8',
      lookup: (username) => (username === 'J\u00e4s\u00f8n Doe' ? 'Secret, or not?' : undefined),
      usernameOf: (userhash, realm, by) => {
        asked.push(`${by} ${realm} ${userhash.length}`);
        return userhash === usernameHash ? 'J\u00e4s\u00f8n Doe' : undefined;
      },
    });
    const credentials = [{ username: 'J\u00e4s\u00f8n Doe', password: 'Secret, or not?' }];
    const challenge = response(denied(there.check(request()))).headers.get('WWW-Authenticate')!;
    expect(challenge).toMatch(/charset=UTF-8, userhash=true$/);
    const hashed = answered(there, client({ credentials }));
    const usernameHash = /username="([^"]+)"/.exec(hashed.headers.get('Authorization')!)![1]!;
    expect(hashed.headers.get('Authorization')).not.toContain('Doe');
    expect(there.check(hashed)).toMatchObject({ ok: true, username: 'J\u00e4s\u00f8n Doe' });
    expect(asked).toEqual([`${hash} ${REALM} ${hash === 'MD5' ? 32 : 64}`]);
    expect(denied(there.check(answered(there, client()))).cause).toBe('refused'); // a hash of nobody
    const plain = answered(there, client({ credentials, userhash: false }));
    expect(plain.headers.get('Authorization')).toContain('username="J\u00e4s\u00f8n Doe"');
    expect(there.check(plain).ok).toBe(true);
  });
});

describe('a client and a server', () => {
  it('understand one another through bytes on the wire, whatever the names are made of', async () => {
    const { parseMessage, writeMessage } = await import('@jackfield/sip');
    for (const username of ['a"b\\c', 'J\u00e4s\u00f8n', '\u{1f600}', 'tab\there', 'x'.repeat(256)]) {
      const there = server({ lookup: (name) => (name === username ? 'p"\\\u00fc' : undefined) });
      const make = (headers: HeaderInit = {}): SipRequest =>
        request({
          Via: 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK-1',
          From: '<sip:a@example.com>;tag=1',
          To: '<sip:a@example.com>',
          'Call-ID': '1',
          CSeq: '1 REGISTER',
          'Max-Forwards': '70',
          ...headers,
        });
      const sent = answered(there, client({ credentials: [{ username, password: 'p"\\\u00fc' }] }), make);
      const verdict = parseMessage(writeMessage(sent));
      expect(verdict.ok && verdict.message.kind === 'request' && there.check(verdict.message)).toMatchObject({ ok: true, username });
    }
  });

  it('understand one another as a proxy and its user', () => {
    const there = server({ proxy: true, opaque: 'a "word" of ours' });
    const challenge = response(denied(there.check(request())));
    expect([challenge.status, challenge.headers.has('WWW-Authenticate')]).toEqual([407, false]);
    const exchange = client().exchange('x');
    const answer = exchange.answer(request(), challenge);
    expect(answer.ok && only(answer.headers, 'Proxy-Authorization')).toContain('opaque="a \\"word\\" of ours"');
    const verdict = there.check(request(answer.ok ? answer.headers : {}));
    expect(verdict.ok && verdict.authenticationInfo()).toEqual({ 'Proxy-Authentication-Info': expect.stringContaining('rspauth=') });
    expect(exchange.confirm({ status: 200, headers: new HeaderList(verdict.ok ? verdict.authenticationInfo() : {}) })).toBe('verified');
    expect(server().check(request(answer.ok ? answer.headers : {})).ok).toBe(false); // for a proxy's eyes
  });

  it('hand on the next nonce, and a server that does not know the secret convinces nobody', () => {
    const there = server({ nextNonce: true, algorithms: ['SHA-256-sess'] });
    const here = client();
    answered(there, here);
    const nonces = new Set<string>();
    for (let turn = 0; turn < 4; turn += 1) {
      const exchange = here.exchange('x');
      const sent = request(exchange.authorize(request()));
      const text = sent.headers.get('Authorization')!;
      nonces.add(/nonce="([^"]+)"/.exec(text)![1]!);
      expect(text).toContain(turn === 0 ? 'nc=00000002' : 'nc=00000001');
      const verdict = there.check(sent, SOURCE);
      const info = verdict.ok ? (verdict.authenticationInfo()['Authentication-Info'] as string) : '';
      const failing = [info.replace(/rspauth="./, 'rspauth="x'), info.replace(/nc=\d/, 'nc=f'), info.replace(/cnonce="./, 'cnonce="x')];
      for (const forged of failing)
        expect(exchange.confirm({ status: 200, headers: new HeaderList({ 'Authentication-Info': forged }) })).toBe('failed');
      expect(exchange.confirm({ status: 200, headers: new HeaderList({ 'Authentication-Info': 'nonsense' }) })).toBe('absent');
      expect(exchange.confirm({ status: 200, headers: new HeaderList({ 'Authentication-Info': info }) })).toBe('verified');
    }
    expect(nonces.size).toBe(4);
  });
});
