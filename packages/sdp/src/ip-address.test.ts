import { describe, expect, it } from 'vitest';
import { isIpv4, isIpv6 } from './ip-address.ts';

describe('a numeric address', () => {
  it.each(['0.0.0.0', '192.0.2.1', '255.255.255.255'])('%s is one of IPv4', (text) => {
    expect([isIpv4(text), isIpv6(text)]).toEqual([true, false]);
  });

  it.each([
    '::',
    '::1',
    '1::',
    '2001:db8::1',
    '2001:DB8:0:0:8:800:200C:417A',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '::ffff:192.0.2.1',
    '1:2:3:4:5:6:192.0.2.1',
    'fe80::1%eth0',
  ])('%s is one of IPv6', (text) => {
    expect([isIpv4(text), isIpv6(text)]).toEqual([false, true]);
  });

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.',
    '1.2.3.256',
    '1.2.3.04',
    '1.2.3.1000',
    '1..2.3',
    'a.b.c.d',
    'media.example.com',
    ':',
    ':1',
    '1:',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1::2::3',
    ':::',
    '12345::',
    'g::1',
    '::192.0.2',
    '1:2:3:4:5:6:7:192.0.2.1',
    '192.0.2.1::',
    '[::1]',
    '::1%',
    '%eth0',
  ])('%j is none', (text) => {
    expect([isIpv4(text), isIpv6(text)]).toEqual([false, false]);
  });
});
