import { describe, expect, it } from 'vitest';
import { SourceFilter, canonicalHost } from './source-filter.ts';

describe('spelling of addresses', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['0.0.0.0', undefined],
    ['::', undefined],
    ['media.example.com', undefined],
    ['', undefined],
  ])('%s is %s', (host, canonical) => {
    expect(canonicalHost(host)).toBe(canonical);
  });
});

describe('whose packets count', () => {
  type From = readonly [host: string, port: number];
  it.each<{ what: string; latch: 'none' | 'port' | 'address'; heard: From | undefined; ask: From; accepted: boolean }>([
    { what: 'another port', latch: 'none', heard: undefined, ask: ['192.0.2.1', 9], accepted: true },
    { what: 'another port after the first packet', latch: 'none', heard: ['192.0.2.1', 9], ask: ['192.0.2.1', 10], accepted: true },
    { what: 'another address', latch: 'none', heard: undefined, ask: ['192.0.2.2', 4000], accepted: false },
    { what: 'another port', latch: 'port', heard: undefined, ask: ['192.0.2.1', 9], accepted: true },
    {
      what: 'another port than the first packet came from',
      latch: 'port',
      heard: ['192.0.2.1', 9],
      ask: ['192.0.2.1', 4000],
      accepted: false,
    },
    { what: 'another address', latch: 'port', heard: undefined, ask: ['192.0.2.2', 4000], accepted: false },
    { what: 'another spelling of the address', latch: 'port', heard: undefined, ask: ['::ffff:192.0.2.1', 9], accepted: true },
    { what: 'another address', latch: 'address', heard: undefined, ask: ['198.51.100.7', 9], accepted: true },
    {
      what: 'another address than the first packet came from',
      latch: 'address',
      heard: ['198.51.100.7', 9],
      ask: ['192.0.2.1', 4000],
      accepted: false,
    },
    { what: 'the same again', latch: 'address', heard: ['198.51.100.7', 9], ask: ['198.51.100.7', 9], accepted: true },
  ])('$latch, $what: $accepted', ({ latch, heard, ask, accepted }) => {
    const filter = new SourceFilter('192.0.2.1', 4000, latch);
    if (heard !== undefined) filter.learn(...heard);
    expect(filter.accepts(...ask)).toBe(accepted);
  });

  it('learns once', () => {
    const filter = new SourceFilter('192.0.2.1', 4000, 'address');
    filter.learn('198.51.100.7', 9);
    filter.learn('203.0.113.5', 10);
    expect([filter.host, filter.port]).toEqual(['198.51.100.7', 9]);
  });
});
