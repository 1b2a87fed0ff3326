import type { Address } from '@jackfield/base';
import { describe, expect, it } from 'vitest';
import { NextHops, wayToward } from '../../src/dialogs/next-hop.ts';
import { parseUri } from '../../src/messages/uri.ts';
import { ZoneResolver } from '../../src/testing/zone-resolver.ts';
import type { TransportLayer } from '../../src/transport/layer.ts';
import type { LocateOptions } from '../../src/transport/resolve/options.ts';
import { tcp } from '../../src/transport/tcp.ts';
import type { Flow, Target } from '../../src/transport/transport.ts';
import { udp } from '../../src/transport/udp.ts';
import { OURS, THEIRS, createWorld, type World } from '../transport/world.ts';
import { a, desk, shown, srv } from './desk.ts';

const FARM = {
  '_sip._udp.farm.example': [srv('one.example', 5061), srv('two.example', 5062, 1), srv('three.example', 5063, 2)],
  'one.example': [a('192.0.2.1'), a('192.0.2.11')],
  'two.example': [a('192.0.2.2')],
  'three.example': [a('192.0.2.3')],
};
const URI = 'sip:farm.example;transport=udp';
const ONE: Target = { kind: 'UDP', host: '192.0.2.1', port: 5061 };
const ALL = ['UDP 192.0.2.1 5061', 'UDP 192.0.2.11 5061', 'UDP 192.0.2.2 5062', 'UDP 192.0.2.3 5063'];

describe('targets, RFC 3263 §4.3', () => {
  it('come in the order of the records, and a name is looked up when those before it are used up', async () => {
    const { dns, targets } = desk(FARM);
    const walk = targets(URI);
    const seen: string[] = [];
    const asked: number[] = [];
    for await (const target of walk) {
      seen.push(shown(target));
      asked.push(dns.queries.length);
    }
    expect(seen).toEqual(ALL);
    expect(asked).toEqual([2, 2, 3, 4]);
    expect(await walk.next()).toBeUndefined();
  });

  it('come once, however many names lead to them', async () => {
    const { find } = desk({
      ...FARM,
      'two.example': [a('192.0.2.1'), a('192.0.2.2')],
      '_sip._udp.farm.example': [srv('one.example', 5061), srv('two.example', 5061, 1)],
    });
    expect(await find(URI)).toEqual(['UDP 192.0.2.1 5061', 'UDP 192.0.2.11 5061', 'UDP 192.0.2.2 5061']);
  });

  it('come in order also to whoever asks for several at once', async () => {
    const { clock, targets } = desk(FARM, { delayMs: 10 });
    const walk = targets(URI);
    const four = Promise.all(Array.from({ length: 5 }, () => Promise.resolve(walk.next())));
    await clock.advance(100);
    expect((await four).map((target) => target && shown(target))).toEqual([...ALL, undefined]);
  });

  it('of which one name has no address are those of the others', async () => {
    const { find } = desk({ ...FARM, 'one.example': [] });
    expect(await find(URI)).toEqual(ALL.slice(2));
  });
});

describe('targets that failed', () => {
  const later = [...ALL.slice(1), ALL[0]];

  it('come last until failedMs are over', async () => {
    const { clock, locator, find } = desk(FARM, { failedMs: 1000 });
    locator.markFailed(ONE);
    expect(await find(URI)).toEqual(later);
    await clock.advance(999);
    expect(await find(URI)).toEqual(later);
    await clock.advance(1);
    expect(await find(URI)).toEqual(ALL);
  });

  it.each([
    { ms: 2000, counts: 2000 },
    { ms: 900_000, counts: 5000 },
    { ms: Infinity, counts: 5000 },
    { ms: 0, counts: 1000 },
    { ms: -1, counts: 1000 },
    { ms: Number.NaN, counts: 1000 },
  ])('for $ms ms count so for $counts', async ({ ms, counts }) => {
    const { clock, locator, find } = desk(FARM, { failedMs: 1000, maxFailedMs: 5000 });
    locator.markFailed(ONE, ms);
    await clock.advance(counts - 1);
    expect(await find(URI)).toEqual(later);
    await clock.advance(1);
    expect(await find(URI)).toEqual(ALL);
  });

  it('are all there is, and are given all the same', async () => {
    const { locator, find } = desk(FARM);
    for (const target of await desk(FARM).targets(URI).rest()) locator.markFailed(target);
    expect(await find(URI)).toEqual(ALL);
  });

  it('are that by one transport and at one port', async () => {
    const { locator, find } = desk(FARM);
    locator.markFailed({ ...ONE, port: 5060 });
    locator.markFailed({ ...ONE, kind: 'TCP' });
    expect(await find(URI)).toEqual(ALL);
  });

  it('are forgotten, the oldest first, when there are too many', async () => {
    const { locator, find } = desk(FARM, { maxFailed: 2 });
    locator.markFailed(ONE);
    locator.markFailed({ kind: 'UDP', host: '192.0.2.2', port: 5062 });
    locator.markFailed(ONE); // again: the younger one now
    locator.markFailed({ kind: 'UDP', host: '192.0.2.3', port: 5063 });
    expect(await find(URI)).toEqual([ALL[1], ALL[2], ALL[0], ALL[3]]);
  });
});

describe('the next hop', () => {
  const TCP_FARM = {
    '_sip._tcp.farm.example': [srv('dead.example', 5061), srv('alive.example', 5060, 1), srv('spare.example', 5065, 2)],
    'dead.example': [a(THEIRS)],
    'alive.example': [a(THEIRS)],
    'spare.example': [a(THEIRS)],
  };
  const uri = parseUri('sip:farm.example;transport=tcp')!;

  async function farm(
    locating: LocateOptions = {},
  ): Promise<
    World & { readonly ours: TransportLayer; readonly dns: ZoneResolver; readonly wait: <T>(what: T | PromiseLike<T>) => Promise<T> }
  > {
    const world = createWorld();
    const dns = new ZoneResolver(TCP_FARM);
    const ours = await world.layer([udp({ host: OURS, port: 5060 }), tcp({ host: OURS, port: 5060 })], { resolver: dns, locating });
    await world.listener(5060);
    await world.listener(5065);
    const wait = async <T>(what: T | PromiseLike<T>): Promise<T> => {
      const settled = Promise.resolve(what);
      settled.catch(() => undefined);
      await world.clock.advance(50);
      return settled;
    };
    return { ...world, ours, dns, wait };
  }
  const at = (flow: Flow | undefined): Address | undefined => flow?.remote;

  it('is the first that can be reached; who cannot be is tried last by the next request', async () => {
    const { ours, dns, wait } = await farm();
    expect(at((await wait(wayToward(ours, uri))).flow)).toEqual({ host: THEIRS, port: 5060 });
    expect(dns.queries).not.toContain('A spare.example');
    const targets = await wait(ours.locate(uri));
    expect(targets.map(({ port }) => port)).toEqual([5060, 5065, 5061]);
  });

  it('follows on request, with what became of the one before', async () => {
    const { clock, ours, wait } = await farm({ failedMs: 1000 });
    const hops = new NextHops(ours, uri);
    expect(at(await wait(hops.next()))).toMatchObject({ port: 5060 });
    expect(hops.target).toEqual({ kind: 'TCP', host: THEIRS, port: 5060 });
    expect(hops.failure).toMatchObject({ code: 'SIP_TRANSPORT_FAILED', info: { port: 5061 } });
    hops.failed(60_000); // a 503 with Retry-After, say
    expect(at(await wait(hops.next()))).toMatchObject({ port: 5065 });
    expect(await wait(hops.next())).toBeUndefined();
    await clock.advance(2000);
    expect(at(await wait(new NextHops(ours, uri).next()))).toMatchObject({ port: 5065 });
  });

  it('is there at once where nothing has to be waited for', async () => {
    const { ours } = await farm();
    expect('send' in new NextHops(ours, parseUri(`sip:${THEIRS}`)!).next()!).toBe(true);
    expect(new NextHops(ours, parseUri('tel:+4930123')!).next()).toBeUndefined();
  });

  it('that nobody is rejects with the last failure', async () => {
    const { ours, wait } = await farm();
    await expect(wait(wayToward(ours, parseUri(`sip:${THEIRS}:5061;transport=tcp`)!))).rejects.toMatchObject({
      code: 'SIP_UNREACHABLE',
      cause: { code: 'SIP_TRANSPORT_FAILED' },
    });
    await expect(wait(wayToward(ours, parseUri('sip:nowhere.example')!))).rejects.toMatchObject({
      code: 'SIP_UNREACHABLE',
      info: { target: 'sip:nowhere.example' },
      cause: undefined,
    });
    await expect(wait(wayToward(ours, parseUri('tel:+4930123')!))).rejects.toMatchObject({
      code: 'SIP_UNREACHABLE',
      message: 'nothing reaches tel:+4930123: it names no host, and no Route says by whom it goes',
    });
  });
});
