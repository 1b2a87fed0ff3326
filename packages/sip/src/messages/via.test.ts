import { describe, expect, it } from 'vitest';
import { parseVia } from './via.ts';

describe('Via, RFC 3261 §20.42 and RFC 3581', () => {
  it.each([
    [
      'SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds',
      { transport: 'UDP', host: 'pc33.atlanta.com', port: undefined, branch: 'z9hG4bK776asdhds' },
    ],
    [
      'sip / 2.0 / tcp  first.example.com: 4000 ;TTL=16 ;MAddr=224.2.0.1 ; branch = z9hG4bKa7c6a8dlze.1',
      { transport: 'TCP', host: 'first.example.com', port: 4000, ttl: 16, maddr: '224.2.0.1', branch: 'z9hG4bKa7c6a8dlze.1' },
    ],
    [
      'SIP/2.0/TLS [2001:db8::9:1]:5061;received=2001:db8::9:255;rport=9',
      { transport: 'TLS', host: '[2001:db8::9:1]', port: 5061, received: '2001:db8::9:255', rport: 9 },
    ],
    ['SIP/2.0/UDP h;rport;branch=z', { rport: true, received: undefined }],
    ['SIP/2.0/quic h', { transport: 'QUIC', branch: undefined }],
  ])('reads %s', (text, facts) => {
    expect(parseVia(text)).toMatchObject(facts);
    expect(parseVia(text)?.toString()).toBe(text);
  });

  it.each([
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ',
    'SIP/7.0/UDP h',
    'SIP/2.0/ h',
    'HTTP/2.0/UDP h',
    'SIP/2.0/UDP h:70000',
    'SIP/2.0/UDP h:',
    'SIP/2.0/UDP h;;,;,,',
    'SIP/2.0/UDP h;',
    'SIP/2.0/UDP h;branch',
    'SIP/2.0/UDP h;branch=',
    'SIP/2.0/UDP h;branch="x"',
    'SIP/2.0/UDP h;branch=a;branch=b',
    'SIP/2.0/UDP h;ttl=256',
    'SIP/2.0/UDP h;rport=65536',
    'SIP/2.0/UDP h;received',
    'SIP/2.0/UDP h;maddr',
    'SIP/2.0/UDP a b',
    'SIP/2.0/UDP h, SIP/2.0/UDP i',
  ])('does not take %j', (text) => {
    expect(parseVia(text)).toBeUndefined();
  });

  it.each([
    ['SIP/2.0/UDP h;rport;branch=z', 'SIP/2.0/UDP h;rport=7;branch=z;received=192.0.2.1', 7],
    ['SIP/2.0/UDP h;branch=z', 'SIP/2.0/UDP h;branch=z;received=192.0.2.1', undefined],
    ['SIP/2.0/UDP h;Received=10.0.0.1;RPORT=1;x="rport"', 'SIP/2.0/UDP h;rport=7;x="rport";received=192.0.2.1', 7],
  ])('stamps %s', (text, stamped, rport) => {
    const via = parseVia(text)!.stamped('192.0.2.1', 7);
    expect([via.toString(), via.received, via.rport]).toEqual([stamped, '192.0.2.1', rport]);
    expect(parseVia(stamped)).toMatchObject({ received: '192.0.2.1', rport, branch: via.branch });
  });
});
