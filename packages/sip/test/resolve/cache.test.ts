import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { ZoneResolver } from '../../src/testing/zone-resolver.ts';
import type { ResolveEvent } from '../../src/transport/resolve/answers.ts';
import type { AddressRecord, Resolver } from '../../src/transport/resolve/resolver.ts';
import { a, desk, naptr, shown, srv } from './desk.ts';

const ZONE = {
  'd.example': [naptr(1, 1, 'SIP+D2U', '_sip._udp.d.example')],
  '_sip._udp.d.example': [srv('one.example', 5060)],
  'one.example': [a('192.0.2.1', 20)],
};
const fails = (error: unknown): (() => never) => {
  return () => {
    throw error;
  };
};
const coded = (code: string): Error => Object.assign(new Error(code), { code });

describe('answers', () => {
  it('are kept for their TTL, and those without one for ttlMs', async () => {
    const { clock, dns, find } = desk(ZONE, { ttlMs: 7000 });
    let asked = 0;
    dns.resolveNaptr = async () => {
      asked += 1;
      return [{ order: 1, preference: 1, flags: 's', service: 'SIP+D2U', regexp: '', replacement: '_sip._udp.d.example' }];
    };
    await find('sip:d.example');
    await clock.advance(6999);
    await find('sip:d.example');
    expect(asked).toBe(1);
    await clock.advance(1);
    await find('sip:d.example');
    expect(asked).toBe(2);
    expect(dns.queries).toEqual(['SRV _sip._udp.d.example', 'A one.example']);
    await clock.advance(13_000); // 20 s since the first
    await find('sip:d.example');
    expect(dns.queries).toEqual(['SRV _sip._udp.d.example', 'A one.example', 'A one.example']);
  });

  it('are kept for the shortest TTL of their records, for maxTtlMs at most, and with a TTL of 0 not at all', async () => {
    const { clock, dns, find } = desk(
      {
        'two.example': [a('192.0.2.1', 9), a('192.0.2.2', 3)],
        'long.example': [a('192.0.2.1', 90_000)],
        'never.example': [a('192.0.2.1', 0)],
      },
      { maxTtlMs: 60_000 },
    );
    const count = async (name: string): Promise<number> => {
      await find(`sip:${name}:5060`);
      return dns.queries.filter((query) => query === `A ${name}`).length;
    };
    expect([await count('two.example'), await count('long.example'), await count('never.example')]).toEqual([1, 1, 1]);
    await clock.advance(2999);
    expect([await count('two.example'), await count('never.example')]).toEqual([1, 2]);
    await clock.advance(1);
    expect(await count('two.example')).toBe(2);
    await clock.advance(56_999);
    expect(await count('long.example')).toBe(1);
    await clock.advance(1);
    expect(await count('long.example')).toBe(2);
  });

  it.each([
    { what: 'that there is none', error: coded('ENOTFOUND') },
    { what: 'that nobody knows', error: coded('ESERVFAIL') },
    { what: 'what a resolver throws that is no error', error: undefined },
  ])('$what are kept for negativeMs', async ({ error }) => {
    const { clock, dns, find, network } = desk(ZONE, { negativeMs: 400 });
    network.name('one.example', []);
    dns.fail = fails(error);
    const ask = (): Promise<readonly string[]> => find('sip:one.example:5060');
    expect(await ask()).toEqual([]);
    dns.fail = undefined;
    await clock.advance(399);
    expect(await ask()).toEqual([]);
    await clock.advance(1);
    expect(await ask()).toEqual(['UDP 192.0.2.1 5060']);
    expect(dns.queries).toEqual(['A one.example', 'A one.example']);
  });

  it('are there at once when they are known, as is a numeric host', async () => {
    const { find, targets } = desk(ZONE);
    expect(targets('sip:192.0.2.1').next()).toEqual({ kind: 'UDP', host: '192.0.2.1', port: 5060 });
    await find('sip:d.example');
    const known = targets('sip:d.example');
    expect(known.next()).toEqual({ kind: 'UDP', host: '192.0.2.1', port: 5060 });
    expect(known.next()).toBeUndefined();
    expect(targets('sip:d.example').rest()).toHaveLength(1);
  });

  it('are shared by those who ask at the same time', async () => {
    const { clock, dns, targets } = desk(ZONE, { delayMs: 50 });
    const both = ['sip:alice@d.example', 'sip:bob@D.example'].map((uri) => Promise.resolve(targets(uri).next()));
    await clock.advance(150);
    expect((await Promise.all(both)).map((target) => shown(target!))).toEqual(['UDP 192.0.2.1 5060', 'UDP 192.0.2.1 5060']);
    expect(dns.queries).toEqual(['NAPTR d.example', 'SRV _sip._udp.d.example', 'A one.example']);
  });

  it('are forgotten when too many names are asked for', async () => {
    const { dns, find } = desk({}, { maxCached: 8 });
    for (let at = 0; at < 100; at += 1) await find(`sip:n${at}.example:5060`);
    await find('sip:n99.example:5060');
    expect(dns.queries).toHaveLength(100);
    await find('sip:n0.example:5060');
    expect(dns.queries).toHaveLength(101);
  });
});

describe('queries', () => {
  const never: Resolver = {
    resolveNaptr: () => new Promise(() => undefined),
    resolveSrv: () => new Promise(() => undefined),
    resolveA: () => new Promise(() => undefined),
    resolveAaaa: () => new Promise(() => undefined),
  };

  it('that are not answered count as failed after queryMs, and their signal aborts', async () => {
    const signals: AbortSignal[] = [];
    const resolver: Resolver = {
      ...never,
      resolveA: (_name, signal) => {
        signals.push(signal!);
        return new Promise(() => undefined);
      },
    };
    const { clock, network, targets } = desk({}, { resolver, queryMs: 300 });
    network.name('pbx.example', ['192.0.2.7']);
    const target = Promise.resolve(targets('sip:pbx.example:5060').next());
    await clock.advance(299);
    expect(signals[0]!.aborted).toBe(false);
    await clock.advance(1);
    expect(signals[0]!.aborted).toBe(true);
    expect(await target).toMatchObject({ host: '192.0.2.7' }); // the system knew
    expect(clock.pending).toBe(0);
  });

  it('that were given up change nothing when they are answered after all', async () => {
    const answers: ((records: readonly AddressRecord[]) => void)[] = [];
    const resolver: Resolver = { ...never, resolveA: () => new Promise((resolve) => answers.push(resolve)) };
    const { clock, find } = desk({}, { resolver, queryMs: 300, negativeMs: 100 });
    void find('sip:one.example:5060');
    await clock.advance(400);
    const second = find('sip:one.example:5060');
    answers[0]!([{ address: '192.0.2.66' }]);
    await clock.advance(10);
    const third = find('sip:one.example:5060');
    answers[1]!([{ address: '192.0.2.1' }]);
    expect([await second, await third, await find('sip:one.example:5060')].flat()).toEqual(Array(3).fill('UDP 192.0.2.1 5060'));
    expect(answers).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('end for one URI when it has waited long enough, but for the last resort', async () => {
    const { clock, network, find } = desk({}, { resolver: never, queryMs: 5000, waitMs: 8000 });
    network.name('d.example', ['192.0.2.7']);
    let found: readonly string[] | undefined;
    void find('sip:d.example').then((all) => (found = all));
    await clock.advance(14_999); // NAPTR, one SRV, A
    expect(found).toBeUndefined();
    await clock.advance(1);
    expect(found).toEqual(['UDP 192.0.2.7 5060']);
  });

  it('are counted for one URI', async () => {
    const many = Array.from({ length: 50 }, (_, at) => srv(`s${at}.example`, 5060, at));
    const { dns, find } = desk({ '_sip._udp.d.example': many }, { maxQueries: 10 });
    expect(await find('sip:d.example;transport=udp')).toEqual([]);
    expect(dns.queries).toHaveLength(10);
  });

  it('are not begun while too many wait', async () => {
    const { clock, locator, targets, dns } = desk({}, { delayMs: 100, maxPending: 3 });
    const all = Array.from({ length: 10 }, (_, at) => Promise.resolve(targets(`sip:n${at}.example:5060`).next()));
    await clock.advance(100);
    await Promise.all(all);
    expect(dns.queries).toHaveLength(3);
    locator.close();
  });

  it('end when the stack does, and none follow', async () => {
    let asked = 0;
    const resolver: Resolver = {
      ...never,
      resolveNaptr: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
      resolveSrv: async () => {
        asked += 1;
        return [];
      },
    };
    const { clock, locator, targets, lookups } = desk({}, { resolver });
    const waiting = Promise.resolve(targets('sip:d.example').next());
    locator.close();
    expect(await waiting).toBeUndefined();
    expect(clock.pending).toBe(0);
    expect(asked).toBe(1);
    expect(lookups).toEqual([]);
  });

  it('are not made for what is no name, or nobody’s', async () => {
    const { dns, lookups, find } = desk();
    for (const host of ['df7jal23ls0d.invalid', '0x7f.1', '1.2.3', `${'a'.repeat(64)}.example`, `${'a.'.repeat(130)}b`])
      expect(await find(`sip:${host}`)).toEqual([]);
    expect([...dns.queries, ...lookups]).toEqual([]);
  });

  it('are shown on their channel, each once, with what became of it', async () => {
    const events: ResolveEvent[] = [];
    const listen = (event: unknown): void => void events.push(event as ResolveEvent);
    const { clock, dns, find, targets } = desk(ZONE, { delayMs: 30 });
    const servfail = coded('ESERVFAIL');
    dns.fail = (query) => {
      if (query.startsWith('NAPTR')) throw servfail;
    };
    subscribe('jackfield:sip:resolve', listen);
    const found = find('sip:d.example');
    await clock.advance(200);
    await found;
    unsubscribe('jackfield:sip:resolve', listen);
    expect(targets('sip:d.example').next()).toBeDefined();
    expect(events).toMatchObject([
      { kind: 'NAPTR', name: 'd.example', records: [], error: servfail, durationMs: 30 },
      { kind: 'SRV', name: '_sip._udp.d.example', records: [{ name: 'one.example' }], error: undefined, durationMs: 30 },
      { kind: 'A', name: 'one.example', records: [{ address: '192.0.2.1' }] },
      ...['_sip._tcp.d.example', '_sips._tcp.d.example'].map((name) => ({ kind: 'SRV', name, records: [] })),
    ]);
  });
});

describe('what a resolver answers', () => {
  const answering = (records: unknown): Resolver => {
    const say = (): Promise<never> => Promise.resolve(records as never);
    return { resolveNaptr: say, resolveSrv: say, resolveA: say, resolveAaaa: say };
  };

  it.each<{ what: string; records: unknown }>([
    { what: 'nothing', records: undefined },
    { what: 'a text', records: 'abc' },
    { what: 'empty records', records: [null, undefined, 7, {}, 'x'] },
    { what: 'addresses that are none', records: [{ address: 'one.example' }, { address: '1.2.3' }, { address: 7 }] },
    {
      what: 'addresses of nobody',
      records: ['0.0.0.0', '0.1.2.3', '255.255.255.255', '224.0.0.1', '::', 'ff02::1', '::ffff:192.0.2.1', '0:0:0:0:0:0:0:0'].map(
        (address) => ({ address }),
      ),
    },
    {
      what: 'ports that are none',
      records: [
        { priority: 0, weight: 0, port: 99_999, name: 'x.example' },
        { priority: 0, weight: 0, port: 0, name: 'x.example' },
      ],
    },
    {
      what: 'targets that are none',
      records: ['.', '', '192.0.2.1', 'a b', '0x7f.1'].map((name) => ({ priority: 0, weight: 0, port: 5060, name })),
    },
  ])('$what leads nowhere', async ({ records }) => {
    const { find } = desk({}, { resolver: answering(records) });
    expect(await find('sip:d.example', 'UDP6 TCP')).toEqual([]);
  });

  it('is read up to maxRecords, and used up to maxTargets', async () => {
    const records = Array.from({ length: 5000 }, (_, at) => ({ address: `192.0.${at >> 8}.${at & 255}` }));
    const count = async (options: object): Promise<number> =>
      (await desk({}, { resolver: answering(records), ...options }).find('sip:d.example:5060', 'UDP')).length;
    expect(await count({})).toBe(32);
    expect(await count({ maxTargets: 100 })).toBe(64);
    expect(await count({ maxTargets: 100, maxRecords: 9 })).toBe(9);
  });

  it('may come at once, or not as a promise at all, or as a throw', async () => {
    const resolver: Resolver = {
      ...answering([]),
      resolveNaptr: () => {
        throw new Error('no NAPTR here');
      },
      resolveA: () => [{ address: '192.0.2.1' }] as never,
    };
    expect(await desk({}, { resolver }).find('sip:d.example', 'UDP')).toEqual(['UDP 192.0.2.1 5060']);
  });
});

const OPTIONS =
  'ttlMs maxTtlMs negativeMs queryMs waitMs maxQueries maxRecords maxTargets maxCached maxPending failedMs maxFailedMs maxFailed'.split(
    ' ',
  );

describe('options of locating', () => {
  it.each(OPTIONS)('%s is a positive integer', (option) => {
    for (const value of [0, -1, 1.5, Number.NaN]) {
      expect(() => desk({}, { [option]: value })).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option } }));
    }
  });

  it('prefer is one of two', () => {
    expect(() => desk({}, { prefer: 'both' as 'ipv4' })).toThrow(
      expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'prefer' } }),
    );
  });

  it.each(['resolveNaptr', 'resolveSrv', 'resolveA', 'resolveAaaa'])('a resolver has %s', (method) => {
    const whole: Resolver = new ZoneResolver();
    const resolver: Resolver = Object.assign(Object.create(whole) as Resolver, { [method]: undefined });
    expect(() => desk({}, { resolver })).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'resolver' } }));
  });
});
