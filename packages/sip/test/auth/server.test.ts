import { digestHa1, type AuthenticatorOptions, type HeaderInit } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { createAuthenticator, type DenialCause } from '../../src/auth/server.ts';
import { answered, client, denied, REALM, request, response, server, SOURCE, type TestServer } from './parties.ts';

const auth = (text: string): HeaderInit => ({ Authorization: text });
/** The credentials that `alice` would send. */
const good = (there: TestServer): string => answered(there, client()).headers.get('Authorization')!;
const without = (text: string, name: string): string => text.replace(new RegExp(` ${name}=(?:"[^"]*"|[^,]*),?`), '').replace(/,$/, '');

describe('challenges', () => {
  it('are one field for each algorithm, the preferred one on top, with one nonce', () => {
    const { status, headers } = denied(server().check(request()));
    const fields = headers['WWW-Authenticate'] as string[];
    expect(status).toBe(401);
    expect(fields.map((field) => field.replace(/nonce="[\w-]{40}"/, 'nonce=""'))).toEqual([
      `Digest realm="${REALM}", nonce="", qop="auth", algorithm=SHA-256`,
      `Digest realm="${REALM}", nonce="", qop="auth", algorithm=MD5`,
    ]);
    expect(new Set(fields.map((field) => /nonce="[^"]+"/.exec(field)![0])).size).toBe(1);
  });

  it('may be of another realm for every request', () => {
    const there = server({ realm: ({ uri }) => uri.host, lookup: (username, realm) => `${username}@${realm}` });
    const here = client({ credentials: (realm) => ({ username: 'alice', password: `alice@${realm}` }) });
    for (const realm of ['example.com', 'example.org'])
      expect(there.check(answered(there, here, (headers) => request(headers, 'REGISTER', `sip:${realm}`)))).toMatchObject({
        ok: true,
        realm,
      });
  });

  it.each(['ACK', 'CANCEL'])('never meet %s, RFC 3261 §22.1', (method) => {
    const there = server({ blocked: () => true });
    const verdict = there.check(request({}, method));
    expect(verdict).toMatchObject({ ok: true, username: undefined, realm: REALM });
    expect(verdict.ok && verdict.authenticationInfo()).toEqual({});
  });

  it('ignore credentials for other realms and other schemes, and find ours among them', () => {
    const there = server();
    const mine = good(there);
    const others = ['Basic YWxpY2U6d29uZGVybGFuZA==', mine.replace(REALM, 'elsewhere'), 'rubbish!'];
    expect(denied(there.check(request({ Authorization: others }))).cause).toBe('missing');
    expect(there.check(request({ Authorization: [...others, mine] })).ok).toBe(true);
  });

  it('look for the credentials with a good nonce among several for our realm', () => {
    const there = server();
    const stale = good(server({ secret: 'another secret of ours' }));
    expect(there.check(request({ Authorization: [stale, good(there)] })).ok).toBe(true);
    expect(denied(there.check(request({ Authorization: [stale, stale] }))).cause).toBe('stale');
  });
});

describe('credentials', () => {
  it.each<{ what: string; change: (text: string) => string; status: number; cause: DenialCause; options?: Partial<AuthenticatorOptions> }>([
    { what: 'with a username said twice', change: (text) => `${text}, username*=UTF-8''alice`, status: 400, cause: 'malformed' },
    {
      what: 'with a username in another charset',
      change: (text) => text.replace('username="alice"', "username*=latin1''alice"),
      status: 400,
      cause: 'malformed',
    },
    {
      what: 'with escapes that are no UTF-8',
      change: (text) => text.replace('username="alice"', "username*=UTF-8''%ff"),
      status: 400,
      cause: 'malformed',
    },
    {
      what: 'with an extended username',
      change: (text) => text.replace('username="alice"', "username*=utf-8'en'%61lice"),
      status: 200,
      cause: 'missing',
    },
    {
      what: 'in upper case where that means nothing',
      change: (text) =>
        text
          .replace(/response="(\w+)"/, (all) => `RESPONSE="${all.slice(10, -1).toUpperCase()}"`)
          .replace('algorithm=SHA', 'ALGORITHM=sha'),
      status: 200,
      cause: 'missing',
    },
    { what: 'with a short response', change: (text) => text.replace(/response="\w/, 'response="'), status: 401, cause: 'refused' },
    {
      what: 'with a response of no digits',
      change: (text) => text.replace(/response="\w/, 'response="g'),
      status: 400,
      cause: 'malformed',
    },
    { what: 'with a count of zero', change: (text) => text.replace('nc=00000001', 'nc=00000000'), status: 400, cause: 'malformed' },
    { what: 'with a count of nine digits', change: (text) => text.replace('nc=0', 'nc=00'), status: 400, cause: 'malformed' },
    { what: 'with an unknown qop', change: (text) => text.replace('qop=auth', 'qop=auth-conf'), status: 400, cause: 'malformed' },
    { what: 'with a qop that was not offered', change: (text) => text.replace('qop=auth', 'qop=auth-int'), status: 401, cause: 'missing' },
    {
      what: 'with an algorithm that was not offered',
      change: (text) => text.replace('SHA-256', 'SHA-512-256'),
      status: 401,
      cause: 'missing',
    },
    { what: 'with an algorithm that nobody knows', change: (text) => text.replace('SHA-256', 'SHA-1'), status: 401, cause: 'missing' },
    { what: 'with a hashed username that nobody asked for', change: (text) => `${text}, userhash=true`, status: 401, cause: 'missing' },
    {
      what: 'about another URI',
      change: (text) => text.replace('uri="sip:example.com"', 'uri="sip:example.org"'),
      status: 400,
      cause: 'malformed',
    },
    { what: 'about no URI', change: (text) => text.replace('uri="sip:example.com"', 'uri="example"'), status: 400, cause: 'malformed' },
    {
      what: 'with a nonce of ours that was touched',
      change: (text) => text.replace(/nonce="../, 'nonce="AA'),
      status: 401,
      cause: 'stale',
    },
  ])('$what: $status', ({ change, status, cause, options }) => {
    const there = server(options);
    const verdict = there.check(request(auth(change(good(there)))));
    expect(verdict.ok ? { status: 200, cause: 'missing' } : { status: verdict.status, cause: verdict.cause }).toEqual({ status, cause });
  });

  it.each<{ rule: AuthenticatorOptions['uri']; uri: string; ok: boolean }>([
    { rule: 'equal', uri: 'sip:EXAMPLE.com', ok: true },
    { rule: 'equal', uri: 'sip:example.com:5060', ok: false },
    { rule: 'any', uri: 'sip:anything at all', ok: true },
    { rule: (uri) => uri.host === 'old.example', ok: true, uri: 'sip:old.example' },
    { rule: (uri) => uri.host === 'old.example', ok: false, uri: 'sip:example.com' },
  ])('about $uri under the rule $rule: $ok', ({ rule, uri, ok }) => {
    const there = server({ uri: rule, algorithms: ['MD5'], lookup: () => ({ ha1: { MD5: '0'.repeat(32) } }) });
    const here = client({ credentials: [{ username: 'alice', ha1: { MD5: '0'.repeat(32) } }] });
    const asked = { method: 'REGISTER', uri: { scheme: 'sip', host: '', toString: () => uri } };
    const answer = here.exchange('x').answer(asked, response(denied(there.check(request()))));
    expect(there.check(request(answer.ok ? answer.headers : {})).ok).toBe(ok);
  });

  it('without qop serve for one request a nonce, or are refused when told so', () => {
    const old = (there: TestServer): string => {
      const nonce = /nonce="([^"]+)"/.exec((denied(there.check(request())).headers['WWW-Authenticate'] as string[])[0]!)![1]!;
      const here = client();
      const answer = here.exchange('x').answer(
        request(),
        response({
          ok: false,
          status: 401,
          cause: 'missing',
          username: undefined,
          headers: { 'WWW-Authenticate': `Digest realm="${REALM}", nonce="${nonce}"` },
        }),
      );
      return answer.ok ? [answer.headers['Authorization']].flat()[0]! : '';
    };
    const there = server();
    const text = old(there);
    expect(text).not.toMatch(/nc=|qop=/);
    const verdict = there.check(request(auth(text)));
    expect(verdict.ok && verdict.authenticationInfo()).toEqual({ 'Authentication-Info': expect.stringMatching(/^rspauth="[\da-f]{32}"$/) });
    expect(denied(there.check(request(auth(text)))).cause).toBe('replayed');
    for (const options of [{ requireQop: true }, { qop: ['auth-int'] as const }]) {
      const strict = server(options);
      expect(denied(strict.check(request(auth(old(strict))))).cause).toBe('missing');
    }
    const session = server({ algorithms: ['MD5-sess'] });
    expect(denied(session.check(request(auth(old(session).replace('algorithm=MD5', 'algorithm=MD5-sess'))))).cause).toBe('malformed');
  });

  it('may be looked up in time, and what the look-up throws is the caller’s', async () => {
    const late = server({
      lookup: (username) => Promise.resolve(username === 'alice' ? 'wonderland' : undefined),
      usernameOf: () => Promise.resolve('alice'),
    });
    const sent = answered(late, client());
    expect(await late.authenticator.check(sent, SOURCE)).toMatchObject({ ok: true, username: 'alice' });
    expect(await late.authenticator.check(sent, SOURCE)).toMatchObject({ ok: false, cause: 'replayed' });
    const broken = server({ lookup: () => Promise.reject(new Error('no database')) });
    await expect(broken.authenticator.check(answered(broken, client()), SOURCE)).rejects.toThrow('no database');
  });

  it('that two requests in flight share are good for one of them', async () => {
    const there = server({ lookup: () => Promise.resolve('wonderland') });
    const sent = answered(there, client());
    const verdicts = await Promise.all([1, 2, 3].map(async () => there.authenticator.check(sent, SOURCE)));
    expect(verdicts.map((verdict) => verdict.ok)).toEqual([true, false, false]);
  });

  it('of a session whose client keeps to the first cnonce, or takes one a request, are both understood', () => {
    const there = server({ algorithms: ['SHA-256-sess'] });
    const here = client();
    const first = answered(there, here).headers.get('Authorization')!;
    expect(there.check(request(auth(first))).ok).toBe(true);
    const nonce = /nonce="([^"]+)"/.exec(first)![1]!;
    const began = /cnonce="([^"]+)"/.exec(first)![1]!;
    const ha1 = digestHa1('SHA-256', 'alice', REALM, 'wonderland');
    const h = (text: string): string => digestHa1('SHA-256', ...(text.split(/:(.*):([^:]*)$/s).slice(0, 3) as [string, string, string]));
    for (const [nc, cnonce, keyed] of [
      ['00000002', 'second', began],
      ['00000003', 'third', 'third'],
    ] as const) {
      const key = h(`${ha1}:${nonce}:${keyed}`);
      const ha2 = digestHa1('SHA-256', 'REGISTER', 'sip', 'example.com');
      const reply = h(`${key}:${nonce}:${nc}:${cnonce}:auth:${ha2}`);
      const text = first
        .replace(/nc=\d+/, `nc=${nc}`)
        .replace(began, cnonce)
        .replace(/response="\w+"/, `response="${reply}"`);
      expect(there.check(request(auth(text)))).toMatchObject({ ok: true });
    }
  });

  it('are counted by what became of them', () => {
    const there = server();
    const sent = answered(there, client());
    there.check(sent);
    there.check(sent);
    there.check(answered(there, client({ credentials: [{ username: 'alice', password: '' }] })));
    there.check(request(auth(`Digest realm="${REALM}"`)));
    there.check(sent, '192.0.2.99');
    expect(there.authenticator.stats()).toEqual({
      live: { nonces: 1 },
      total: { granted: 1, missing: 2, malformed: 1, stale: 1, replayed: 1, refused: 1 },
    });
  });
});

describe('T-09: credentials that lack something or are far too long', () => {
  it.each(['username', 'nonce', 'uri', 'response', 'cnonce', 'nc'])(
    'T-09: without %s they are answered 400, and nobody is looked up',
    (name) => {
      let asked = 0;
      const there = server({ lookup: () => ((asked += 1), 'wonderland') });
      const text = without(good(there), name);
      expect(text).not.toContain(` ${name}=`);
      expect(denied(there.check(request(auth(text)))).status).toBe(400);
      expect(asked).toBe(0);
      expect(there.check(request(auth(good(there)))).ok).toBe(true);
    },
  );

  it.each(['realm', 'algorithm'])('T-09: without %s they are answered 401', (name) => {
    const there = server();
    expect(denied(there.check(request(auth(without(good(there), name))))).status).toBe(401);
    expect(there.check(request(auth(good(there)))).ok).toBe(true);
  });

  it.each<{ length: number; status: number }>([
    { length: 257, status: 400 },
    { length: 8000, status: 401 },
    { length: 10_240, status: 401 },
    { length: 60_000, status: 401 },
  ])('T-09: with a username of $length characters they are answered $status, and nobody is looked up', ({ length, status }) => {
    const names: string[] = [];
    const there = server({ lookup: (username) => void names.push(username) });
    const text = good(there).replace('"alice"', `"${'a'.repeat(length)}"`);
    expect(denied(there.check(request(auth(text)))).status).toBe(status);
    expect(names).toEqual([]);
  });

  it('T-09: empty, cut off anywhere, or doubled they are answered 400 or 401', () => {
    const there = server();
    const text = good(there);
    for (let end = 0; end < text.length - 1; end += 1)
      expect([400, 401]).toContain(denied(there.check(request(auth(text.slice(0, end))))).status);
    expect(denied(there.check(request(auth(`${text}, ${text.slice(7)}`)))).status).toBe(401);
    expect(denied(there.check(request({ Authorization: Array.from({ length: 200 }, () => `Digest realm="${REALM}"`) }))).status).toBe(400);
    expect(there.check(request(auth(text))).ok).toBe(true);
  });
});

describe('T-38: what a nonce is good for', () => {
  it('T-38: a request that is played again is answered 401 with stale=true, and the next count is taken', () => {
    const there = server();
    const here = client();
    const sent = answered(there, here);
    expect(there.check(sent).ok).toBe(true);
    for (let turn = 0; turn < 3; turn += 1) {
      const again = denied(there.check(sent));
      expect([again.status, again.cause]).toEqual([401, 'replayed']);
      for (const field of again.headers['WWW-Authenticate'] as string[]) expect(field).toMatch(/, stale=true$/);
    }
    expect(there.check(request(here.exchange('x').authorize(request()))).ok).toBe(true);
    expect(denied(there.check(sent)).cause).toBe('replayed');
  });

  it('T-38: a nonce is bound to the address, the realm, the kind of server and the secret', () => {
    const secret = 'a secret of 16 bytes and more';
    const there = server({ secret });
    const text = good(there);
    const elsewhere = { Authorization: text.replaceAll(REALM, 'example.org'), 'Proxy-Authorization': text };
    expect(denied(there.check(request(auth(text)), '192.0.2.8'))).toMatchObject({ status: 401, cause: 'stale' });
    expect(denied(server({ secret: `${secret}!` }).check(request(auth(text)))).cause).toBe('stale');
    expect(denied(server({ secret, realm: 'example.org', uri: 'any' }).check(request(elsewhere))).cause).toBe('stale');
    expect(denied(server({ secret, proxy: true }).check(request(elsewhere))).cause).toBe('stale');
    expect(server({ secret }).check(request(auth(text))).ok).toBe(true);
    const roaming = server({ secret, bindSource: false });
    expect(roaming.check(request(auth(good(roaming))), '192.0.2.8').ok).toBe(true);
  });

  it('T-38: without a secret given, each server makes one of chance', () => {
    const nonces = [1, 2].map(() => createAuthenticator({ realm: REALM, lookup: () => 'wonderland' }));
    const answer = client()
      .exchange('x')
      .answer(request(), response(denied(nonces[0]!.check(request(), SOURCE) as never)));
    expect(nonces[1]!.check(request(answer.ok ? answer.headers : {}), SOURCE)).toMatchObject({ ok: false, cause: 'stale' });
    expect(nonces[0]!.check(request(answer.ok ? answer.headers : {}), SOURCE)).toMatchObject({ ok: true });
  });

  it('T-38: a nonce ends with its lifetime, five minutes unless told otherwise', async () => {
    const there = server();
    const here = client();
    expect(there.check(answered(there, here)).ok).toBe(true);
    await there.clock.advance(299_999);
    expect(there.check(request(here.exchange('x').authorize(request()))).ok).toBe(true);
    await there.clock.advance(1);
    const exchange = here.exchange('x');
    const late = denied(there.check(request(exchange.authorize(request()))));
    expect(late.cause).toBe('stale');
    const answer = exchange.answer(request(), response(late));
    expect(there.check(request(answer.ok ? answer.headers : {})).ok).toBe(true);
  });

  it('T-38: 3,000 users leave no more behind than the bounds say, and none of their requests can be played again', () => {
    const there = server({ maxNonces: 100, lookup: () => 'p' });
    const sent = Array.from({ length: 3000 }, (_, at) => {
      const one = answered(there, client({ credentials: [{ username: `user${at}`, password: 'p' }] }));
      // all nonces are of one moment, so that those made with one that was forgotten are stale: the client asks again
      there.check(one);
      return one;
    });
    expect(there.authenticator.stats().live['nonces']).toBeLessThanOrEqual(200);
    for (const one of sent)
      expect(denied(there.check(one)).headers['WWW-Authenticate']).toEqual([
        expect.stringContaining('stale=true'),
        expect.stringContaining('stale=true'),
      ]);
  });
});

describe('options of a server', () => {
  it.each<{ what: string; options: Partial<AuthenticatorOptions>; option: string }>([
    { what: 'nobody who knows secrets', options: { lookup: undefined as unknown as AuthenticatorOptions['lookup'] }, option: 'lookup' },
    { what: 'secrets in a list', options: { lookup: ['x'] as unknown as AuthenticatorOptions['lookup'] }, option: 'lookup' },
    { what: 'a realm that is none', options: { realm: undefined as unknown as string }, option: 'realm' },
    { what: 'a rule of no such name', options: { uri: 'same' as 'equal' }, option: 'uri' },
    {
      what: 'names that nobody turns back',
      options: { usernameOf: true as unknown as AuthenticatorOptions['usernameOf'] },
      option: 'usernameOf',
    },
    { what: 'a list of those blocked', options: { blocked: [] as unknown as AuthenticatorOptions['blocked'] }, option: 'blocked' },
    { what: 'another charset', options: { charset: 'latin1' as 'UTF-8' }, option: 'charset' },
    { what: 'one algorithm without a list', options: { algorithms: 'MD5' as unknown as ['MD5'] }, option: 'algorithms' },
    { what: 'one qop without a list', options: { qop: 'auth' as unknown as ['auth'] }, option: 'qop' },
    { what: 'a number as secret', options: { secret: 1234567890123456 as unknown as string }, option: 'secret' },
    { what: 'no algorithm', options: { algorithms: [] }, option: 'algorithms' },
    { what: 'an algorithm of no such name', options: { algorithms: ['SHA-1' as 'MD5'] }, option: 'algorithms' },
    { what: 'one algorithm twice', options: { algorithms: ['MD5', 'MD5'] }, option: 'algorithms' },
    { what: 'no qop', options: { qop: [] }, option: 'qop' },
    { what: 'an unknown qop', options: { qop: ['auth-conf' as 'auth'] }, option: 'qop' },
    { what: 'a short secret', options: { secret: '123456789012345' }, option: 'secret' },
    { what: 'no realm', options: { realm: '' }, option: 'realm' },
    { what: 'a realm of two lines', options: { realm: 'a\r\nb' }, option: 'realm' },
    { what: 'an opaque of two lines', options: { opaque: 'a\nb' }, option: 'opaque' },
    { what: 'no lifetime', options: { nonceLifetimeMs: 0 }, option: 'nonceLifetimeMs' },
    { what: 'no nonces', options: { maxNonces: 0 }, option: 'maxNonces' },
    { what: 'a window of 33', options: { nonceCountWindow: 33 }, option: 'nonceCountWindow' },
    { what: 'names of no length', options: { maxUsernameLength: 0 }, option: 'maxUsernameLength' },
    { what: 'no parameters', options: { limits: { maxParameters: 0 } }, option: 'maxParameters' },
  ])('are refused: $what', ({ options, option }) => {
    expect(() => server(options)).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option } }));
  });
});
