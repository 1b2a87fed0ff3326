/** The real node:dns before a server on loopback that lies, loops and falls silent. */
import { systemClock, systemRandom } from '@jackfield/base';
import { afterEach, describe, expect, it } from 'vitest';
import { createSipStack, coreOf, nodeResolver, parseUri, udp } from '@jackfield/sip';
import { DnsServer, type Misbehaviour, type ZoneTable } from '@jackfield/sip/testing';
import { Locator } from '../../src/transport/locate.ts';
import { nodeNetwork } from '../../src/transport/node-network.ts';
import { a, aaaa, listeners, naptr, shown, srv } from './desk.ts';

const ZONE: ZoneTable = {
  'd.test': [naptr(1, 1, 'SIP+D2T', '_sip._tcp.d.test'), naptr(1, 2, 'SIP+D2U', '_sip._udp.d.test')],
  '_sip._tcp.d.test': [srv('one.d.test', 5071, 0, 5), srv('two.d.test', 5072, 1, 5)],
  '_sip._udp.d.test': [srv('one.d.test', 5073)],
  'one.d.test': [a('192.0.2.1'), aaaa('2001:db8::1')],
  'two.d.test': [{ type: 'CNAME', target: 'alias.d.test' }],
  'alias.d.test': [a('192.0.2.2')],
};

const servers: DnsServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function world(
  zone: ZoneTable = ZONE,
): Promise<{ readonly server: DnsServer; readonly find: (uri: string) => Promise<readonly string[]> }> {
  const server = await DnsServer.listen({ zone });
  servers.push(server);
  const locator = new Locator({
    resolver: nodeResolver({ servers: [server.address], timeoutMs: 60, tries: 1 }),
    network: { ...bare, lookup: () => Promise.reject(new Error('not known here either')) },
    clock: systemClock(),
    random: systemRandom(),
    locating: { queryMs: 400, waitMs: 1000 },
  });
  const find = async (uri: string): Promise<readonly string[]> =>
    (await locator.targets(parseUri(uri)!, listeners('UDP6 TCP6')).rest()).map(shown);
  return { server, find };
}
const machine = nodeNetwork();
const bare = {
  bindDatagram: machine.bindDatagram.bind(machine),
  listenStream: machine.listenStream.bind(machine),
  connectStream: machine.connectStream.bind(machine),
  sourceFor: machine.sourceFor.bind(machine),
};

describe('a DNS server', () => {
  it('is asked by node:dns, and its records lead to targets', async () => {
    const { server, find } = await world();
    expect(await find('sip:d.test')).toEqual([
      'TCP 2001:db8::1 5071',
      'TCP 192.0.2.1 5071',
      'TCP 192.0.2.2 5072',
      'UDP 2001:db8::1 5073',
      'UDP 192.0.2.1 5073',
    ]);
    expect(server.queries).toEqual([
      'NAPTR d.test',
      'SRV _sip._tcp.d.test',
      'A one.d.test',
      'AAAA one.d.test',
      'A two.d.test',
      'AAAA two.d.test',
      'SRV _sip._udp.d.test',
    ]);
  });

  it('is asked by a stack that is given it, for a request that it sends', async () => {
    const server = await DnsServer.listen({
      zone: { '_sip._udp.d.test': [srv('here.d.test', 5999)], 'here.d.test': [a('127.0.0.1')] },
    });
    servers.push(server);
    const stack = createSipStack({
      transports: [udp({ host: '127.0.0.1', port: 0 })],
      resolver: nodeResolver({ servers: [server.address] }),
      locating: { prefer: 'ipv4' },
    });
    await stack.listen();
    const { flow } = await coreOf(stack).wayTo(parseUri('sip:d.test')!);
    expect(flow.remote).toEqual({ host: '127.0.0.1', port: 5999 });
    await stack.close();
  });

  it('is not asked any more when nobody waits', async () => {
    const { server } = await world();
    server.misbehaviour = 'silent';
    const resolver = nodeResolver({ servers: [server.address], timeoutMs: 60_000 });
    const [one, other] = [new AbortController(), new AbortController()];
    const silent = Promise.resolve(resolver.resolveA('one.d.test', one.signal));
    silent.catch(() => undefined);
    while (server.queries.length === 0) await new Promise((resolve) => setImmediate(resolve));
    server.misbehaviour = undefined;
    const answered = resolver.resolveA('alias.d.test', other.signal);
    one.abort();
    expect(await answered).toEqual([{ address: '192.0.2.2', ttl: 300 }]); // for this one somebody waited
    const again = new AbortController();
    server.misbehaviour = 'silent';
    const late = Promise.resolve(resolver.resolveA('two.d.test', again.signal));
    again.abort();
    await expect(late).rejects.toMatchObject({ code: 'ECANCELLED' });
    await expect(silent).rejects.toMatchObject({ code: 'ECANCELLED' });
  });

  it('is named by a numeric address', () => {
    expect(() => nodeResolver({ servers: ['dns.example'] })).toThrow(
      expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'servers' } }),
    );
    for (const option of ['timeoutMs', 'tries'])
      expect(() => nodeResolver({ [option]: 0 })).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option } }));
  });
});

describe('a DNS server that misbehaves', () => {
  const ways: readonly Misbehaviour[] = [
    'silent',
    'servfail',
    'forged-id',
    'forged-question',
    'forged-port',
    'truncated',
    'cut',
    'compression-loop',
    'null-rdata',
    'garbage',
  ];

  it.each(ways)('T-46: %s answers lead to no target, throw nothing, and take a bounded time', async (how) => {
    const { server, find } = await world();
    server.misbehaviour = how;
    const begun = performance.now();
    expect(await find('sip:d.test')).toEqual([]);
    expect(await find('sip:one.d.test:5060')).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(4000);
    expect(server.queries).toContain('A one.d.test');
  });

  it('T-46: what was heard under another id is not believed when the true answer comes', async () => {
    const { server, find } = await world({ 'one.d.test': [a('203.0.113.66')] });
    server.misbehaviour = 'forged-id';
    const found = find('sip:one.d.test:5060');
    while (server.queries.length < 2) await new Promise((resolve) => setImmediate(resolve));
    server.misbehaviour = undefined;
    server.zone.set('one.d.test', [a('192.0.2.1')]);
    expect(await found).toEqual([]); // one try: the lie was not taken, and nobody asked again
    expect(server.queries).toHaveLength(2);
  });

  it('T-46: aliases that go in circles lead nowhere', async () => {
    const { find } = await world({
      'a.test': [{ type: 'CNAME', target: 'b.test' }],
      'b.test': [{ type: 'CNAME', target: 'a.test' }],
      'self.test': [{ type: 'CNAME', target: 'self.test' }],
      '_sip._udp.d.test': [srv('a.test', 5060), srv('self.test', 5060)],
    });
    for (const uri of ['sip:a.test', 'sip:self.test:5060', 'sip:d.test;transport=udp']) expect(await find(uri)).toEqual([]);
  });

  it.each([
    { aliases: 12, ends: true, leads: ['UDP 192.0.2.7 5060'] },
    { aliases: 12, ends: false, leads: [] },
    { aliases: 200, ends: true, leads: [] }, // the server's own bound cuts the chain off before its end
  ])('T-46: a chain of $aliases aliases costs no question but the first, whether its answer ends it ($ends) or not', async (chain) => {
    const { aliases, ends, leads } = chain;
    const links = Array.from({ length: aliases }, (_, at) => [`c${at}.test`, [{ type: 'CNAME', target: `c${at + 1}.test` }]] as const);
    const { server, find } = await world({ ...Object.fromEntries(links), ...(ends ? { [`c${aliases}.test`]: [a('192.0.2.7')] } : {}) });
    expect(await find('sip:c0.test:5060')).toEqual(leads);
    expect(new Set(server.queries)).toEqual(new Set(['A c0.test', 'AAAA c0.test']));
    expect(server.queries.length).toBeLessThanOrEqual(4); // each once, and once more where nothing was found
  });

  it('T-46: answers with more records than anybody needs are read in part', async () => {
    const { find } = await world({
      'many.test': Array.from({ length: 300 }, (_, at) => a(`192.0.${2 + (at >> 8)}.${at & 255}`)),
    });
    const found = await find('sip:many.test:5060');
    expect(found.length).toBeLessThanOrEqual(32);
    expect(found.every((target) => /^UDP 192\.0\.[23]\.\d+ 5060$/.test(target))).toBe(true);
  });
});
