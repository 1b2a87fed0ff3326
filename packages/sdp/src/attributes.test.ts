import { describe, expect, it } from 'vitest';
import { attributeValue, attributeValues, bandwidth, groups, maxptime, mid, ptime, withAttribute, withoutAttribute } from './attributes.ts';
import type { MediaSection } from './model.ts';

const audio = (...lines: string[]): MediaSection => ({ kind: 'audio', port: 4000, protocol: 'RTP/AVP', formats: ['0'], lines });

describe('attributes, RFC 8866 §5.13', () => {
  it('are read by their whole name', () => {
    const section = audio('a=rtcp-mux', 'a=rtcp:5001', 'a=x:', 'a=x:2', 'i=a=y');
    expect(attributeValue(section, 'rtcp')).toBe('5001');
    expect(attributeValue(section, 'rtcp-mux')).toBe('');
    expect(attributeValue(section, 'rtc')).toBeUndefined();
    expect(attributeValue(section, 'y')).toBeUndefined();
    expect(attributeValues(section, 'x')).toEqual(['', '2']);
  });

  it('are set in the place of the first of their name', () => {
    const section = audio('a=a', 'a=x:1', 'a=b', 'a=x:2');
    expect(withAttribute(section, 'x', '3').lines).toEqual(['a=a', 'a=x:3', 'a=b']);
    expect(withAttribute(section, 'y').lines).toEqual([...section.lines, 'a=y']);
    expect(withoutAttribute(section, 'x').lines).toEqual(['a=a', 'a=b']);
    expect(section.lines).toHaveLength(4);
  });

  it.each([
    ['', '1'],
    ['a b', '1'],
    ['x', '1\r\na=y'],
    ['x', '\0'],
  ])('are refused when name %j and value %j cannot be a line', (name, value) => {
    expect(() => withAttribute(audio(), name, value)).toThrow(expect.objectContaining({ code: 'SDP_LINE_SYNTAX' }));
  });
});

describe('mid and group, RFC 5888', () => {
  it.each([
    ['a=mid:audio-0', 'audio-0'],
    ['a=mid:', undefined],
    ['a=mid:a b', undefined],
    ['a=midway:1', undefined],
  ])('%s gives %j', (line, expected) => {
    expect(mid(audio(line))).toBe(expected);
  });

  it('gives groups in order, junk left out', () => {
    const description = { lines: ['a=group:BUNDLE 0 1', 'a=group:X-own 2', 'a=group:', 'a=group:BUNDLE  3 '], sections: [] };
    expect(groups(description)).toEqual([
      { semantics: 'BUNDLE', mids: ['0', '1'] },
      { semantics: 'X-own', mids: ['2'] },
      { semantics: 'BUNDLE', mids: ['3'] },
    ]);
    expect(groups(description, 'BUNDLE').map((group) => group.mids)).toEqual([['0', '1'], ['3']]);
  });
});

describe('ptime and maxptime', () => {
  it.each<[string, number | undefined]>([
    ['20', 20],
    [' 30 ', 30],
    ['2.5', 2.5],
    ['200', 200],
    ['201', 200],
    ['4294967296', 200],
    ['99999999999999', 200],
    ['0', undefined],
    ['0.125', undefined],
    ['-20', undefined],
    ['', undefined],
    ['twenty', undefined],
    ['20ms', undefined],
    ['1e3', undefined],
    ['2.x', undefined],
    ['9'.repeat(400), undefined],
  ])('%j counts as %j', (value, expected) => {
    expect(ptime(audio(`a=ptime:${value}`))).toBe(expected);
    expect(maxptime(audio(`a=maxptime:${value}`))).toBe(expected);
  });

  it('are absent when nothing is said', () => {
    expect(ptime(audio('a=maxptime:40'))).toBeUndefined();
    expect(maxptime(audio('a=ptime:40'))).toBeUndefined();
  });
});

describe('bandwidth, RFC 8866 §5.8', () => {
  it.each<[string, string, number | undefined]>([
    ['b=AS:64', 'AS', 64],
    ['b=AS:0', 'AS', 0],
    ['b=X-YZ:5', 'X-YZ', 5],
    ['b=TIAS:64000', 'AS', undefined],
    ['b=AS:-1', 'AS', undefined],
    ['b=AS:lots', 'AS', undefined],
    ['b=AS:99999999999999999999', 'AS', undefined],
    ['a=AS:64', 'AS', undefined],
  ])('%s says of %s: %j', (line, type, expected) => {
    expect(bandwidth(audio(line), type)).toBe(expected);
  });
});
