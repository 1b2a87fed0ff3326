import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { formatSecurityMechanism, readMediaAuthorization, readSecurityMechanisms } from './security.ts';

describe('security agreement, RFC 3329 §2.2', () => {
  it('mechanisms keep their order; what is malformed is left out', () => {
    const headers = new HeaderList({ 'Security-Server': ['ipsec-ike;q=0.1, TLS;q=0.2', 'digest;d-alg=MD5;d-ver="abc", ;q=1, a b'] });
    expect(
      readSecurityMechanisms(headers, 'Security-Server').map(({ mechanism, q, parameters }) => [mechanism, q, parameters.get('d-ver')]),
    ).toEqual([
      ['ipsec-ike', 0.1, undefined],
      ['tls', 0.2, undefined],
      ['digest', 1, 'abc'],
    ]);
    expect(readSecurityMechanisms(headers, 'Security-Verify')).toEqual([]);
  });

  it('a mechanism is written', () => {
    expect(formatSecurityMechanism('tls', { q: '0.2' })).toBe('tls;q=0.2');
    for (const bad of ['', 'a b'])
      expect(() => formatSecurityMechanism(bad)).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });
});

describe('P-Media-Authorization, RFC 3313 §5.2', () => {
  it('is a list of hexadecimal tokens', () => {
    const headers = new HeaderList({ 'P-Media-Authorization': ['0020000100100101706466322e77, zz', 'AB'] });
    expect(readMediaAuthorization(headers)).toEqual(['0020000100100101706466322e77', 'AB']);
  });
});
