import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { formatIdentity, parseIdentity, readIdentities } from './identity.ts';

const INFO = 'https://cert.example.org/a;b.cer';

describe('Identity, RFC 8224 §4', () => {
  it.each([
    [`eyJh.eyJk.rq3p;info=<${INFO}>;alg=ES256;ppt=shaken`, { passport: 'eyJh.eyJk.rq3p', info: INFO, alg: 'ES256', ppt: 'shaken' }],
    [`..rq3p ; info = <${INFO}> ; ppt="div"`, { passport: '..rq3p', info: INFO, alg: undefined, ppt: 'div' }],
    [`abc=;alg=RS256;info=<${INFO}>`, { passport: 'abc=', info: INFO, alg: 'RS256', ppt: undefined }],
    ['eyJh.eyJk.rq3p', undefined],
    [`;info=<${INFO}>`, undefined],
    [`..;info=<${INFO}>`, undefined],
    [`a.b;info=<${INFO}>`, undefined],
    ['a.b.c;alg=ES256', undefined],
    ['a.b.c;info=<>', undefined],
    [`a.b.c;info=${INFO}`, undefined],
    [`a.b.c;info=<${INFO}>;info=<${INFO}>`, undefined],
    [`a.b.c;info=<${INFO}`, undefined],
    [`a.b.c;info=<${INFO}>;`, undefined],
    [`a.b.c;info=<${INFO}>;=x`, undefined],
    ['a b;info=<https://x>', undefined],
    ['', undefined],
  ])('%j is %j', (text, identity) => {
    expect(parseIdentity(text)).toEqual(identity);
  });

  it('several are several fields; a malformed one is left out', () => {
    const headers = new HeaderList({ y: [`a.b.c;info=<${INFO}>`, 'nonsense', `d.e.f;info=<${INFO}>;ppt=div`] });
    expect(readIdentities(headers).map(({ passport }) => passport)).toEqual(['a.b.c', 'd.e.f']);
  });

  it('is written and read again', () => {
    const identity = { passport: 'a.b.c', info: INFO, alg: 'ES256', ppt: 'shaken' };
    expect(parseIdentity(formatIdentity(identity))).toEqual(identity);
    expect(formatIdentity({ passport: 'a.b.c', info: INFO })).toBe(`a.b.c;info=<${INFO}>`);
    for (const bad of [
      { passport: '' },
      { passport: 'a.b' },
      { info: 'no uri' },
      { info: 'https://a\r\nX: y' },
      { alg: 'a b' },
      { ppt: '"' },
    ])
      expect(() => formatIdentity({ ...identity, ...bad })).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });
});
