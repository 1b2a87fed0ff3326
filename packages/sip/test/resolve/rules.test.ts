import { describe, expect, it } from 'vitest';
import { a, aaaa, desk, naptr, srv } from './desk.ts';

const ONE = '192.0.2.1';
const TWO = '192.0.2.2';
const SIX = '2001:db8::1';

/** The domain of RFC 3263 §4.1's example, and some that are less complete. */
const ZONE = {
  'example.com': [
    naptr(50, 50, 'SIPS+D2T', '_sips._tcp.example.com'),
    naptr(90, 50, 'SIP+D2T', '_sip._tcp.example.com'),
    naptr(100, 50, 'SIP+D2U', '_sip._udp.example.com'),
    a('192.0.2.99'),
  ],
  '_sips._tcp.example.com': [srv('one.example.com', 5071)],
  '_sip._tcp.example.com': [srv('one.example.com', 5070), srv('two.example.com', 5070, 1)],
  '_sip._udp.example.com': [srv('two.example.com', 5060)],
  'one.example.com': [a(ONE), aaaa(SIX)],
  'two.example.com': [a(TWO)],
  'services.example': [a('192.0.2.98')],
  '_sip._tcp.services.example': [srv('one.example.com', 5070)],
  '_sips._tcp.services.example': [srv('two.example.com', 5071)],
  'bare.example': [a('192.0.2.97'), aaaa('2001:db8::97')],
  'closed.example': [a('192.0.2.96')],
  '_sip._udp.closed.example': [srv('.', 0)],
  'half.example': [a('192.0.2.95')],
  '_sip._udp.half.example': [srv('.', 0)],
  '_sip._tcp.half.example': [srv('two.example.com', 5060)],
  'lost.example': [a('192.0.2.94')],
  '_sip._udp.lost.example': [srv('nowhere.example', 5060)],
  '_sip._udp.zero.example': [srv('one.example.com', 0)],
  'web.example': [naptr(10, 10, 'SIP+D2W', '_sip._ws.web.example'), naptr(10, 20, 'SIPS+D2W', '_sips._ws.web.example')],
  '_sip._ws.web.example': [srv('one.example.com', 8080)],
  '_sips._ws.web.example': [srv('two.example.com', 8443)],
};

interface Row {
  readonly uri: string;
  readonly by?: string;
  readonly to: readonly string[];
  readonly asked?: readonly string[];
}

const table = (rows: readonly Row[]): void => {
  it.each(rows)('$uri by $by leads to $to', async ({ uri, by, to, asked }) => {
    const { find, dns } = desk(ZONE);
    expect(await find(uri, by)).toEqual(to);
    if (asked !== undefined) expect(dns.queries).toEqual(asked);
  });
};

describe('the transport to a numeric host, RFC 3263 §4.1', () => {
  table([
    { uri: `sip:${ONE}`, to: [`UDP ${ONE} 5060`], asked: [] },
    { uri: `sip:${ONE}:5099`, to: [`UDP ${ONE} 5099`], asked: [] },
    { uri: `sip:${ONE};transport=tcp`, to: [`TCP ${ONE} 5060`], asked: [] },
    { uri: `sip:${ONE};transport=tls`, to: [`TLS ${ONE} 5061`] },
    { uri: `sip:${ONE}`, by: 'TCP UDP', to: [`UDP ${ONE} 5060`] },
    { uri: `sips:${ONE}`, by: 'WSS TLS', to: [`TLS ${ONE} 5061`] },
    { uri: `sip:${ONE}`, by: 'TCP', to: [`TCP ${ONE} 5060`] },
    { uri: `sip:${ONE}`, by: 'TLS TCP', to: [`TLS ${ONE} 5061`] },
    { uri: `sip:${ONE}:5060`, by: 'TLS TCP', to: [`TCP ${ONE} 5060`] },
    { uri: `sip:${ONE}:5099`, by: 'TLS TCP', to: [`TCP ${ONE} 5099`] },
    { uri: `sip:${ONE}:5060`, by: 'TLS', to: [] },
    { uri: `sip:${ONE}:5060`, by: 'WS WSS', to: [] },
    { uri: `sip:${ONE}:5061`, by: 'TLS', to: [`TLS ${ONE} 5061`] },
    { uri: `sip:${ONE}:5060;transport=tls`, by: 'TLS', to: [`TLS ${ONE} 5060`] },
    { uri: `sips:${ONE}:5060`, by: 'TLS', to: [`TLS ${ONE} 5060`] },
    { uri: `sips:${ONE}`, to: [`TLS ${ONE} 5061`], asked: [] },
    { uri: `sips:${ONE}:5099`, to: [`TLS ${ONE} 5099`] },
    { uri: `sips:${ONE};transport=tcp`, to: [`TLS ${ONE} 5061`] },
    { uri: `sips:${ONE};transport=udp`, to: [] },
    { uri: `sips:${ONE}`, by: 'UDP TCP WS', to: [] },
    { uri: `sips:${ONE}`, by: 'UDP WSS', to: [`WSS ${ONE} 443`] },
    { uri: `sip:${ONE};transport=ws`, by: 'WS WSS', to: [`WS ${ONE} 80`] },
    { uri: `sips:${ONE};transport=ws`, by: 'WS WSS', to: [`WSS ${ONE} 443`] },
    { uri: `sip:${ONE};transport=wss`, by: 'WS WSS', to: [`WSS ${ONE} 443`] },
    { uri: `sip:${ONE};transport=sctp`, to: [] },
    { uri: `sip:${ONE};transport=ws`, to: [] },
    { uri: `sip:[${SIX}]`, by: 'UDP6', to: [`UDP ${SIX} 5060`] },
    { uri: `sip:[${SIX}]`, by: 'UDP TCP6', to: [] },
    { uri: `sip:example.com;maddr=${ONE}`, to: [`UDP ${ONE} 5060`], asked: [] },
    { uri: 'tel:+4930123', to: [] },
  ]);
});

describe('the transport to a name, RFC 3263 §4.1', () => {
  table([
    { uri: 'sip:example.com', to: [`TLS ${ONE} 5071`], asked: ['NAPTR example.com', 'SRV _sips._tcp.example.com', 'A one.example.com'] },
    { uri: 'sip:EXAMPLE.com.', by: 'TLS', to: [`TLS ${ONE} 5071`] },
    { uri: 'sip:example.com', by: 'UDP TCP', to: [`TCP ${ONE} 5070`, `TCP ${TWO} 5070`] },
    { uri: 'sip:example.com', by: 'UDP', to: [`UDP ${TWO} 5060`] },
    { uri: 'sips:example.com', to: [`TLS ${ONE} 5071`] },
    { uri: 'sips:example.com', by: 'UDP TCP', to: [], asked: [] },
    { uri: 'sip:example.com', by: 'WS', to: ['WS 192.0.2.99 80'] },
    {
      uri: 'sip:services.example',
      to: [`TCP ${ONE} 5070`, `TLS ${TWO} 5071`],
      asked: [
        'NAPTR services.example',
        'SRV _sip._udp.services.example',
        'SRV _sip._tcp.services.example',
        'A one.example.com',
        'SRV _sips._tcp.services.example',
        'A two.example.com',
      ],
    },
    { uri: 'sip:services.example', by: 'TLS TCP', to: [`TLS ${TWO} 5071`, `TCP ${ONE} 5070`] },
    { uri: 'sips:services.example', to: [`TLS ${TWO} 5071`] },
    { uri: 'sip:bare.example', to: ['UDP 192.0.2.97 5060'] },
    { uri: 'sips:bare.example', to: ['TLS 192.0.2.97 5061'] },
    { uri: 'sip:web.example', by: 'WSS WS', to: [`WS ${ONE} 8080`, `WSS ${TWO} 8443`] },
    { uri: 'sips:web.example', by: 'WSS WS', to: [`WSS ${TWO} 8443`] },
  ]);
});

describe('port and address, RFC 3263 §4.2', () => {
  table([
    { uri: 'sip:example.com:5060', to: ['UDP 192.0.2.99 5060'], asked: ['A example.com'] },
    { uri: 'sip:example.com:5060', by: 'TLS', to: [], asked: [] },
    { uri: 'sip:example.com:5061', by: 'TLS', to: ['TLS 192.0.2.99 5061'], asked: ['A example.com'] },
    { uri: 'sips:example.com:5080', to: ['TLS 192.0.2.99 5080'], asked: ['A example.com'] },
    { uri: 'sip:example.com:5080;transport=tcp', to: ['TCP 192.0.2.99 5080'], asked: ['A example.com'] },
    {
      uri: 'sip:example.com;transport=tcp',
      to: [`TCP ${ONE} 5070`, `TCP ${TWO} 5070`],
      asked: ['SRV _sip._tcp.example.com', 'A one.example.com', 'A two.example.com'],
    },
    { uri: 'sip:example.com;transport=tls', to: [`TLS ${ONE} 5071`] },
    { uri: 'sips:example.com;transport=tcp', to: [`TLS ${ONE} 5071`] },
    { uri: 'sip:bare.example;transport=tcp', to: ['TCP 192.0.2.97 5060'], asked: ['SRV _sip._tcp.bare.example', 'A bare.example'] },
    { uri: 'sip:bare.example;transport=ws', by: 'WS', to: ['WS 192.0.2.97 80'] },
    { uri: 'sip:closed.example', to: [] },
    { uri: 'sip:closed.example;transport=udp', to: [] },
    { uri: 'sip:half.example', to: [`TCP ${TWO} 5060`] },
    { uri: 'sip:lost.example;transport=udp', to: [] },
    { uri: 'sip:zero.example;transport=udp', to: [] },
    { uri: 'sip:alice@192.0.2.200;maddr=example.com', by: 'UDP', to: [`UDP ${TWO} 5060`] },
  ]);
});

describe('addresses of both families', () => {
  it.each([
    { by: 'UDP6', prefer: undefined, to: ['UDP 2001:db8::97 5060', 'UDP 192.0.2.97 5060'] },
    { by: 'UDP6', prefer: 'ipv4' as const, to: ['UDP 192.0.2.97 5060', 'UDP 2001:db8::97 5060'] },
    { by: 'UDP TCP6', prefer: undefined, to: ['UDP 192.0.2.97 5060'] },
  ])('by $by with $prefer preferred are $to', async ({ by, prefer, to }) => {
    const { find } = desk(ZONE, prefer === undefined ? {} : { prefer });
    expect(await find('sip:bare.example', by)).toEqual(to);
  });

  it('are asked for only where a listener has the family', async () => {
    const { find, dns } = desk(ZONE);
    await find('sip:bare.example:5060', 'UDP');
    expect(dns.queries).toEqual(['A bare.example']);
    await find('sip:bare.example:5060', 'UDP6');
    expect(dns.queries).toEqual(['A bare.example', 'AAAA bare.example']);
  });
});

describe('the name that a certificate has to be of', () => {
  it.each([
    { uri: 'sips:Example.com', name: 'Example.com' },
    { uri: `sips:example.com;maddr=${ONE}`, name: 'example.com' },
    { uri: `sips:${ONE}`, name: undefined },
    { uri: 'sip:example.com;transport=tcp', name: undefined },
  ])('is $name for $uri', async ({ uri, name }) => {
    expect((await desk(ZONE).targets(uri).next())?.name).toBe(name);
  });
});

describe('NAPTR records, RFC 3263 §4.1', () => {
  const zone = (...records: readonly ReturnType<typeof naptr>[]) => ({
    'd.example': records,
    '_sip._udp.u.example': [srv('one.example', 1)],
    '_sip._tcp.t.example': [srv('one.example', 2)],
    'one.example': [a(ONE)],
  });
  const UDP = '_sip._udp.u.example';
  const TCP = '_sip._tcp.t.example';

  it.each([
    { because: 'preference counts within an order', records: [naptr(1, 9, 'SIP+D2U', UDP), naptr(1, 2, 'SIP+D2T', TCP)], ports: [2, 1] },
    { because: 'a later order is no alternative', records: [naptr(2, 1, 'SIP+D2U', UDP), naptr(1, 9, 'SIP+D2T', TCP)], ports: [2] },
    {
      because: 'an order with nothing for us is passed over',
      records: [naptr(1, 1, 'SIP+D2S', TCP), naptr(2, 1, 'SIP+D2U', UDP)],
      ports: [1],
    },
    { because: 'services have no case', records: [naptr(1, 1, 'sip+d2u', UDP, { flags: 'S' })], ports: [1] },
    { because: 'other services are others’', records: [naptr(1, 1, 'E2U+sip', UDP), naptr(1, 2, 'SIP+D2T', TCP)], ports: [2] },
    {
      because: 'a regular expression is not for us',
      records: [naptr(1, 1, 'SIP+D2U', UDP, { regexp: '!^.*$!sip:x@y!' }), naptr(1, 2, 'SIP+D2T', TCP)],
      ports: [2],
    },
    {
      because: 'flags that we do not know are not followed',
      records: [naptr(1, 1, 'SIP+D2U', UDP, { flags: 'u' }), naptr(1, 2, 'SIP+D2T', TCP)],
      ports: [2],
    },
    { because: 'a replacement may be a host', records: [naptr(1, 1, 'SIP+D2T', 'one.example', { flags: 'a' })], ports: [5060] },
    {
      because: 'a replacement that is no name leads nowhere',
      records: [naptr(1, 1, 'SIP+D2T', '.'), naptr(1, 2, 'SIP+D2U', UDP)],
      ports: [1],
    },
  ])('$because: $ports', async ({ records, ports }) => {
    const found = await desk(zone(...records))
      .targets('sip:d.example', 'UDP TCP')
      .rest();
    expect(found.map(({ port }) => port)).toEqual(ports);
  });

  it('may lead to others, four times and no more', async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`n${at}.example`, [naptr(1, 1, '', `n${at + 1}.example`, { flags: '' })]]),
    );
    const short = desk({ ...zone(), ...chain, 'n4.example': [naptr(1, 1, 'SIP+D2U', UDP)] });
    expect(await short.find('sip:n0.example', 'UDP')).toEqual([`UDP ${ONE} 1`]);
    const long = desk({ ...zone(), ...chain });
    expect(await long.find('sip:n0.example', 'UDP')).toEqual([]);
    expect(long.dns.queries.filter((query) => query.startsWith('NAPTR'))).toHaveLength(5);
  });

  it('that name a host for TLS do not lead to anything worse', async () => {
    const { find } = desk({
      'd.example': [naptr(1, 1, 'SIPS+D2T', 'one.example', { flags: 'a' }), a(ONE)],
      '_sip._udp.d.example': [srv('one.example', 5060)],
      'one.example': [a(ONE)],
    });
    expect(await find('sip:d.example')).toEqual([`TLS ${ONE} 5061`]);
  });

  it('that lead on do so for our services alone', async () => {
    const { find, dns } = desk({
      'd.example': [naptr(1, 1, 'E2U+sip', 'enum.example', { flags: '' }), naptr(1, 2, 'SIP+D2U', 'more.example', { flags: '' })],
      'more.example': [naptr(1, 1, 'SIP+D2U', '_sip._udp.u.example')],
      '_sip._udp.u.example': [srv('one.example', 1)],
      'one.example': [a(ONE)],
    });
    expect(await find('sip:d.example')).toEqual([`UDP ${ONE} 1`]);
    expect(dns.queries).not.toContain('NAPTR enum.example');
  });

  it('that lead to no SRV records count as absent', async () => {
    const { find } = desk({
      'd.example': [naptr(1, 1, 'SIP+D2T', '_sip._tcp.gone.example')],
      '_sip._udp.d.example': [srv('one.example', 7)],
      'one.example': [a(ONE)],
    });
    expect(await find('sip:d.example')).toEqual([`UDP ${ONE} 7`]);
  });
});

describe('names that DNS does not know', () => {
  it('have the addresses that the system gives, in its order; for those of this machine and link DNS is not asked', async () => {
    const { network, find, lookups, dns } = desk();
    network.name('localhost', ['::1', '127.0.0.1']);
    network.name('pbx.local', [ONE]);
    network.name('hosts-file', [TWO, SIX]);
    expect(await find('sip:localhost', 'UDP6')).toEqual(['UDP ::1 5060', 'UDP 127.0.0.1 5060']);
    expect(await find('sip:pbx.local:5070', 'TCP')).toEqual([`TCP ${ONE} 5070`]);
    expect(dns.queries).toEqual([]);
    expect(await find('sip:hosts-file', 'UDP6')).toEqual([`UDP ${TWO} 5060`, `UDP ${SIX} 5060`]);
    expect(lookups).toEqual(['localhost', 'pbx.local', 'hosts-file']);
  });
});
