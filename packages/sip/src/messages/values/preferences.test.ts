import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { formatContactPreference, formatRequestDisposition, readContactPreferences, readRequestDisposition } from './preferences.ts';

const refused = expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' });

describe('caller preferences, RFC 3841 §9', () => {
  it('features come with their values, require and explicit apart', () => {
    const headers = new HeaderList({ a: ['*;Mobility="fixed";methods="INVITE,BYE";require;explicit, *;video', 'x;audio'] });
    expect(readContactPreferences(headers, 'Accept-Contact').map(({ features, ...rest }) => [Object.fromEntries(features), rest])).toEqual([
      [
        { mobility: 'fixed', methods: 'INVITE,BYE' },
        { require: true, explicit: true },
      ],
      [{ video: true }, { require: false, explicit: false }],
    ]);
    expect(readContactPreferences(headers, 'Reject-Contact')).toEqual([]);
  });

  it('are written and read again', () => {
    const text = formatContactPreference({ class: 'business', 'sip.instance': '<urn:x>', video: true }, { require: true, explicit: true });
    expect(text).toBe('*;class=business;sip.instance="<urn:x>";video;require;explicit');
    expect(() => formatContactPreference({ 'a b': true })).toThrow(refused);
    expect(() => formatContactPreference({ a: 'b\r\nc' })).toThrow(refused);
  });

  it('Request-Disposition is a list of directives', () => {
    expect(readRequestDisposition(new HeaderList({ d: 'Proxy, no-fork, a b' }))).toEqual(['proxy', 'no-fork']);
    expect(formatRequestDisposition(['proxy', 'sequential'])).toBe('proxy, sequential');
    for (const bad of [[], ['a b']]) expect(() => formatRequestDisposition(bad)).toThrow(refused);
  });
});
