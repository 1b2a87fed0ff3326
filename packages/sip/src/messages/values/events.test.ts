import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { formatEvent, formatSubscriptionState, readEntityTag, readEvent, readSubscriptionState } from './events.ts';

const one = (name: string, ...values: string[]): HeaderList => new HeaderList({ [name]: values });
const refused = expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' });

describe('event headers, RFC 6665 §8.2 and RFC 3903 §11.3', () => {
  it.each([
    ['refer;id=93809824', { type: 'refer', package: 'refer', templates: [], id: '93809824' }],
    ['presence.winfo.winfo', { type: 'presence.winfo.winfo', package: 'presence', templates: ['winfo', 'winfo'], id: undefined }],
    ['dialog;call-id="a@b"', { type: 'dialog', package: 'dialog', templates: [], id: undefined }],
    ['.winfo', undefined],
    ['presence.', undefined],
    ['two words', undefined],
    ['', undefined],
    ['a, b', undefined],
  ])('Event %j is %j', (text, event) => {
    if (event === undefined) expect(readEvent(one('o', text))).toBeUndefined();
    else expect(readEvent(one('o', text))).toMatchObject(event);
  });

  it('two Event headers are none', () => {
    expect(readEvent(one('Event', 'a', 'b'))).toBeUndefined();
  });

  it('Event is written', () => {
    expect(formatEvent('refer', { id: '7' })).toBe('refer;id=7');
    for (const bad of ['', 'a b', 'a..b', 'a\r\nX: y']) expect(() => formatEvent(bad)).toThrow(refused);
  });

  it.each([
    ['active;expires=60', { state: 'active', expires: 60 }],
    ['Pending', { state: 'pending' }],
    ['terminated ; reason=Probation ; retry-after=30', { state: 'terminated', reason: 'probation', retryAfter: 30 }],
    ['active;expires=soon', { state: 'active' }],
    ['active;expires=4294967296', { state: 'active' }],
    ['resting', { state: 'resting' }],
    ['', undefined],
    ['active;', undefined],
  ])('Subscription-State %j is %j', (text, state) => {
    const full = state && { reason: undefined, expires: undefined, retryAfter: undefined, ...state };
    expect(readSubscriptionState(one('Subscription-State', text))).toEqual(full);
  });

  it('Subscription-State is written', () => {
    expect(formatSubscriptionState({ state: 'terminated', reason: 'noresource', retryAfter: 5 })).toBe(
      'terminated;reason=noresource;retry-after=5',
    );
    expect(formatSubscriptionState({ state: 'active', expires: 0 })).toBe('active;expires=0');
    for (const bad of [{ state: 'a b' }, { state: 'a', reason: '' }, { state: 'a', expires: -1 }, { state: 'a', retryAfter: 2 ** 32 }])
      expect(() => formatSubscriptionState(bad)).toThrow(refused);
  });

  it.each([
    ['dx200xyz', 'dx200xyz'],
    ['two words', undefined],
    ['', undefined],
  ])('the entity tag %j is %s', (text, tag) => {
    expect(readEntityTag(one('SIP-If-Match', text), 'SIP-If-Match')).toBe(tag);
  });
});
