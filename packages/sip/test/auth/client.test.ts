import {
  DigestClient,
  HeaderList,
  parseAuthValues,
  type Credential,
  type CredentialSource,
  type DigestClientOptions,
} from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { challenges, client, only, request } from './parties.ts';

const of = (text: string, name: string): string | undefined => parseAuthValues(text)![0]!.get(name);
const digest = (more: string): string => `Digest realm="a", nonce="n", ${more}`;

describe('the challenge that is answered', () => {
  it.each<{ offered: string[]; options?: Partial<DigestClientOptions>; chosen: string | undefined; because: string }>([
    { offered: ['qop="auth"'], chosen: 'MD5', because: 'MD5 is what no name means' },
    { offered: ['qop="auth", algorithm=MD5', 'qop="auth", algorithm=SHA-256'], chosen: 'SHA-256', because: 'it is the stronger one' },
    {
      offered: ['qop="auth", algorithm=MD5', 'qop="auth", algorithm=SHA-512-256', 'qop="auth", algorithm=SHA-256'],
      chosen: 'SHA-512-256',
      because: 'of equals the topmost is what the server prefers',
    },
    { offered: ['qop="auth", algorithm=SHA-1', 'qop="auth", algorithm=md5-SESS'], chosen: 'MD5-sess', because: 'unknown ones are ignored' },
    { offered: ['qop="auth-conf", algorithm=SHA-256', 'qop="auth"'], chosen: 'MD5', because: 'nor can an unknown qop be used' },
    { offered: ['algorithm=MD5-sess'], chosen: undefined, because: 'without qop there is no cnonce for it' },
    { offered: ['qop="auth", algorithm=SHA-1'], chosen: undefined, because: 'nothing is left' },
    { offered: ['qop="auth"'], options: { minimum: 'SHA-256' }, chosen: undefined, because: 'it is too weak' },
    {
      offered: ['qop="auth"', 'qop="auth", algorithm=SHA-512-256'],
      options: { minimum: 'SHA-256' },
      chosen: 'SHA-512-256',
      because: 'this one is not',
    },
    {
      offered: ['qop="auth", algorithm=SHA-256', 'qop="auth"'],
      options: { credentials: [{ username: 'alice', ha1: { MD5: '0'.repeat(32) } }] },
      chosen: 'MD5',
      because: 'only that hash is known',
    },
  ])('of $offered is $chosen: $because', ({ offered, options, chosen }) => {
    const answer = client(options)
      .exchange('x')
      .answer(request(), challenges(401, ...offered.map(digest)));
    if (chosen === undefined) expect(answer).toMatchObject({ ok: false, reason: expect.stringMatching(/unsupported|no-challenge/) });
    else expect(answer.ok && of(only(answer.headers), 'algorithm')).toBe(chosen);
  });

  it.each<{ offered: string; wanted?: 'auth' | 'auth-int'; used: string | undefined }>([
    { offered: 'qop="auth,auth-int"', used: 'auth' },
    { offered: 'qop="auth-int , AUTH"', used: 'auth' },
    { offered: 'qop="auth-int"', used: 'auth-int' },
    { offered: 'qop="auth,auth-int"', wanted: 'auth-int', used: 'auth-int' },
    { offered: 'qop="auth"', wanted: 'auth-int', used: 'auth' },
    { offered: 'opaque="o"', used: undefined },
  ])('with $offered is answered with qop $used when $wanted is wanted', ({ offered, wanted, used }) => {
    const answer = client({ qop: wanted })
      .exchange('x')
      .answer(request(), challenges(401, digest(offered)));
    const text = answer.ok ? only(answer.headers) : '';
    expect([of(text, 'qop'), of(text, 'nc'), of(text, 'cnonce')?.length]).toEqual(
      used === undefined ? [undefined, undefined, undefined] : [used, '00000001', 16],
    );
  });

  it('has what must be quoted in quotes, and nothing else; opaque comes back as it was', () => {
    const answer = client()
      .exchange('x')
      .answer(request(), challenges(401, digest('opaque="o", qop="auth", algorithm=SHA-256, x=y')));
    expect(answer.ok && only(answer.headers)).toMatch(
      /^Digest username="alice", realm="a", nonce="n", uri="sip:example.com", response="[\da-f]{64}", algorithm=SHA-256, cnonce="[\da-f]{16}", qop=auth, nc=00000001, opaque="o"$/,
    );
  });

  it.each<{ credentials: readonly Credential[]; realm: string; username: string | undefined }>([
    {
      credentials: [
        { username: 'any', password: '' },
        { realm: 'a', username: 'exact', password: '' },
      ],
      realm: 'a',
      username: 'exact',
    },
    {
      credentials: [
        { username: 'any', password: '' },
        { realm: 'a', username: 'exact', password: '' },
      ],
      realm: 'A',
      username: 'any',
    },
    { credentials: [{ realm: 'a', username: 'exact', password: '' }], realm: 'b', username: undefined },
  ])('for realm $realm comes from $username', ({ credentials, realm, username }) => {
    const challenge = challenges(401, `Digest realm="${realm}", nonce="n", qop="auth"`);
    const answer = client({ credentials }).exchange('x').answer(request(), challenge);
    if (username === undefined) expect(answer).toEqual({ ok: false, reason: 'no-credentials', realm });
    else expect(answer.ok && of(only(answer.headers), 'username')).toBe(username);
  });

  it('may come from a function, which hears realm and kind', () => {
    const asked: string[] = [];
    const credentials = (realm: string, kind: string): undefined => void asked.push(`${kind} ${realm}`);
    client({ credentials })
      .exchange('x')
      .answer(request(), challenges(407, digest('qop="auth"')));
    client({ credentials })
      .exchange('x')
      .answer(request(), challenges(401, digest('qop="auth"')));
    expect(asked).toEqual(['proxy a', 'origin a']);
  });
});

describe('an exchange', () => {
  it('shows credentials of all the proxies on the way, each with a count of its own', () => {
    const exchange = client().exchange('x');
    const one = exchange.answer(request(), challenges(407, 'Digest realm="one", nonce="1", qop="auth"'));
    const two = exchange.answer(request(), challenges(407, 'Digest realm="two", nonce="2", qop="auth"'));
    const three = exchange.answer(request(), challenges(401, 'Digest realm="one", nonce="3", qop="auth"'));
    const shown = [one, two, three].map((answer) =>
      Object.entries(answer.ok ? answer.headers : {}).map(([name, values]) =>
        [
          name,
          [values]
            .flat()
            .map((text) => ['realm', 'nonce', 'nc'].map((part) => of(text, part)).join(' '))
            .join(', '),
        ].join(': '),
      ),
    );
    expect(shown).toEqual([
      ['Proxy-Authorization: one 1 00000001'],
      ['Proxy-Authorization: one 1 00000002, two 2 00000001'],
      ['Proxy-Authorization: one 1 00000003, two 2 00000002', 'Authorization: one 3 00000001'],
    ]);
  });

  it('answers all realms of one response that it can, from proxies and servers', () => {
    const headers = new HeaderList({
      'WWW-Authenticate': 'Digest realm="s", nonce="1", qop="auth", Digest realm="unknown", nonce="2", qop="auth"',
      'Proxy-Authenticate': ['Digest realm="p", nonce="3", qop="auth"', 'Basic realm="p"', 'rubbish!'],
    });
    const credentials = ['s', 'p'].map((realm) => ({ realm, username: realm, password: '' }));
    const answer = client({ credentials }).exchange('x').answer(request(), { status: 401, headers });
    expect(answer.ok && [of(only(answer.headers), 'realm'), of(only(answer.headers, 'Proxy-Authorization'), 'realm')]).toEqual(['s', 'p']);
  });

  it.each<{ status: number; headers: Record<string, string>; reason: string }>([
    { status: 401, headers: {}, reason: 'no-challenge' },
    { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="a"' }, reason: 'no-challenge' },
    { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="a"' }, reason: 'no-challenge' },
    { status: 401, headers: { 'WWW-Authenticate': 'Digest realm="a, nonce' }, reason: 'no-challenge' },
    { status: 403, headers: { 'WWW-Authenticate': digest('qop="auth"') }, reason: 'no-challenge' },
    { status: 401, headers: { 'WWW-Authenticate': `Digest realm="a", nonce="${'n'.repeat(9000)}"` }, reason: 'no-challenge' },
  ])('gives up on $status with $headers', ({ status, headers, reason }) => {
    expect(
      client()
        .exchange('x')
        .answer(request(), { status, headers: new HeaderList(headers) }),
    ).toMatchObject({ ok: false, reason });
  });

  it('carries credentials at once to where a nonce is known, and nowhere else', () => {
    const here = client();
    expect(here.exchange('x').authorize(request())).toEqual({});
    here.exchange('x').answer(request(), challenges(401, digest('qop="auth"')));
    expect(of(only(here.exchange('x').authorize(request())), 'nc')).toBe('00000002');
    expect(here.exchange('y').authorize(request())).toEqual({});
    here.forget();
    expect(here.exchange('x').authorize(request())).toEqual({});
  });

  it('that began with a remembered nonce may answer one challenge with a new one, said to be stale or not', () => {
    const here = client();
    here.exchange('x').answer(request(), challenges(401, digest('qop="auth"')));
    const exchange = here.exchange('x');
    exchange.authorize(request());
    const next = challenges(401, 'Digest realm="a", nonce="m", qop="auth"');
    const answer = exchange.answer(request(), next);
    expect(answer.ok && of(only(answer.headers), 'nonce')).toBe('m');
    expect(exchange.answer(request(), challenges(401, 'Digest realm="a", nonce="o", qop="auth"'))).toMatchObject({ reason: 'rejected' });
    expect(here.exchange('x').authorize(request())).toEqual({}); // what was rejected is forgotten
  });

  it('goes on with other realms when one has rejected its credentials', () => {
    const exchange = client().exchange('x');
    exchange.answer(request(), challenges(407, 'Digest realm="one", nonce="1", qop="auth"'));
    const both = challenges(407, 'Digest realm="one", nonce="2", qop="auth"', 'Digest realm="two", nonce="3", qop="auth"');
    const answer = exchange.answer(request(), both);
    expect(answer.ok && of(only(answer.headers, 'Proxy-Authorization'), 'realm')).toBe('two');
  });

  it('takes new nonces for stale ones only when told so', () => {
    const exchange = client({ newNonceIsStale: true }).exchange('x');
    const outcomes = ['1', '2', '2', '3', '4'].map((nonce) => {
      const answer = exchange.answer(request(), challenges(401, `Digest realm="a", nonce="${nonce}", qop="auth"`));
      return answer.ok || answer.reason;
    });
    expect(outcomes).toEqual([true, true, 'rejected', true, 'attempts']);
  });
});

describe('T-30: challenges without end', () => {
  it.each(['INVITE', 'BYE', 'REGISTER', 'UPDATE'])(
    'T-30: a %s is repeated three times at most, however many fresh nonces are said to be stale',
    (method) => {
      const here = client();
      for (let round = 0; round < 3; round += 1) {
        const exchange = here.exchange('x');
        exchange.authorize(request({}, method));
        let repeats = 0;
        for (let turn = 0; turn < 1000; turn += 1) {
          const challenge = challenges(
            turn % 2 === 0 ? 401 : 407,
            `Digest realm="${turn % 5}", nonce="${round} ${turn}", qop="auth", stale=true`,
          );
          if (exchange.answer(request({}, method), challenge).ok) repeats += 1;
        }
        expect(repeats).toBe(3);
        expect(exchange.attempts).toBe(3);
      }
    },
  );

  it.each<{ what: string; second: string; outcome: unknown }>([
    { what: 'the same nonce', second: 'nonce="1"', outcome: 'rejected' },
    { what: 'the same nonce, called stale', second: 'nonce="1", stale=true', outcome: 'rejected' },
    { what: 'another nonce', second: 'nonce="2"', outcome: 'rejected' },
    { what: 'another nonce, since the first was stale', second: 'nonce="2", stale=TRUE', outcome: true },
  ])('T-30: a second challenge of a realm with $what: $outcome', ({ second, outcome }) => {
    const exchange = client().exchange('x');
    expect(exchange.answer(request(), challenges(401, 'Digest realm="a", nonce="1", qop="auth"')).ok).toBe(true);
    const answer = exchange.answer(request(), challenges(401, `Digest realm="a", qop="auth", ${second}`));
    expect(answer.ok || answer.reason).toBe(outcome);
  });

  it('T-30: a hundred realms in one response, and two hundred targets, leave no more behind than the bounds say', () => {
    const here = client({ maxTargets: 2 });
    for (let target = 0; target < 200; target += 1) {
      const many = Array.from({ length: 100 }, (_, at) => `Digest realm="${at}", nonce="n", qop="auth"`);
      const answer = here.exchange(`t${target}`).answer(request(), challenges(407, ...many));
      expect(answer.ok && [answer.headers['Proxy-Authorization']].flat()).toHaveLength(16);
    }
    const known = Array.from({ length: 200 }, (_, target) => here.exchange(`t${target}`).authorize(request()));
    expect(known.filter((headers) => 'Proxy-Authorization' in headers).length).toBeLessThanOrEqual(4);
    expect([here.exchange('t199').authorize(request())['Proxy-Authorization']].flat()).toHaveLength(8);
  });
});

describe('options of a client', () => {
  it.each<{ what: string; options: Partial<DigestClientOptions> }>([
    { what: 'no username', options: { credentials: [{ username: '', password: 'x' }] } },
    { what: 'neither password nor hash', options: { credentials: [{ username: 'a' } as Credential] } },
    { what: 'one credential without a list', options: { credentials: { username: 'a', password: 'x' } as unknown as CredentialSource } },
    { what: 'no credentials at all', options: { credentials: undefined as unknown as CredentialSource } },
    { what: 'what is no credential', options: { credentials: [null, 'a'] as unknown as CredentialSource } },
    { what: 'a password that is none', options: { credentials: [{ username: 'a', password: 5 as unknown as string }] } },
    { what: 'a hash in place of the hashes', options: { credentials: [{ username: 'a', ha1: 'abc' as unknown as object }] } },
    { what: 'a realm that is none', options: { credentials: [{ username: 'a', password: 'x', realm: 7 as unknown as string }] } },
    { what: 'a qop of no such name', options: { qop: 'auth-conf' as 'auth' } },
    { what: 'an algorithm of no such name', options: { minimum: 'SHA-1' as 'MD5' } },
    { what: 'no attempt', options: { maxAttempts: 0 } },
    { what: 'half a target', options: { maxTargets: 0.5 } },
    { what: 'an endless field', options: { limits: { maxFieldLength: Infinity } } },
  ])('are refused: $what', ({ options }) => {
    expect(() => new DigestClient({ credentials: [], ...options })).toThrow(expect.objectContaining({ code: 'SIP_OPTION' }));
  });

  it('that give back no credential are found when asked', () => {
    const here = client({ credentials: () => ({ username: 'a' }) as Credential });
    expect(() => here.exchange('x').answer(request(), challenges(401, digest('qop="auth"')))).toThrow(
      expect.objectContaining({ code: 'SIP_OPTION' }),
    );
  });
});
