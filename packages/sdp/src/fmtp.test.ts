import { describe, expect, it } from 'vitest';
import { Fmtp, NO_FMTP } from './fmtp.ts';

describe('format parameters, RFC 8866 §6.15', () => {
  it('keep their text and give their values by name, in order', () => {
    const fmtp = new Fmtp('minptime=10; useinbandfec=1;Stereo = 1 ;');
    expect(fmtp.raw).toBe('minptime=10; useinbandfec=1;Stereo = 1 ;');
    expect([...fmtp.parameters]).toEqual([
      ['minptime', '10'],
      ['useinbandfec', '1'],
      ['stereo', '1'],
    ]);
    expect(fmtp.get('MinPTime')).toBe('10');
    expect(fmtp.get('maxptime')).toBeUndefined();
  });

  it('give bare words an empty value', () => {
    expect([...new Fmtp('0-16').parameters]).toEqual([['0-16', '']]);
  });

  it('are none when nothing is said', () => {
    expect(NO_FMTP.parameters.size).toBe(0);
    expect(NO_FMTP.get('x')).toBeUndefined();
  });
});
