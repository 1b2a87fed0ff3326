import { describe, expect, it } from 'vitest';
import type { Description } from './model.ts';
import { nextVersion, originLine, readOrigin, withOrigin, withOriginAfter, type Origin } from './origin.ts';

const ORIGIN: Origin = { username: '-', sessionId: '7', version: '9', networkType: 'IN', addressType: 'IP4', address: '192.0.2.1' };
const LINE = 'o=- 7 9 IN IP4 192.0.2.1';
const described = (...lines: string[]): Description => ({ lines, sections: [] });

describe('o=, RFC 8866 §5.2', () => {
  it('is read and written', () => {
    expect(readOrigin(described('v=0', LINE))).toEqual(ORIGIN);
    expect(originLine(ORIGIN)).toBe(LINE);
  });

  it.each(['s=-', 'o=', 'o=- 7 9 IN IP4', 'o=- x 9 IN IP4 a', 'o=- 7 y IN IP4 a', 'o=- 7 9 IN  a'])('is absent in %j', (line) => {
    expect(readOrigin(described('v=0', line))).toBeUndefined();
  });

  it('takes the place of the old one, or the second line', () => {
    expect(withOrigin(described('v=0', 's=-', 'o=x 1 1 IN IP4 y', 't=0 0'), ORIGIN).lines).toEqual(['v=0', 's=-', LINE, 't=0 0']);
    expect(withOrigin(described('v=0', 's=-'), ORIGIN).lines).toEqual(['v=0', LINE, 's=-']);
  });

  it.each<Partial<Origin>>([
    { username: '' },
    { username: 'a b' },
    { sessionId: '-1' },
    { sessionId: '9223372036854775808' },
    { version: '' },
    { version: '10000000000000000000' },
    { networkType: 'I N' },
    { addressType: '' },
    { address: 'x\r\na=y' },
  ])('is refused with %j', (change) => {
    const [field, value] = Object.entries(change)[0]!;
    expect(() => originLine({ ...ORIGIN, ...change })).toThrow(
      expect.objectContaining({ code: 'SDP_ORIGIN_FIELD', info: { field, value } }),
    );
  });
});

describe('the version of o=, RFC 3264 §5 and §8', () => {
  it.each([
    ['0', '1'],
    ['999999999999999', '1000000000000000'],
    ['9007199254740992', '9007199254740993'],
    ['4611686018427387903', '4611686018427387904'],
    ['9223372036854775806', '9223372036854775807'],
  ])('goes from %s to %s', (version, next) => {
    expect(nextVersion({ ...ORIGIN, version })).toEqual({ ...ORIGIN, version: next });
  });

  it.each(['9223372036854775807', 'x', ''])('does not go on from %j', (version) => {
    expect(() => nextVersion({ ...ORIGIN, version })).toThrow(expect.objectContaining({ code: 'SDP_ORIGIN_FIELD' }));
  });

  it('rises when anything but o= differs, and not otherwise', () => {
    const before = described('v=0', LINE, 's=-');
    expect(withOriginAfter(described('v=0', 'o=- 0 0 IN IP4 0.0.0.0', 's=-'), before)).toEqual(before);
    expect(withOriginAfter(described('v=0', 'o=- 0 0 IN IP4 0.0.0.0', 's=x'), before).lines).toEqual([
      'v=0',
      'o=- 7 10 IN IP4 192.0.2.1',
      's=x',
    ]);
  });

  it('stays as it is after a description without one', () => {
    const fresh = described('v=0', LINE);
    expect(withOriginAfter(fresh, described('v=0'))).toBe(fresh);
  });
});
