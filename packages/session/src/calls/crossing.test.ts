import { SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { crossed, CROSSINGS, glareWaitMs, UNDERWAY } from './crossing.ts';

type Fact = keyof typeof UNDERWAY;

/** The columns of a row: INVITE, UPDATE without an offer, UPDATE with one. */
const REQUESTS = ['INVITE', 'UPDATE', 'UPDATE with an offer'] as const;
const sum = (...facts: readonly Fact[]): number => facts.reduce((all, fact) => all + UNDERWAY[fact], 0);

describe('a request of theirs while something is not through, RFC 6337 §4.3', () => {
  it.each<{ facts: Fact[]; gets: readonly (491 | 500 | undefined)[]; because: string }>([
    { facts: [], gets: [undefined, undefined, undefined], because: 'nothing is under way' },
    { facts: ['theirUpdate'], gets: [500, 500, 500], because: 'UAS-UsI, UAS-UsU' },
    { facts: ['theirInvite'], gets: [500, undefined, 500], because: 'UAS-IsI; RFC 3311 §5.2' },
    { facts: ['theirFirst'], gets: [500, undefined, undefined], because: 'UAS-IsI; the exchange in it may be through' },
    { facts: ['theirFirst', 'theirExchange'], gets: [500, undefined, 500], because: 'UAS-IsI, UAS-IsU' },
    { facts: ['theirAnswer'], gets: [500, undefined, 500], because: 'UAS-IsI, UAS-IsU: the ACK is associated with an offer/answer' },
    { facts: ['theirAck'], gets: [491, undefined, undefined], because: 'RFC 3261 §14.2; no ACK of the exchange is open' },
    { facts: ['ourInvite'], gets: [491, undefined, undefined], because: 'UAS-IcI; the exchange in it may be through' },
    { facts: ['ourInvite', 'ourExchange'], gets: [491, undefined, 491], because: 'UAS-IcI, UAS-IcU' },
    { facts: ['ourOffer'], gets: [491, undefined, 491], because: 'UAS-UcI, UAS-UcU' },
    { facts: ['theirOffer'], gets: [491, undefined, 500], because: 'one exchange at a time' },
    {
      facts: ['theirAnswer', 'theirAck', 'ourOffer'],
      gets: [500, undefined, 500],
      because: 'our offer is in the 2xx to an INVITE of theirs',
    },
    { facts: ['ourInvite', 'ourExchange', 'ourOffer'], gets: [491, undefined, 491], because: 'our offer is in our INVITE' },
    { facts: ['theirUpdate', 'theirOffer'], gets: [500, 500, 500], because: 'their offer is in an UPDATE' },
  ])('$facts: $gets: $because', ({ facts, gets }) => {
    expect(REQUESTS.map((request) => crossed(request, sum(...facts)))).toEqual(gets);
  });

  it('gets 491 for what is ours and 500 for what is theirs, but for an INVITE that finds an exchange open or no ACK of its own', () => {
    const odd = Object.values(CROSSINGS)
      .flat()
      .filter(({ meets, gets }) => gets !== (meets >= UNDERWAY.ourInvite && meets !== UNDERWAY.theirOffer ? 491 : 500));
    expect(odd.map(({ rule }) => rule)).toEqual(['RFC 3261 §14.2', 'RFC 3264 §4']);
  });
});

describe('the wait after 491, RFC 3261 §14.1', () => {
  it.each([
    { role: 'uac', from: 2100, to: 4000 },
    { role: 'uas', from: 0, to: 2000 },
  ] as const)('of the $role is $from to $to ms in steps of 10, both ends among them', ({ role, from, to }) => {
    const random = new SeededRandom(1);
    const drawn = new Set(Array.from({ length: 20_000 }, () => glareWaitMs(role, random)));
    expect(Math.min(...drawn)).toBe(from);
    expect(Math.max(...drawn)).toBe(to);
    expect(drawn.size).toBe((to - from) / 10 + 1);
    expect([...drawn].every((ms) => ms % 10 === 0)).toBe(true);
  });
});
