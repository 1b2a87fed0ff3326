import { describe, expect, it } from 'vitest';
import { HeaderList } from './headers.ts';
import { OPTION_TAGS, readOptionTags } from './option-tags.ts';
import { isToken } from './tokens.ts';

describe('option tags, RFC 3261 §19.2', () => {
  it('are read as sets, lower-case, from all fields', () => {
    const headers = new HeaderList({ k: ['100rel, Timer', 'replaces, 100REL, no token'], Require: '' });
    expect([...readOptionTags(headers, 'Supported')]).toEqual(['100rel', 'timer', 'replaces']);
    expect(readOptionTags(headers, 'Require').size).toBe(0);
    expect(readOptionTags(headers, 'Proxy-Require').size).toBe(0);
  });

  it('that are known are lower-case tokens, each with its RFC', () => {
    for (const [tag, rfc] of Object.entries(OPTION_TAGS))
      expect([isToken(tag), tag.toLowerCase(), /^RFC \d{4}$/.test(rfc)]).toEqual([true, tag, true]);
  });
});
