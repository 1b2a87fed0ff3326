import { describe, expect, it } from 'vitest';
import { parseNameAddr } from '../name-addr.ts';
import { Parameters } from '../parameters.ts';
import { parseUri } from '../uri.ts';
import { formatAddress } from './addresses.ts';
import { formatInstanceId, isOutbound, readGruu, readGruus, readInstanceId, readRegId } from './outbound.ts';

const URN = 'urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF';

describe('outbound and GRUU, RFC 5626 §11 and RFC 5627 §8', () => {
  it.each([
    [';reg-id=1', 1],
    [';reg-id=2147483647', 2147483647],
    [';reg-id=0', undefined],
    [';reg-id=2147483648', undefined],
    [';reg-id=x', undefined],
    ['', undefined],
  ])('the reg-id of %j is %s', (text, id) => {
    expect(readRegId(new Parameters(text))).toBe(id);
  });

  it('an instance is written in quotes and angle brackets, and read without', () => {
    const contact = formatAddress({ uri: parseUri('sip:a@b;ob')! }, { '+sip.instance': formatInstanceId(URN) });
    expect(contact).toBe(`<sip:a@b;ob>;+sip.instance="<${URN}>"`);
    expect(readInstanceId(parseNameAddr(contact)!.parameters)).toBe(URN);
    expect(readInstanceId(new Parameters(`;+sip.instance="${URN}"`))).toBeUndefined();
    for (const bad of ['', 'no uri', 'urn:a\r\nX: y'])
      expect(() => formatInstanceId(bad)).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });

  it('GRUUs of a registration', () => {
    const parameters = new Parameters(`;pub-gruu="sip:a@b;gr=${URN}";temp-gruu="no uri"`);
    const gruus = readGruus(parameters);
    expect([String(gruus.public), gruus.temporary]).toEqual([`sip:a@b;gr=${URN}`, undefined]);
    expect(readGruus(new Parameters())).toEqual({ public: undefined, temporary: undefined });
  });

  it.each([
    [`sip:a@b;gr=${URN}`, { kind: 'public', instance: URN }],
    ['sip:a@b;gr=a%20b', { kind: 'public', instance: 'a b' }],
    ['sip:tgruu.7hs@b;gr', { kind: 'temporary', instance: undefined }],
    ['sip:a@b', undefined],
    ['tel:+12345;gr', undefined],
  ])('%s is %j', (text, gruu) => {
    expect(readGruu(parseUri(text)!)).toEqual(gruu);
  });

  it.each([
    ['sip:a@b;ob', true],
    ['sip:a@b', false],
    ['tel:+12345;ob', false],
  ])('%s is outbound: %s', (text, outbound) => {
    expect(isOutbound(parseUri(text)!)).toBe(outbound);
  });
});
