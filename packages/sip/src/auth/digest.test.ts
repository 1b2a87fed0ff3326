import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digest, digestHa1, digestResponse, hashUsername, isUsable, readAlgorithm, sessionKey, type DigestHash } from './digest.ts';

const sha = {
  username: 'Mufasa',
  realm: 'http-auth@example.org',
  password: 'Circle of Life',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  uri: '/dir/index.html',
};
const old = {
  username: 'Mufasa',
  realm: 'testrealm@host.com',
  password: 'Circle Of Life',
  nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
  cnonce: '0a4f113b',
  uri: '/dir/index.html',
};
const jason = {
  username: 'J\u00e4s\u00f8n Doe',
  realm: 'api@example.org',
  password: 'Secret, or not?',
  nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
  cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
  uri: '/doe.json',
};

describe('digest responses', () => {
  it.each<{ where: string; of: typeof sha; algorithm: DigestHash; response: string }>([
    { where: 'RFC 2617 §3.5', of: old, algorithm: 'MD5', response: '6629fae49393a05397450978507c4ef1' },
    { where: 'RFC 7616 §3.9.1', of: sha, algorithm: 'MD5', response: '8ca523f5e9506fed4657c9700eebdbec' },
    {
      where: 'RFC 7616 §3.9.1',
      of: sha,
      algorithm: 'SHA-256',
      response: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    },
    {
      where: 'RFC 7616 §3.9.2, with the hash that it names',
      of: jason,
      algorithm: 'SHA-512-256',
      response: '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5',
    },
  ])('are those of $where, $algorithm', ({ of, algorithm: name, response }) => {
    const key = digestHa1(name, of.username, of.realm, of.password);
    const algorithm = readAlgorithm(name)!;
    expect(digestResponse({ ...of, algorithm, key, qop: 'auth', nc: '00000001', method: 'GET' })).toBe(response);
  });

  it('differ from the numbers printed in RFC 7616 §3.9.2, which are of SHA-512 cut short and not of SHA-512/256', () => {
    const cut = (text: string): string => createHash('sha512').update(text).digest('hex').slice(0, 64);
    const { username, realm, password, nonce, cnonce, uri } = jason;
    expect(cut(`${username}:${realm}`)).toBe('488869477bf257147b804c45308cd62ac4e25eb717b12b298c79e62dcea254ec');
    expect(cut(`${cut(`${username}:${realm}:${password}`)}:${nonce}:00000001:${cnonce}:auth:${cut(`GET:${uri}`)}`)).toBe(
      'ae66e67d6b427bd3f120414a82e4acff38e8ecd9101d6c861229025f607a79dd',
    );
    expect(hashUsername('SHA-512-256', username, realm)).toBe('793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b');
  });

  it('without qop leave count and cnonce out', () => {
    const { nonce } = old;
    const key = digestHa1('MD5', old.username, old.realm, old.password);
    const algorithm = readAlgorithm(undefined)!;
    const response = digestResponse({ algorithm, key, nonce, qop: undefined, nc: '', cnonce: '', method: 'GET', uri: old.uri });
    expect(response).toBe(digest('MD5', `${key}:${nonce}:${digest('MD5', `GET:${old.uri}`)}`));
    expect(response).toBe('670fd8c2df070c60b045671b8b24ff02');
  });

  it('with auth-int hash the body, and no body as an empty one, RFC 8760 §2.6', () => {
    expect(digest('SHA-256', '')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(digest('MD5', '')).toBe('d41d8cd98f00b204e9800998ecf8427e');
    const algorithm = readAlgorithm('SHA-256')!;
    const input = { ...sha, algorithm, key: 'k', qop: 'auth-int' as const, nc: '00000001', method: 'INVITE' };
    const ha2 = digest('SHA-256', `INVITE:${sha.uri}:${digest('SHA-256', '')}`);
    expect(digestResponse(input)).toBe(digest('SHA-256', `k:${sha.nonce}:00000001:${sha.cnonce}:auth-int:${ha2}`));
    expect(digestResponse({ ...input, content: new Uint8Array(0) })).toBe(digestResponse(input));
    expect(digestResponse({ ...input, content: new Uint8Array(1) })).not.toBe(digestResponse(input));
  });

  it('of session algorithms mix nonce and cnonce into the key', () => {
    const key = sessionKey(readAlgorithm('md5-SESS')!, 'ha1', 'n', 'c');
    expect(key).toBe(digest('MD5', 'ha1:n:c'));
    expect(sessionKey(readAlgorithm('MD5')!, 'ha1', 'n', 'c')).toBe('ha1');
  });
});

describe('algorithms', () => {
  it('are read in any case, MD5 unless named, and no others', () => {
    expect(['sha-256', 'SHA-512-256-sess', undefined, 'SHA-1', 'AKAv1-MD5', ''].map((name) => readAlgorithm(name)?.name)).toEqual([
      'SHA-256',
      'SHA-512-256-sess',
      'MD5',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are all there in this Node', () => {
    expect((['MD5', 'SHA-256', 'SHA-512-256'] as const).map(isUsable)).toEqual([true, true, true]);
  });
});
