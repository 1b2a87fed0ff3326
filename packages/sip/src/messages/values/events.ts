/** Event, Subscription-State (RFC 6665 §8.2) and the entity tags of PUBLISH (RFC 3903 §11.3). Allow-Events is a token list: `readTokens`. */
import type { ReadonlyHeaders } from '../model.ts';
import type { Parameters } from '../parameters.ts';
import { isToken } from '../tokens.ts';
import { readSeconds } from '../typed-headers.ts';
import { type ParameterInit, numberText, parametersText, refuse, single, singleToken, tokenText } from './elements.ts';

/** What a subscription or publication is about (RFC 6665 §8.2.1). */
export interface EventType {
  /** As written, templates and all: `presence.winfo`. Compared with its case (RFC 6665 §8.2.1). */
  readonly type: string;
  /** What stands before the first dot. */
  readonly package: string;
  readonly templates: readonly string[];
  readonly id: string | undefined;
  readonly parameters: Parameters;
}

/** Event. Undefined when missing, repeated or malformed. */
export function readEvent(headers: ReadonlyHeaders): EventType | undefined {
  const element = singleToken(headers, 'Event');
  if (element === undefined) return undefined;
  const [first = '', ...templates] = element.value.split('.');
  if (first === '' || templates.includes('')) return undefined;
  return { type: element.value, package: first, templates, id: element.parameters.get('id'), parameters: element.parameters };
}

/** @throws SipError `SIP_HEADER_SYNTAX` for a type that is none, or a parameter that is none. */
export function formatEvent(type: string, parameters: ParameterInit = {}): string {
  if (tokenText('Event', type).split('.').includes('')) refuse('Event', `${JSON.stringify(type)} is no event type`);
  return type + parametersText('Event', parameters);
}

/** What a NOTIFY says of its subscription (RFC 6665 §8.2.3). */
export interface SubscriptionState {
  /** Lower-case. */
  readonly state: 'active' | 'pending' | 'terminated' | (string & {});
  /** Lower-case: `deactivated`, `probation`, `rejected`, `timeout`, `giveup`, `noresource`, `invariant` … */
  readonly reason?: string | undefined;
  /** Seconds. */
  readonly expires?: number | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/** Subscription-State. Undefined when missing, repeated or malformed; a parameter that is malformed counts as absent. */
export function readSubscriptionState(headers: ReadonlyHeaders): SubscriptionState | undefined {
  const element = singleToken(headers, 'Subscription-State');
  if (element === undefined) return undefined;
  const { value, parameters } = element;
  return {
    state: value.toLowerCase(),
    reason: parameters.get('reason')?.toLowerCase(),
    expires: readSeconds(parameters, 'expires'),
    retryAfter: readSeconds(parameters, 'retry-after'),
  };
}

/** @throws SipError `SIP_HEADER_SYNTAX` for a state or reason that is no token, or seconds outside 0 to 2^32-1. */
export function formatSubscriptionState({ state, reason, expires, retryAfter }: SubscriptionState): string {
  const header = 'Subscription-State';
  return (
    tokenText(header, state) +
    parametersText(header, {
      reason: reason === undefined ? undefined : tokenText(header, reason),
      expires: expires === undefined ? undefined : numberText(header, expires),
      'retry-after': retryAfter === undefined ? undefined : numberText(header, retryAfter),
    })
  );
}

/** Undefined when missing, repeated or no token. */
export function readEntityTag(headers: ReadonlyHeaders, name: 'SIP-ETag' | 'SIP-If-Match'): string | undefined {
  const text = single(headers, name);
  return text !== undefined && isToken(text) ? text : undefined;
}
