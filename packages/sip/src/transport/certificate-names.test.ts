import { describe, expect, it } from 'vitest';
import { certificateNames, comparableName } from './certificate-names.ts';

describe('names in a certificate, RFC 5922 §7.1', () => {
  it.each<{ alternatives: string | undefined; commonName?: string; names: readonly string[]; because: string }>([
    { alternatives: 'DNS:a.example.com, DNS:B.Example.COM', names: ['a.example.com', 'b.example.com'], because: 'case does not count' },
    { alternatives: 'URI:sip:example.com, DNS:other.example.com', names: ['example.com'], because: 'DNS counts only without SIP URIs' },
    { alternatives: 'URI:SIP:example.com', names: ['example.com'], because: 'nor does the case of the scheme' },
    { alternatives: 'URI:sips:example.com, DNS:d.example.com', names: ['d.example.com'], because: 'sips is no SIP domain identity' },
    {
      alternatives: 'URI:https://example.com',
      commonName: 'example.com',
      names: [],
      because: 'a name of another kind hides the common name',
    },
    { alternatives: 'URI:sip:alice@example.com', names: [], because: 'a user is no domain' },
    { alternatives: 'URI:sip:example.com:5061;transport=tls', names: ['example.com'], because: 'the host alone counts' },
    { alternatives: 'email:alice@example.com', commonName: 'example.com', names: [], because: 'a mail address is no domain' },
    { alternatives: undefined, commonName: 'pbx.example.com', names: ['pbx.example.com'], because: 'there is nothing but the common name' },
    { alternatives: undefined, commonName: 'Some Company', names: [], because: 'that is no name of the DNS' },
    { alternatives: undefined, commonName: '192.0.2.1', names: [], because: 'addresses are not taken from the common name' },
    { alternatives: undefined, names: [], because: 'there is nothing at all' },
    { alternatives: 'DNS:192.0.2.1', names: [], because: 'an address is no DNS name' },
    { alternatives: 'IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1', names: ['192.0.2.1', '2001:db8::1'], because: 'addresses' },
    { alternatives: 'DNS:*.example.com', names: ['*.example.com'], because: 'a wildcard stands for itself' },
    { alternatives: 'DNS:"good.example.com\\u0000.evil.example"', names: [], because: 'of an embedded NUL' },
    { alternatives: 'DNS:"a.example.com\\u0000", DNS:b.example.com', names: [], because: 'of an embedded NUL beside a good one' },
    { alternatives: 'DNS:"x.example.com, DNS:bank.example.com"', names: [], because: 'a value that looks like two is none' },
    { alternatives: 'DNS:"unterminated', names: [], because: 'what cannot be read is no name' },
    {
      alternatives: 'DirName:"CN = a, DNS:x", DNS:b.example.com',
      names: ['b.example.com'],
      because: 'entries of other kinds are passed over',
    },
    { alternatives: undefined, commonName: 'good.example.com\0.evil.example', names: [], because: 'of a NUL in the common name' },
  ])('$alternatives, $commonName: $names, since $because', ({ alternatives, commonName, names }) => {
    expect(certificateNames(alternatives, commonName)).toEqual(names);
  });

  it.each([
    ['Example.COM.', 'example.com'],
    ['[2001:DB8::0:1]', '2001:db8::1'],
    ['192.0.2.1', '192.0.2.1'],
    ['FE80::1%eth0', 'fe80::1'],
    ['[fe80::x%y', '[fe80::x'],
  ])('%s is compared as %s', (name, comparable) => {
    expect(comparableName(name)).toBe(comparable);
  });
});
