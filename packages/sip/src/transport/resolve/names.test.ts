import { describe, expect, it } from 'vitest';
import { dnsName, isLocalName, isNobodys } from './names.ts';

describe('names for DNS', () => {
  it.each([
    { text: 'Example.COM', name: 'example.com' },
    { text: 'example.com.', name: 'example.com' },
    { text: '_sip._udp.example.com', name: '_sip._udp.example.com' },
    { text: 'a-b.x1', name: 'a-b.x1' },
    { text: 'pbx', name: 'pbx' },
    { text: `${'a'.repeat(63)}.de`, name: `${'a'.repeat(63)}.de` },
    { text: `${'a.'.repeat(126)}b`, name: `${'a.'.repeat(126)}b` },
    ...[
      '',
      '.',
      '..',
      'a..b',
      '.a',
      `${'a'.repeat(64)}.de`,
      `x.${'a'.repeat(64)}`,
      `${'a.'.repeat(127)}b`,
      '-a.de',
      'a-.de',
      'a.d-',
      'a b.de',
      'a/b.de',
      'a\0.de',
      'ä.de',
      'a:b',
      '1.2.3',
      '192.0.2.1',
      '0x7f.1',
      '0x7f000001',
      '2130706433',
    ].map((text) => ({ text, name: undefined })),
  ])('$text is $name', ({ text, name }) => {
    expect(dnsName(text)).toBe(name);
  });

  it('that DNS knows nothing of are known', () => {
    expect(['localhost', 'a.localhost', 'printer.local'].map(isLocalName)).toEqual([true, true, true]);
    expect(['localhost.example', 'local', 'notlocalhost'].map(isLocalName)).toEqual([false, false, false]);
    expect(['df7jal23ls0d.invalid', 'invalid', 'invalid.example', 'notinvalid'].map(isNobodys)).toEqual([true, true, false, false]);
  });
});
