import { describe, expect, it } from 'vitest';
import { agreed, answer, ask, isTooShort, raised, type Agreement, type Asked } from './negotiation.ts';
import { policyOf, type SessionTimersOptions } from './policy.ts';

const asked = (seconds?: number, refresher?: 'uac' | 'uas', more: Partial<Asked> = {}): Asked => ({
  supports: true,
  sessionExpires: seconds === undefined ? undefined : { seconds, refresher },
  minSE: undefined,
  ...more,
});
const stranger = { supports: false };

describe('what our request asks for (RFC 4028 §7.1, §7.4)', () => {
  it.each<{ options?: SessionTimersOptions; current?: Agreement; learned?: number; asks: unknown; because: string }>([
    { asks: [1800, undefined, undefined], because: 'the callee chooses who refreshes' },
    { options: { refresher: 'local' }, asks: [1800, 'uac', undefined], because: 'we want to' },
    { options: { refresher: 'remote' }, asks: [1800, 'uas', undefined], because: 'we do not want to' },
    { options: { sessionExpires: 600, minSE: 300 }, asks: [600, undefined, 300], because: 'a minimum above 90 is told' },
    { current: { seconds: 600, refresher: 'local' }, asks: [600, 'uac', undefined], because: 'nothing changes by a refresh' },
    {
      current: { seconds: 600, refresher: 'remote' },
      asks: [600, 'uas', undefined],
      because: 'nor by a re-INVITE of who does not refresh',
    },
    {
      options: { refresher: 'local' },
      current: { seconds: 600, refresher: 'remote' },
      asks: [600, 'uas', undefined],
      because: 'a wish does not turn the roles in mid-call',
    },
    { learned: 90, asks: [1800, undefined, 90], because: 'a Min-SE that was told is told back' },
    { learned: 2400, asks: [2400, undefined, 2400], because: 'it is the least' },
    { current: { seconds: 600, refresher: 'local' }, learned: 900, asks: [900, 'uac', 900], because: 'a proxy has raised it' },
    { options: { minSE: 600 }, learned: 300, asks: [1800, undefined, 600], because: 'ours is the larger one' },
  ])('$asks: $because', ({ options = {}, current, learned, asks }) => {
    const { sessionExpires, minSE } = ask(policyOf(options), current, learned);
    expect([sessionExpires.seconds, sessionExpires.refresher, minSE]).toEqual(asks);
  });
});

describe('422 (RFC 4028 §7.3, §9)', () => {
  it.each([
    { request: asked(89), minSE: 90, short: true },
    { request: asked(90), minSE: 90, short: false },
    { request: asked(599), minSE: 600, short: true },
    { request: asked(), minSE: 600, short: false },
    { request: asked(60, undefined, stranger), minSE: 90, short: false },
  ])('$request.sessionExpires.seconds s, supported: $request.supports, is too short for $minSE s: $short', ({ request, minSE, short }) => {
    expect(isTooShort(request, policyOf({ minSE }))).toBe(short);
  });

  it.each([
    { minSE: 1801, next: { seconds: 1801, refresher: 'uac' }, because: 'it is what the refusal asks for' },
    { minSE: 1800, next: undefined, because: 'we asked for that' },
    { minSE: 60, next: undefined, because: 'we asked for more' },
    { minSE: undefined, next: undefined, because: 'the refusal says nothing' },
  ])('after a Min-SE of $minSE we ask for $next.seconds: $because', ({ minSE, next }) => {
    expect(raised(minSE, { seconds: 1800, refresher: 'uac' })).toEqual(next);
  });

  it('is no reason to ask again for who did not ask for a timer', () => {
    expect(raised(1800, undefined)).toBeUndefined();
  });
});

describe('what our 2xx says (RFC 4028 §9, table 2)', () => {
  const [local, remote] = ['local', 'remote'] as const;
  it.each<{ request: Asked; options?: SessionTimersOptions; current?: Agreement; says: unknown; because: string }>([
    { request: asked(1800), says: [1800, remote], because: 'the caller refreshes unless somebody wants otherwise' },
    { request: asked(1800, 'uac'), says: [1800, remote], because: 'the caller wants to' },
    { request: asked(1800, 'uas'), says: [1800, local], because: 'the caller wants us to' },
    { request: asked(1800, 'uac'), options: { refresher: local }, says: [1800, remote], because: 'its word goes before our wish' },
    { request: asked(1800, 'uas'), options: { refresher: remote }, says: [1800, local], because: 'so it does this way round' },
    { request: asked(1800), options: { refresher: local }, says: [1800, local], because: 'it leaves it to our wish' },
    { request: asked(1800), current: { seconds: 1800, refresher: local }, says: [1800, local], because: 'it leaves it as it is' },
    {
      request: asked(1800),
      current: { seconds: 1800, refresher: local },
      options: { refresher: remote },
      says: [1800, remote],
      because: 'who leaves it open in mid-call wants it chosen anew',
    },
    { request: asked(90), says: [90, remote], because: 'it is never raised' },
    { request: asked(7200), says: [1800, remote], because: 'ours is the longest' },
    { request: asked(7200, 'uac', { minSE: 3600 }), says: [3600, remote], because: 'but not below its Min-SE' },
    { request: asked(1200, 'uac', { minSE: 3600 }), says: [1200, remote], because: 'a Min-SE above it is a mistake of the peer' },
    { request: asked(), says: [1800, remote], because: 'it knows timers, and we ask for one' },
    { request: asked(undefined, undefined, { minSE: 2400 }), says: [2400, remote], because: 'and then its Min-SE holds too' },
    { request: asked(), current: { seconds: 600, refresher: remote }, says: [600, remote], because: 'it leaves the interval as it is' },
    { request: asked(undefined, undefined, stranger), says: undefined, because: 'nobody asked for one' },
    { request: asked(600, undefined, stranger), says: [600, local], because: 'a proxy asked, and the caller cannot refresh' },
    { request: asked(600, 'uac', stranger), says: [600, local], because: 'nor where it says that it does' },
    { request: asked(10, undefined, stranger), says: undefined, because: 'nobody makes us refresh every few seconds' },
    { request: asked(undefined, undefined, stranger), options: { mode: 'always' }, says: [1800, local], because: 'we do it alone' },
    { request: asked(10, undefined, stranger), options: { mode: 'always' }, says: [1800, local], because: 'we do it alone, at our pace' },
    { request: asked(600), options: { mode: 'required' }, says: [600, remote], because: 'required or not' },
  ])('$says: $because', ({ request, options = {}, current, says }) => {
    const agreement = answer(request, policyOf(options), current);
    expect(agreement && [agreement.seconds, agreement.refresher]).toEqual(says);
  });
});

describe('what a 2xx to us agrees to (RFC 4028 §7.2)', () => {
  const ours = asked(1800);
  it.each<{ said?: [number, 'uac' | 'uas' | undefined]; request?: Asked; options?: SessionTimersOptions; means: unknown; because: string }>(
    [
      { said: [1800, 'uac'], means: [1800, 'local'], because: 'we refresh' },
      { said: [1800, 'uas'], means: [1800, 'remote'], because: 'the peer does' },
      { said: [1800, undefined], means: [1800, 'local'], because: 'somebody must, and nobody is named' },
      { said: [600, 'uac'], means: [600, 'local'], because: 'it may be reduced' },
      { said: [5, 'uac'], means: [90, 'local'], because: 'nobody makes us refresh every few seconds' },
      { said: [90, 'uac'], request: asked(1800, undefined, { minSE: 600 }), means: [600, 'local'], because: 'nor oftener than we said' },
      { means: undefined, because: 'the peer knows no timers' },
      { options: { mode: 'always' }, means: [1800, 'local'], because: 'we do it alone' },
      { options: { mode: 'required' }, means: [1800, 'local'], because: 'it said it could, and did not' },
    ],
  )('$said means $means: $because', ({ said, request = ours, options = {}, means }) => {
    const agreement = agreed(said && { seconds: said[0], refresher: said[1] }, request, policyOf(options));
    expect(agreement && [agreement.seconds, agreement.refresher]).toEqual(means);
  });
});
