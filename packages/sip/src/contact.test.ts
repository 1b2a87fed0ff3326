import { describe, expect, it } from 'vitest';
import { flowOf } from './testing/flow.ts';
import { Contacts } from './contact.ts';
import type { Flow, TransportKind } from './transport/transport.ts';

const flow = (kind: TransportKind, host: string, port: number): Flow => flowOf({ kind, local: { host, port } });

const at = (transport: string, host: string, port: number) => ({ transport, host, port });

describe('our Contact, RFC 3261 §8.1.1.8', () => {
  it.each([
    { kind: 'UDP', host: '192.0.2.1', port: 5060, sip: '<sip:192.0.2.1:5060>' },
    { kind: 'TCP', host: 'pbx.example', port: 5062, sip: '<sip:pbx.example:5062;transport=tcp>' },
    { kind: 'TLS', host: '2001:db8::1', port: 5061, sip: '<sip:[2001:db8::1]:5061;transport=tls>' },
    { kind: 'WS', host: '192.0.2.1', port: 80, sip: '<sip:192.0.2.1:80;transport=ws>' },
    { kind: 'WSS', host: '192.0.2.1', port: 443, sip: '<sip:192.0.2.1:443;transport=ws>' },
  ] as const)('is a sip URI on $kind, however secure that is, where nothing calls for sips', ({ kind, host, port, sip }) => {
    const contacts = new Contacts();
    expect(contacts.for(flow(kind, host, port), false)).toBe(sip);
  });

  it.each([
    { kind: 'TLS', host: '192.0.2.1', port: 5071, sips: '<sips:192.0.2.1:5071>', because: 'the flow is secure itself' },
    { kind: 'WSS', host: '192.0.2.1', port: 443, sips: '<sips:192.0.2.1:443;transport=ws>', because: 'so is this one' },
    {
      kind: 'UDP',
      host: '192.0.2.1',
      port: 5060,
      sips: '<sips:192.0.2.1:5061>',
      because: 'TLS is listened for there, and goes before WSS',
    },
    { kind: 'TCP', host: '2001:db8::1', port: 5060, sips: '<sips:[2001:db8::1]:8443;transport=ws>', because: 'IPv6 has WSS alone' },
  ] as const)('is $sips on $kind where sips is called for: $because', ({ kind, host, port, sips }) => {
    const contacts = new Contacts();
    const listening = [at('UDP', '0.0.0.0', 5060), at('WSS', '0.0.0.0', 443), at('TLS', '0.0.0.0', 5061), at('WSS', '::', 8443)];
    contacts.listening(listening);
    expect(contacts.for(flow(kind, host, port), true)).toBe(sips);
  });

  it('has a user part where one is wanted, with escapes where it needs them, in each scheme', () => {
    const contacts = new Contacts('alice@home');
    contacts.listening([at('TLS', '0.0.0.0', 5061)]);
    const written = [false, true].map((sips) => contacts.for(flow('UDP', '192.0.2.1', 5060), sips));
    expect(written).toEqual(['<sip:alice%40home@192.0.2.1:5060>', '<sips:alice%40home@192.0.2.1:5061>']);
    expect(contacts.for(flow('WSS', '192.0.2.1', 443), true)).toBe('<sips:alice%40home@192.0.2.1:443;transport=ws>');
  });

  it.each(['', 7])('%j is no user part', (user) => {
    expect(() => new Contacts(user as string)).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'contactUser' } }));
  });

  it('never falls back to sip: without a secure listener the sips URI leads nowhere', () => {
    const contacts = new Contacts();
    contacts.listening([at('UDP', '192.0.2.1', 5060)]);
    expect(contacts.for(flow('UDP', '192.0.2.1', 5060), true)).toBe('<sips:192.0.2.1:5060>');
  });

  it.each([
    { kind: 'UDP', host: '192.0.2.1', leads: true, because: 'TLS is listened for, for IPv4' },
    { kind: 'UDP', host: '2001:db8::1', leads: false, because: 'IPv6 has no such listener' },
    { kind: 'WSS', host: '2001:db8::1', leads: true, because: 'the flow is secure itself' },
  ] as const)('is reached by sips on $kind at $host: $leads, $because', ({ kind, host, leads }) => {
    const contacts = new Contacts();
    contacts.listening([at('UDP', '0.0.0.0', 5060), at('UDP', '::', 5060), at('TLS', '0.0.0.0', 5061)]);
    expect(contacts.reachedBySips(flow(kind, host, 5060))).toBe(leads);
  });

  it('keeps the two apart when calls of both come by turns', () => {
    const contacts = new Contacts();
    const one = flow('TLS', '192.0.2.1', 5061);
    const written = [false, true, false, true].map((sips) => contacts.for(one, sips));
    expect(written).toEqual([
      '<sip:192.0.2.1:5061;transport=tls>',
      '<sips:192.0.2.1:5061>',
      '<sip:192.0.2.1:5061;transport=tls>',
      '<sips:192.0.2.1:5061>',
    ]);
  });
});
