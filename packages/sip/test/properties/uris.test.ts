import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseUri, SipUri, uriEquals } from '../../src/messages/uri.ts';
import type { Uri } from '../../src/messages/model.ts';
import { anyUri, sipUriParts, writeSipUri } from './grammar.ts';
import { holds, TIMEOUT } from './settings.ts';

function uri(text: string): Uri {
  const parsed = parseUri(text);
  if (parsed === undefined) throw new Error(`${text} is a URI`);
  return parsed;
}

const equal = (a: string, b: string): boolean => {
  const [there, back] = [uriEquals(uri(a), uri(b)), uriEquals(uri(b), uri(a))];
  expect(there).toBe(back);
  return there;
};

describe('the comparison of URIs, RFC 3261 §19.1.4', { timeout: TIMEOUT }, () => {
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;security=on'],
    ['sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    ['sip:alice@atlanta.com?subject=project%20x&priority=urgent', 'sip:alice@atlanta.com?priority=urgent&subject=project%20x'],
  ])('%s is %s', (a, b) => {
    expect(equal(a, b)).toBe(true);
  });

  it.each([
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP', 'case of the user'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060', 'a port that is named'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp', 'a transport that is named'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp', 'port and transport'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting', 'a header'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4', 'what a name stands for'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off', 'the value of a parameter that both have'],
    ['sip:bob@biloxi.com', 'sips:bob@biloxi.com', 'the scheme'],
    ['sip:bob@biloxi.com', 'sip:biloxi.com', 'a user'],
    ['sip:bob@biloxi.com', 'sip:bob:secret@biloxi.com', 'a password'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;user=phone', 'a user parameter'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;ttl=15', 'a ttl'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;method=INVITE', 'a method'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;maddr=239.255.255.1', 'a maddr'],
  ])('%s is not %s: %s', (a, b) => {
    expect(equal(a, b)).toBe(false);
  });

  it('is not transitive, by way of a URI without the parameter', () => {
    expect(equal('sip:carol@chicago.com;security=on', 'sip:carol@chicago.com')).toBe(true);
    expect(equal('sip:carol@chicago.com', 'sip:carol@chicago.com;security=off')).toBe(true);
    expect(equal('sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off')).toBe(false);
  });

  it.each([
    'sip:a@b.example;x=1;x=2',
    'sip:a@b.example;transport;transport=udp',
    'sip:a@b.example;x%2541=1;xA=2',
    'sip:a@b.example?a=1&a=2',
  ])('holds between %s and itself, though it names something twice', (text) => {
    expect(equal(text, text)).toBe(true);
  });

  it('takes a name that is escaped twice for another', () => {
    expect(equal('sip:a@b.example;x%2541=1', 'sip:a@b.example;x%2541=2')).toBe(false);
    expect(equal('sip:a@b.example;x%2541=1', 'sip:a@b.example;xA=2')).toBe(true); // each alone
  });

  it('holds between any URI and itself, as it was read and as it was written', () => {
    holds(anyUri(true), (text) => {
      expect(uri(text).toString()).toBe(text);
      expect(uriEquals(uri(text), uri(text))).toBe(true);
      expect(equal(text, uri(text).toString())).toBe(true);
    });
  });

  it('says the same both ways round', () => {
    holds(fc.tuple(anyUri(true), anyUri(true)), ([a, b]) => void equal(a, b));
    const one = sipUriParts(true);
    // alike but for their parameters and headers, so that both answers come
    holds(fc.tuple(one, one), ([a, b]) => void equal(writeSipUri(a), writeSipUri({ ...a, parameters: b.parameters, headers: b.headers })));
  });

  it('does not heed the order of parameters and headers, nor the case of scheme and host', () => {
    holds(sipUriParts(true), (parts) => {
      const turned = {
        ...parts,
        scheme: parts.scheme.toUpperCase(),
        host: parts.host.toUpperCase(),
        parameters: parts.parameters.toReversed(),
        headers: parts.headers.toReversed(),
      };
      expect(equal(writeSipUri(parts), writeSipUri(turned))).toBe(true);
    });
  });

  it('takes an escaped character for the character, in the user', () => {
    holds(sipUriParts(true), (parts) => {
      const user = `${parts.user ?? ''}a1-z`;
      const escaped = `${parts.user ?? ''}%61%31%2d%7A`;
      expect(equal(writeSipUri({ ...parts, user }), writeSipUri({ ...parts, user: escaped }))).toBe(true);
    });
  });

  it('heeds every part', () => {
    holds(sipUriParts(true), (parts) => {
      const changed = [
        { ...parts, host: `other.${parts.host.startsWith('[') ? 'example' : parts.host}` },
        { ...parts, port: parts.port === '' ? ':5060' : '' },
        { ...parts, user: `${parts.user ?? ''}X` },
        { ...parts, user: parts.user ?? 'u', password: `${parts.password ?? ''}X` },
        { ...parts, scheme: parts.scheme.length === 3 ? 'sips' : 'sip' },
        { ...parts, headers: [...parts.headers, 'one=more'] },
      ];
      for (const other of changed) expect(equal(writeSipUri(parts), writeSipUri(other))).toBe(false);
    });
  });
});

describe('any SIP URI', { timeout: TIMEOUT }, () => {
  it('changes in the part that was asked for, and in no other', () => {
    holds(sipUriParts(true), (parts) => {
      const before = uri(writeSipUri(parts));
      if (!(before instanceof SipUri)) throw new Error(`${before.toString()} is a SIP URI`);
      expect(uriEquals(before.with({}), before)).toBe(true);
      const port = before.port === 5099 ? 5098 : 5099;
      const { scheme, user, password, host, headers } = before;
      expect(before.with({ port })).toMatchObject({ scheme, user, password, host, port, headers });
      expect(before.with({ port }).parameters.toString()).toBe(before.parameters.toString());
      expect(before.with({ parameters: { 'x-new': 'a b' } }).parameters.get('x-new')).toBe('a%20b');
    });
  });
});
