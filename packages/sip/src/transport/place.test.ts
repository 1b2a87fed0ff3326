import { describe, expect, it } from 'vitest';
import { checkPlace, isHost } from './place.ts';
import { tcp } from './tcp.ts';
import { tls } from './tls.ts';
import { udp } from './udp.ts';
import { ws } from './websocket.ts';

describe('a host, RFC 3261 §25.1', () => {
  it.each([
    '203.0.113.5',
    '2001:db8::5',
    '[2001:db8::5]',
    '::ffff:192.0.2.1',
    'SIP.Example.com',
    'example.com.',
    'pbx',
    'a-1.xn--bcher-kva',
    '3com.example',
  ])('is %s', (text) => {
    expect(isHost(text)).toBe(true);
  });

  it.each([
    '',
    ' ',
    'not an address!',
    '203.0.113.5:5080',
    '[2001:db8::5]:5080',
    'example.com:5060',
    '203.0.113',
    '203.0.113.256',
    '[203.0.113.5]',
    '[pbx]',
    'fe80::1%eth0',
    '2001:db8::5::',
    'a..b',
    '-a.example',
    'a-.example',
    'a.example-',
    'a\r\nX: y',
    'sip:example.com',
    'bücher.example',
    `${'a.'.repeat(130)}b`,
  ])('is not %j', (text) => {
    expect(isHost(text)).toBe(false);
  });
});

describe('where a transport listens', () => {
  it.each([
    {},
    { host: '0.0.0.0', port: 0 },
    { host: '::', port: 65_535, advertise: 'sip.example.com' },
    { host: 'fe80::1%eth0', port: 5060, advertise: () => undefined },
  ])('may be %j', (place) => {
    expect(() => checkPlace(place)).not.toThrow();
  });

  it.each([
    { place: { port: 99_999 }, option: 'port' },
    { place: { port: -1 }, option: 'port' },
    { place: { port: 50.5 }, option: 'port' },
    { place: { port: Number.NaN }, option: 'port' },
    { place: { port: 5060, host: 'localhost' }, option: 'host' },
    { place: { port: 5060, host: '' }, option: 'host' },
    { place: { port: 5060, host: '[::1]' }, option: 'host' },
    { place: { port: 5060, advertise: '' }, option: 'advertise' },
    { place: { port: 5060, advertise: '203.0.113.5:5080' }, option: 'advertise' },
  ])('may not be $place', ({ place, option }) => {
    const thrown = expect.objectContaining({ code: 'SIP_OPTION', info: { option } }) as Error;
    for (const make of [udp, tcp, tls, ws]) expect(() => make(place)).toThrow(thrown);
  });
});
