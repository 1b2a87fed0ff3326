/** Which endpoint an INVITE is taken to come from. */
import { HeaderList, parseUri, SipRequest, type Flow } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { defineEndpoint, type EndpointIdentifier, type EndpointMatch, type EndpointProfile } from '@jackfield/session';
import { SeededRandom } from '@jackfield/base/testing';
import { Gate } from '../../src/endpoints/gate.ts';
import { EndpointTable } from '../../src/endpoints/endpoint-table.ts';
import { Networks } from '../../src/endpoints/networks.ts';

const profile = (name: string, match: EndpointMatch): EndpointProfile => defineEndpoint({ name, trusted: false, match });

function invite({ from = 'sip:alice@example.com', uri = 'sip:100@pbx.example.com', headers = {} } = {}): SipRequest {
  const via = 'SIP/2.0/UDP 10.9.9.9:5060;branch=z9hG4bKx';
  return new SipRequest('INVITE', parseUri(uri)!, new HeaderList({ Via: via, From: `<${from}>;tag=1`, ...headers }));
}

function flow(host: string, more: { kind?: Flow['kind']; peerNames?: readonly string[] } = {}): Flow {
  const address = { host, port: 5060 };
  const none = (): never => {
    throw new Error('not sent by');
  };
  return {
    kind: 'UDP',
    reliable: false,
    secure: false,
    local: address,
    remote: address,
    advertised: address,
    closed: false,
    send: none,
    sibling: none,
    ...more,
  };
}

const identify = (
  profiles: readonly EndpointProfile[],
  request: SipRequest,
  by: Flow,
  order?: readonly EndpointIdentifier[],
): string | undefined => new EndpointTable(profiles, order).identify(request, by)?.name;

describe('networks', () => {
  const networks = new Networks<string>();
  for (const text of [
    '192.0.2.1',
    '192.0.2.0/24',
    '192.0.0.0/16',
    '0.0.0.0/0',
    '2001:db8::1',
    '2001:db8::/32',
    'fe80::/10',
    '::ffff:198.51.100.0/120',
  ]) {
    networks.add(text, text, 'address');
  }
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.2', '192.0.2.0/24'],
    ['192.0.3.2', '192.0.0.0/16'],
    ['203.0.113.9', '0.0.0.0/0'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:0202', '192.0.2.0/24'],
    ['198.51.100.77', '::ffff:198.51.100.0/120'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:DB8::2', '2001:db8::/32'],
    ['fe80::1%eth0', 'fe80::/10'],
    ['2001:db9::', undefined],
    ['example.com', undefined],
    ['1.2.3', undefined],
    ['1:2:3', undefined],
    ['1::2::3', undefined],
    ['', undefined],
  ])('%s lies in %s', (host, found) => {
    expect(networks.find(host)).toBe(found);
  });

  it.each(['example.com', '192.0.2.1/33', '192.0.2.1/', '192.0.2.1/x', '192.0.2.256', '1/2/3', '::/129', '::ffff:1.2.3.4/95'])(
    '%s is no network',
    (text) => {
      expect(() => new Networks().add(text, 1, 'address')).toThrow(expect.objectContaining({ code: 'SESSION_OPTION' }));
    },
  );
});

describe('an endpoint is found', () => {
  it.each<{ by: string; match: EndpointMatch; yes: [SipRequest, Flow]; no: [SipRequest, Flow] }>([
    {
      by: 'the source of the packet',
      match: { address: '192.0.2.0/24' },
      yes: [invite(), flow('192.0.2.9')],
      no: [invite(), flow('192.0.3.9')],
    },
    {
      by: 'the user of From, escapes undone',
      match: { user: ['alice', 'b c'] },
      yes: [invite({ from: 'sip:b%20c@x.example' }), flow('192.0.2.9')],
      no: [invite({ from: 'sip:Alice@example.com' }), flow('192.0.2.9')],
    },
    {
      by: 'a header',
      match: { header: { name: 'X-Trunk', value: 'blue' } },
      yes: [invite({ headers: { 'x-trunk': ['red', 'blue'] } }), flow('192.0.2.9')],
      no: [invite({ headers: { 'X-Trunk': 'blues' } }), flow('192.0.2.9')],
    },
    {
      by: 'a header that fits a pattern',
      match: { header: { name: 'User-Agent', value: /^Phone/g } },
      yes: [invite({ headers: { 'User-Agent': 'Phone 1' } }), flow('192.0.2.9')],
      no: [invite({ headers: { 'User-Agent': 'a Phone' } }), flow('192.0.2.9')],
    },
    {
      by: 'the Request-URI',
      match: { requestUri: 'sip:100@PBX.example.com' },
      yes: [invite({ uri: 'sip:100@pbx.example.com:5070;user=phone' }), flow('192.0.2.9')],
      no: [invite({ uri: 'sips:100@pbx.example.com' }), flow('192.0.2.9')],
    },
    {
      by: 'the Request-URI with its port',
      match: { requestUri: 'sip:100@pbx.example.com:5070' },
      yes: [invite({ uri: 'sip:100@pbx.example.com:5070' }), flow('192.0.2.9')],
      no: [invite(), flow('192.0.2.9')],
    },
    {
      by: 'the Request-URI, an IPv6 host however it is written',
      match: { requestUri: 'sip:100@[2001:db8::ffff]' },
      yes: [invite({ uri: 'sip:100@[2001:DB8:0:0:0:0:0:ffff]' }), flow('192.0.2.9')],
      no: [invite({ uri: 'sip:100@[2001:db8::fffe]' }), flow('192.0.2.9')],
    },
    {
      by: 'the Request-URI next to the user, an IPv6 host with dots at its end',
      match: { user: 'alice', requestUri: 'sip:100@[64:ff9b::192.0.2.33]' },
      yes: [invite({ uri: 'sip:100@[64:FF9B::c000:221]' }), flow('192.0.2.9')],
      no: [invite({ uri: 'sip:100@[64:ff9b::c000:222]' }), flow('192.0.2.9')],
    },
    {
      by: 'a pattern of the Request-URI',
      match: { requestUri: /^sip:1\d\d@/ },
      yes: [invite({ uri: 'sip:123@x.example' }), flow('192.0.2.9')],
      no: [invite({ uri: 'sip:223@x.example' }), flow('192.0.2.9')],
    },
    {
      by: 'a name in the certificate',
      match: { certificate: 'Trunk.example.com' },
      yes: [invite(), flow('192.0.2.9', { kind: 'TLS', peerNames: ['a.example', 'trunk.example.com'] })],
      no: [invite(), flow('192.0.2.9', { kind: 'TLS' })],
    },
    {
      by: 'all that its match names together',
      match: { address: '192.0.2.9', user: 'alice', transport: ['TCP', 'TLS'] },
      yes: [invite(), flow('192.0.2.9', { kind: 'TLS' })],
      no: [invite(), flow('192.0.2.9')],
    },
  ])('by $by', ({ match, yes, no }) => {
    const profiles = [profile('x', match)];
    for (let round = 0; round < 3; round += 1) expect(identify(profiles, ...yes)).toBe('x'); // a pattern must not remember
    expect(identify(profiles, ...no)).toBeUndefined();
  });

  it('in the declared order of identifiers, address first', () => {
    const profiles = [
      profile('uri', { requestUri: 'sip:100@pbx.example.com' }),
      profile('header', { header: { name: 'X-Trunk', value: 'blue' } }),
      profile('user', { user: 'alice' }),
      profile('address', { address: '192.0.2.9' }),
    ];
    const request = invite({ headers: { 'X-Trunk': 'blue' } });
    expect(identify(profiles, request, flow('192.0.2.9'))).toBe('address');
    expect(identify(profiles, request, flow('192.0.2.8'))).toBe('user');
    expect(identify(profiles, request, flow('192.0.2.9'), ['requestUri', 'header', 'user', 'address'])).toBe('uri');
  });

  it('in the narrowest network that fits, then in the order of the list', () => {
    const profiles = [
      profile('wide', { address: '192.0.0.0/8' }),
      profile('bob', { address: '192.0.2.9', user: 'bob' }),
      profile('first', { address: '192.0.2.0/24' }),
      profile('second', { address: '192.0.2.0/24' }),
    ];
    expect(identify(profiles, invite(), flow('192.0.2.9'))).toBe('first');
    expect(identify(profiles, invite({ from: 'sip:bob@x' }), flow('192.0.2.9'))).toBe('bob');
    expect(identify(profiles, invite(), flow('192.1.2.9'))).toBe('wide');
  });

  it('among ten thousand at the cost of one look-up', () => {
    let looked = 0;
    const profiles = Array.from({ length: 10_000 }, (_, at) =>
      profile(`e${at}`, { user: `u${at}`, header: { name: 'X-Some', value: /./ } }),
    );
    const request = invite({ from: 'sip:u9999@example.com' });
    const original = request.headers.getAll.bind(request.headers);
    request.headers.getAll = (name) => {
      if (name === 'X-Some') looked += 1;
      return original(name);
    };
    expect(identify(profiles, request, flow('192.0.2.9'))).toBeUndefined();
    expect(looked).toBe(1);
  });
});

const X = { name: 'x', trusted: false } as const;

describe('what is refused at once', () => {
  it.each<{ what: string; make: () => unknown }>([
    { what: 'a match of nothing that can be looked up', make: () => profile('x', { transport: 'TLS' }) },
    { what: 'an address that is none', make: () => profile('x', { address: 'pbx.example.com' }) },
    { what: 'an empty list', make: () => profile('x', { user: [] }) },
    { what: 'a Request-URI that is none', make: () => profile('x', { requestUri: 'one hundred' }) },
    { what: 'a Request-URI that is a number', make: () => profile('x', { requestUri: 100 as never }) },
    { what: 'an address that is a number', make: () => profile('x', { address: [192] as never }) },
    { what: 'a user that is a number', make: () => profile('x', { user: 100 as never }) },
    { what: 'a name in a certificate that is none', make: () => profile('x', { certificate: [undefined] as never }) },
    { what: 'a header without a name', make: () => profile('x', { header: { value: 'hi' } as never }) },
    { what: 'a header with an empty name', make: () => profile('x', { header: { name: '', value: 'hi' } }) },
    { what: 'a header whose value is a number', make: () => profile('x', { header: { name: 'X-Trunk', value: 5 as never } }) },
    { what: 'a header that is null', make: () => profile('x', { header: null as never }) },
    { what: 'a header that is a text', make: () => profile('x', { header: 'X-Trunk' as never }) },
    { what: 'user names that are none', make: () => defineEndpoint({ ...X, usernames: [''] }) },
    { what: 'no user names at all', make: () => defineEndpoint({ ...X, usernames: [] }) },
    { what: 'an empty name', make: () => defineEndpoint({ name: '', trusted: false }) },
    { what: 'a time that is not positive', make: () => defineEndpoint({ name: 'x', trusted: false, timers: { ringMs: 0 } }) },
    { what: 'networks that are none', make: () => defineEndpoint({ name: 'x', trusted: false, allowFrom: ['all'] }) },
    {
      what: 'what `defineEndpoint` has not seen, and would refuse',
      make: () => new Gate({ endpoints: [{ ...X, match: { header: { name: 'X-Trunk', value: 5 as never } } }] }, new SeededRandom(1)),
    },
    { what: 'one name twice', make: () => new EndpointTable([profile('x', { user: 'a' }), profile('x', { user: 'b' })]) },
    { what: 'a profile that the order never comes to', make: () => new EndpointTable([profile('x', { user: 'a' })], ['address']) },
    { what: 'a time longer than a timer can wait', make: () => defineEndpoint({ ...X, timers: { reinviteMs: 2 ** 31 } }) },
    { what: 'half a millisecond', make: () => defineEndpoint({ ...X, timers: { answerOfferMs: 0.5 } }) },
    { what: 'a reliability that is none', make: () => defineEndpoint({ ...X, reliable: 'always' as 'off' }) },
    { what: 'what is no way to take the loss of a connection', make: () => defineEndpoint({ ...X, flowLost: 'drop' as 'end' }) },
    { what: 'what is no way to take a redirection', make: () => defineEndpoint({ ...X, redirects: 'never' as 'end' }) },
    { what: 'a trust that is neither', make: () => defineEndpoint(Object.assign({ ...X }, { trusted: 'yes' as never })) },
    { what: 'a transport that is none', make: () => profile('x', { user: 'a', transport: 'SCTP' as 'TCP' }) },
    { what: 'a codec without a name', make: () => defineEndpoint({ ...X, codecs: [''] }) },
  ])('$what', ({ make }) => {
    expect(make).toThrow(expect.objectContaining({ code: 'SESSION_OPTION' }));
  });

  it('a credential that is none', () => {
    expect(() => defineEndpoint({ ...X, credentials: [{ username: '', password: '1' }] })).toThrow(
      expect.objectContaining({ code: 'SIP_OPTION' }),
    );
  });
});
