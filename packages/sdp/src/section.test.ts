import { describe, expect, it } from 'vitest';
import type { MediaSection } from './model.ts';
import { declinedSection, isDeclined } from './section.ts';

const VIDEO: MediaSection = { kind: 'video', port: 5000, portCount: 2, protocol: 'RTP/AVP', formats: ['31', '32'], lines: ['a=mid:1'] };

describe('declined lines, RFC 3264 §6', () => {
  it('echo kind, protocol and formats, and say no more', () => {
    expect(declinedSection(VIDEO)).toEqual({ kind: 'video', port: 0, protocol: 'RTP/AVP', formats: ['31', '32'], lines: [] });
  });

  it('name one format where the offer named none', () => {
    expect(declinedSection({ ...VIDEO, formats: [] }).formats).toEqual(['0']);
  });

  it('have port 0, unless the offer has the line in a bundle only', () => {
    expect(isDeclined(VIDEO)).toBe(false);
    expect(isDeclined({ ...VIDEO, port: 0 })).toBe(true);
    expect(isDeclined({ ...VIDEO, port: 0, lines: ['a=bundle-only'] })).toBe(false);
  });
});
