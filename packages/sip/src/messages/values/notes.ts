/** Notes to the human at the other end: Alert-Info, Call-Info, Error-Info (RFC 3261 §20.4, §20.9, §20.18), Warning (§20.43), In-Reply-To, Priority. */
import type { ReadonlyHeaders, Uri } from '../model.ts';
import { parseNameAddr, uriText } from '../name-addr.ts';
import type { Parameters } from '../parameters.ts';
import { LESS, QUOTE, isToken, readDigits, skipQuoted, unquote } from '../tokens.ts';
import { readList } from '../typed-headers.ts';
import { type ParameterInit, callIdText, isCallId, numberText, parametersText, quotedText, refuse, single, tokenText } from './elements.ts';

/** Something to be had at a URI. */
export interface InfoReference {
  readonly uri: Uri;
  /** Of Call-Info, lower-case: `icon`, `info`, `card` … */
  readonly purpose: string | undefined;
  readonly parameters: Parameters;
}

/** In order; malformed elements, and those without angle brackets, are left out. */
export function readInfoReferences(headers: ReadonlyHeaders, name: 'Alert-Info' | 'Call-Info' | 'Error-Info'): readonly InfoReference[] {
  return readList(headers, name).flatMap((text) => {
    const party = text.charCodeAt(0) === LESS ? parseNameAddr(text) : undefined;
    if (party === undefined) return [];
    const { uri, parameters } = party;
    return { uri, purpose: parameters.get('purpose')?.toLowerCase(), parameters };
  });
}

/** @throws SipError `SIP_URI_SYNTAX` for an object that writes no URI, `SIP_HEADER_SYNTAX` for a parameter that is none. */
export function formatInfoReference(uri: Uri, parameters: ParameterInit = {}): string {
  return `<${uriText(uri)}>${parametersText('Call-Info', parameters)}`;
}

/** One Warning (RFC 3261 §20.43). */
export interface Warning {
  /** 300 to 399 where RFC 3261 or a later one gives it; 100 to 999. */
  readonly code: number;
  /** Host, with port maybe, or a pseudonym. */
  readonly agent: string;
  readonly text: string;
}

/** In order; malformed elements are left out. */
export function readWarnings(headers: ReadonlyHeaders): readonly Warning[] {
  return readList(headers, 'Warning').flatMap((text) => parseWarning(text) ?? []);
}

function parseWarning(text: string): Warning | undefined {
  const code = readDigits(text, 0, 3, 999);
  const agentTo = text.indexOf(' ', 4);
  if (code === undefined || code < 100 || text.charAt(3) !== ' ' || agentTo < 5) return undefined;
  const agent = text.slice(4, agentTo);
  if (!isAgent(agent) || text.charCodeAt(agentTo + 1) !== QUOTE) return undefined;
  return skipQuoted(text, agentTo + 1, text.length) === text.length
    ? { code, agent, text: unquote(text, agentTo + 2, text.length - 1) }
    : undefined;
}

function isAgent(text: string): boolean {
  return isToken(text) || /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(text);
}

/** @throws SipError `SIP_HEADER_SYNTAX` for a code outside 100 to 999, an agent that is neither host nor token, a text with CR, LF or NUL. */
export function formatWarning({ code, agent, text }: Warning): string {
  if (!isAgent(agent)) refuse('Warning', `${JSON.stringify(agent)} is no agent`);
  return `${numberText('Warning', code, 999, 100)} ${agent} ${quotedText('Warning', text)}`;
}

/** Call-IDs of the calls that this one returns (RFC 3261 §20.21); what is none is left out. */
export function readInReplyTo(headers: ReadonlyHeaders): readonly string[] {
  return headers
    .getAll('In-Reply-To')
    .flatMap((value) => value.split(','))
    .map((text) => text.trim())
    .filter((text) => isCallId(text));
}

/** @throws SipError `SIP_HEADER_SYNTAX` for no Call-ID at all, or a text that is none. */
export function formatInReplyTo(callIds: readonly string[]): string {
  if (callIds.length === 0) refuse('In-Reply-To', 'wants a Call-ID');
  return callIds.map((callId) => callIdText('In-Reply-To', callId)).join(', ');
}

/** Lower-case: `emergency`, `urgent`, `normal`, `non-urgent` or another token; `normal` when it is missing or malformed (RFC 3261 §20.26). */
export function readPriority(headers: ReadonlyHeaders): string {
  const text = single(headers, 'Priority');
  return text !== undefined && isToken(text) ? text.toLowerCase() : 'normal';
}

/** @throws SipError `SIP_HEADER_SYNTAX` for what is no token. */
export function formatPriority(priority: string): string {
  return tokenText('Priority', priority);
}
