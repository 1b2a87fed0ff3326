/** Profiles of peers, checked once. */
import { SipError } from '@jackfield/base';
import { DigestClient, parseUri } from '@jackfield/sip';
import type { EndpointMatch, EndpointProfile } from '../contract/endpoint.ts';
import { networksOf } from './networks.ts';

/** Whether there is anything in a match to look it up by. */
const LOOKED_UP_BY = ['address', 'user', 'header', 'requestUri', 'certificate'] as const satisfies readonly (keyof EndpointMatch)[];

/** One or several, as a list. */
export const listOf = <T>(given: T | readonly T[] | undefined): readonly T[] =>
  given === undefined ? [] : Array.isArray(given) ? (given as readonly T[]) : [given as T];

/**
 * The profile of a peer: for `endpoints` of `createSessionService`, and for `endpoint` of a call of ours.
 *
 * @throws SIP_OPTION for what cannot be recognised, an address that is none, a time that is not positive, a credential that is none.
 */
export function defineEndpoint<const P extends EndpointProfile>(profile: P): Readonly<P> {
  const { name, match, timers, credentials, allowFrom } = profile;
  const wrong = (option: string, what: string): never => {
    throw new SipError('SIP_OPTION', `endpoint ${name}: ${option} ${what}`, { option });
  };
  if (name === '') wrong('name', 'is empty');
  for (const option of ['ringMs', 'reinviteMs', 'answerOfferMs'] as const) {
    const ms = timers?.[option];
    if (ms !== undefined && !(Number.isFinite(ms) && ms > 0)) wrong(option, `is positive, got ${ms}`);
  }
  if (allowFrom !== undefined) networksOf(allowFrom, 'allowFrom');
  if (match !== undefined) {
    const named = LOOKED_UP_BY.filter((key) => match[key] !== undefined);
    if (named.length === 0) wrong('match', `wants one of ${LOOKED_UP_BY.join(', ')}`);
    for (const key of ['address', 'user', 'certificate', 'transport'] as const) {
      if (match[key] !== undefined && listOf<string>(match[key]).length === 0) wrong(key, 'is an empty list');
    }
    networksOf(listOf(match.address), 'address');
    if (typeof match.requestUri === 'string' && parseUri(match.requestUri) === undefined) wrong('requestUri', 'is no URI');
  }
  if (credentials !== undefined) void new DigestClient('credentials' in credentials ? credentials : { credentials });
  return Object.freeze({ ...profile });
}
