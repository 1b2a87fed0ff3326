/** Profiles of peers, checked once. */
import { DigestClient, parseUri, type TransportKind } from '@jackfield/sip';
import type { EndpointMatch, EndpointProfile } from '../contract/endpoint.ts';
import { networksOf } from './networks.ts';
import { FLOW_LOST, milliseconds, oneOf, optionError, RELIABILITIES } from './option-range.ts';

/** Whether there is anything in a match to look it up by. */
const LOOKED_UP_BY = ['address', 'user', 'header', 'requestUri', 'certificate'] as const satisfies readonly (keyof EndpointMatch)[];

/** One or several, as a list. */
export const listOf = <T>(given: T | readonly T[] | undefined): readonly T[] =>
  given === undefined ? [] : Array.isArray(given) ? (given as readonly T[]) : [given as T];

/** Whose passwords prove that it is this endpoint; undefined: anybody's, for where it calls from tells who it is. A user in From is a mere claim. */
export function usernamesOf({ usernames, match, name }: EndpointProfile): readonly string[] | undefined {
  const named = usernames ?? match?.user;
  if (named !== undefined) return listOf(named);
  return match?.address === undefined && match?.certificate === undefined ? [name] : undefined;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isName = (value: unknown): boolean => isText(value) && value !== '';
const isFieldMatch = (given: Partial<NonNullable<EndpointMatch['header']>> | null): boolean =>
  isName(given?.name) && isTextOrPattern(given?.value);
const isTextOrPattern = (value: unknown): boolean => isText(value) || value instanceof RegExp;

const TRANSPORTS: readonly TransportKind[] = ['UDP', 'TCP', 'TLS', 'WS', 'WSS'];
const YES_OR_NO: readonly unknown[] = [false, true];

/**
 * The profile of a peer: for `endpoints` of `createSessionService`, and for `endpoint` of a call of ours.
 *
 * @throws SESSION_OPTION for what cannot be recognised, an address that is none, a time or a choice that is out of its range; SIP_OPTION for a credential
 * that is none.
 */
export function defineEndpoint<const P extends EndpointProfile>(profile: P): Readonly<P> {
  assertProfile(profile);
  return Object.freeze({ ...profile });
}

/** @throws as `defineEndpoint`, which not every profile has seen. */
export function assertProfile(profile: EndpointProfile): void {
  const { name, usernames, match, timers, credentials, allowFrom, nat, codecs } = profile;
  const wrong = (option: string, what: string): never => {
    throw optionError(option, `endpoint ${name}: ${option} ${what}`);
  };
  if (!isName(name)) wrong('name', 'is empty');
  oneOf('trusted', profile.trusted, YES_OR_NO);
  oneOf('authenticateInDialog', profile.authenticateInDialog, YES_OR_NO);
  oneOf('nat.requestsToSource', nat?.requestsToSource, YES_OR_NO);
  oneOf('nat.responsesToSource', nat?.responsesToSource, YES_OR_NO);
  oneOf('redirects', profile.redirects, ['end', 'follow']);
  oneOf('reliable', profile.reliable, RELIABILITIES);
  oneOf('flowLost', profile.flowLost, FLOW_LOST);
  for (const option of ['ringMs', 'reinviteMs', 'answerOfferMs'] as const) milliseconds(option, timers?.[option], undefined);
  if (codecs !== undefined && !(Array.isArray(codecs) && codecs.every(isName))) wrong('codecs', 'is a list of names');
  if (allowFrom !== undefined) networksOf(allowFrom, 'allowFrom');
  if (usernames !== undefined && !(listOf(usernames).length > 0 && listOf(usernames).every(isName)))
    wrong('usernames', 'is a name, or a list of names');
  if (match !== undefined) {
    const { header, requestUri } = match;
    const named = LOOKED_UP_BY.filter((key) => match[key] !== undefined);
    if (named.length === 0) wrong('match', `wants one of ${LOOKED_UP_BY.join(', ')}`);
    for (const key of ['address', 'user', 'certificate', 'transport'] as const) {
      if (match[key] !== undefined && listOf<string>(match[key]).length === 0) wrong(key, 'is an empty list');
      if (!listOf<string>(match[key]).every(isText)) wrong(key, 'is a text, or a list of texts');
    }
    networksOf(listOf(match.address), 'address');
    for (const transport of listOf(match.transport)) oneOf('transport', transport, TRANSPORTS);
    if (header !== undefined && !isFieldMatch(header)) wrong('header', 'wants a name, and a text or a pattern as value');
    if (requestUri !== undefined && !isTextOrPattern(requestUri)) wrong('requestUri', 'is a text or a pattern');
    if (typeof requestUri === 'string' && parseUri(requestUri) === undefined) wrong('requestUri', 'is no URI');
  }
  if (credentials !== undefined) void new DigestClient('credentials' in credentials ? credentials : { credentials });
}
