import { describe, expect, it } from 'vitest';
import { sameDescription, sameMedia } from './compare.ts';
import type { MediaSection } from './model.ts';

const AUDIO: MediaSection = { kind: 'audio', port: 4000, protocol: 'RTP/AVP', formats: ['0', '8'], lines: ['a=x', 'a=y'] };

describe('sameMedia', () => {
  it('holds for an equal section', () => {
    expect(sameMedia(AUDIO, structuredClone(AUDIO))).toBe(true);
  });

  it.each<Partial<MediaSection>>([
    { kind: 'video' },
    { port: 4002 },
    { portCount: 2 },
    { protocol: 'RTP/SAVP' },
    { formats: ['8', '0'] },
    { formats: ['0'] },
    { lines: ['a=y', 'a=x'] },
    { lines: ['a=x', 'a=y', 'a=z'] },
  ])('fails for %j', (change) => {
    expect(sameMedia(AUDIO, { ...AUDIO, ...change })).toBe(false);
  });
});

describe('sameDescription', () => {
  const description = { lines: ['v=0', 'o=- 1 1 IN IP4 x', 't=0 0'], sections: [AUDIO] };

  it('looks past the o= line', () => {
    expect(sameDescription(description, { lines: ['v=0', 'o=- 1 2 IN IP4 x', 't=0 0'], sections: [{ ...AUDIO }] })).toBe(true);
  });

  it('sees another line, another section, and one more', () => {
    expect(sameDescription(description, { ...description, lines: ['v=0', 'o=- 1 1 IN IP4 x', 't=0 1'] })).toBe(false);
    expect(sameDescription(description, { ...description, sections: [{ ...AUDIO, port: 0 }] })).toBe(false);
    expect(sameDescription(description, { ...description, sections: [AUDIO, AUDIO] })).toBe(false);
  });
});
