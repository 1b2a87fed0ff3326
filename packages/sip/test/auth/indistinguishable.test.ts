import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { digestHa1, type AlgorithmName, type AuthenticatorOptions, type Qop, type SipRequest, type StoredSecret } from '@jackfield/sip';
import { SeededRandom } from '@jackfield/sip/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { answered, client, denied, REALM, request, server, SOURCE, type TestServer } from './parties.ts';

const BLOCKED = '192.0.2.66';
const KNOWN = 'wonderland';
const ALL: readonly AlgorithmName[] = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess'];
const body = { type: 'text/plain', bytes: Buffer.alloc(100) };

const hashed = (realm: string): StoredSecret => ({
  ha1: {
    MD5: digestHa1('MD5', 'hashed', realm, KNOWN),
    'SHA-256': digestHa1('SHA-256', 'hashed', realm, KNOWN),
    'SHA-512-256': digestHa1('SHA-512-256', 'hashed', realm, KNOWN),
  },
});
const HASHED = hashed(REALM);

function judge(options: Partial<AuthenticatorOptions> = {}): TestServer {
  const lookup = (username: string): StoredSecret | undefined =>
    username === 'alice' ? KNOWN : username === 'hashed' ? HASHED : undefined;
  return server({ lookup, blocked: (source) => source === BLOCKED, ...options });
}

/** Who asks, from where, with what: none of them may learn which. */
const STRANGERS = {
  'an unknown user': { username: 'nobody', password: 'guess', source: SOURCE },
  'a wrong password': { username: 'alice', password: 'guess', source: SOURCE },
  'a wrong password where a hash is stored': { username: 'hashed', password: 'guess', source: SOURCE },
  'the right password from a blocked source': { username: 'alice', password: KNOWN, source: BLOCKED },
  'an unknown user from a blocked source': { username: 'nobody', password: 'guess', source: BLOCKED },
} as const;
type Stranger = keyof typeof STRANGERS;
const WHO = Object.keys(STRANGERS) as Stranger[];

function ask(there: TestServer, who: Stranger, seed = 1): SipRequest {
  const { username, password, source } = STRANGERS[who];
  const here = client({ credentials: [{ username, password }], random: new SeededRandom(seed) });
  return answered({ ...there, check: (asked) => there.check(asked, source) }, here, (headers) =>
    request(headers, 'MESSAGE', 'sip:example.com', body),
  );
}

const counted: string[] = [];
const { hash, createHmac } = crypto;

afterEach(() => {
  Object.assign(crypto, { hash, createHmac });
  syncBuiltinESMExports();
  counted.length = 0;
});

function countHashes(): void {
  Object.assign(crypto, {
    hash: (name: string, data: string | Uint8Array, form: 'hex') => {
      counted.push(name);
      return hash(name, data, form);
    },
    createHmac: (name: string, key: crypto.KeyObject) => {
      counted.push(`hmac ${name}`);
      return createHmac(name, key);
    },
  });
  syncBuiltinESMExports();
}

describe('T-36: who is known and who is not', () => {
  it.each<{ algorithm: AlgorithmName; qop: Qop }>(
    ALL.flatMap((algorithm) => (['auth', 'auth-int'] as const).map((qop) => ({ algorithm, qop }))),
  )('T-36: cannot be told from the answer, byte for byte, but for the nonce: $algorithm, $qop', ({ algorithm, qop }) => {
    const answers = WHO.map((who) => {
      const there = judge({ algorithms: [algorithm], qop: [qop], opaque: 'o' });
      const { status, headers, cause } = denied(there.check(ask(there, who), STRANGERS[who].source));
      expect(cause).toBe('refused');
      return JSON.stringify({ status, headers }).replaceAll(/nonce=\\"[\w-]{40}\\"/g, 'nonce');
    });
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('nonce');
  });

  it('T-36: the first challenge and the one for a nonce that is stale are the same for all, too', () => {
    for (const stale of [false, true]) {
      const answers = WHO.map((who) => {
        const there = judge();
        const asked = stale ? ask(judge({ secret: 'another secret of ours' }), who) : request();
        const { status, headers } = denied(there.check(asked, STRANGERS[who].source));
        return JSON.stringify({ status, headers }).replaceAll(/nonce=\\"[\w-]{40}\\"/g, 'nonce');
      });
      expect(new Set(answers).size).toBe(1);
    }
  });

  it.each(ALL)('T-36: takes the same hashes in the same order: %s', (algorithm) => {
    const prepared = WHO.map((who) => {
      const there = judge({ algorithms: [algorithm], qop: ['auth-int'] });
      return { who, there, asked: ask(there, who) };
    });
    countHashes();
    const work = prepared.map(({ who, there, asked }) => {
      denied(there.check(asked, STRANGERS[who].source));
      return counted.splice(0).join(', ');
    });
    expect(new Set(work).size).toBe(1);
    expect(work[0]!.split(', ').length).toBe(algorithm.endsWith('-sess') ? 7 : 6);
  });

  it('T-36: everybody is looked up once, blocked or not', () => {
    for (const who of WHO) {
      const asked: string[] = [];
      const there = judge({ lookup: (username) => void asked.push(username) });
      denied(there.check(ask(there, who), STRANGERS[who].source));
      expect(asked).toEqual([STRANGERS[who].username]);
    }
  });

  it('T-36: takes the same time, within a tenth', () => {
    const there = judge({ algorithms: ['SHA-256'] });
    const asked = new Map(WHO.map((who) => [who, ask(there, who)]));
    const batch = (who: Stranger): number => {
      const one = asked.get(who)!;
      const { source } = STRANGERS[who];
      const began = process.hrtime.bigint();
      for (let at = 0; at < 50; at += 1) there.check(one, source);
      return Number(process.hrtime.bigint() - began);
    };
    for (const who of WHO) for (let at = 0; at < 20; at += 1) batch(who); // until it is compiled
    // what else the machine does only adds: the quickest of many interleaved batches is what the work itself takes
    const spread = (rounds: number): number => {
      const quickest = new Map<Stranger, number>(WHO.map((who) => [who, Infinity]));
      for (let round = 0; round < rounds; round += 1) for (const who of WHO) quickest.set(who, Math.min(quickest.get(who)!, batch(who)));
      return Math.max(...quickest.values()) / Math.min(...quickest.values());
    };
    let least = Infinity;
    for (let attempt = 0; attempt < 5 && least > 1.1; attempt += 1) least = Math.min(least, spread(100));
    expect(least).toBeLessThan(1.1);
  }, 30_000);
});
