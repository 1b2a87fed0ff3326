import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { formatMinSE, formatSessionExpires, readMinSE, readSessionExpires } from './session-timer.ts';

const refused = expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' });

describe('session timer headers, RFC 4028 §4 and §5', () => {
  it.each([
    [['4000;refresher=uac'], { seconds: 4000, refresher: 'uac' }],
    [['1800 ; Refresher=UAS'], { seconds: 1800, refresher: 'uas' }],
    [['90;refresher=nobody;x'], { seconds: 90, refresher: undefined }],
    [['4294967296'], undefined],
    [['-1'], undefined],
    [['90 s'], undefined],
    [['90', '91'], undefined],
    [[], undefined],
  ])('Session-Expires %j is %j', (values, expires) => {
    expect(readSessionExpires(new HeaderList({ x: values }))).toEqual(expires);
  });

  it('Min-SE may have parameters', () => {
    expect(readMinSE(new HeaderList({ 'Min-SE': '3600;x=y' }))).toBe(3600);
    expect(readMinSE(new HeaderList({ 'Min-SE': 'soon' }))).toBeUndefined();
  });

  it('are written', () => {
    expect(formatSessionExpires({ seconds: 1800, refresher: 'uac' })).toBe('1800;refresher=uac');
    expect(formatSessionExpires({ seconds: 90 })).toBe('90');
    expect(formatMinSE(90)).toBe('90');
    for (const bad of [-1, 1.5, 2 ** 32, Number.NaN]) {
      expect(() => formatSessionExpires({ seconds: bad })).toThrow(refused);
      expect(() => formatMinSE(bad)).toThrow(refused);
    }
  });
});
