/**
 * What a request must be before anybody is asked about it (RFC 3261 §8.2): checks in one order, the first that fails answers. Syntax (400, 414, 505, 513)
 * was the parser's; copies, merged requests and load the transaction layer's. We fork nothing, so Max-Breadth is read past (RFC 5393 §5.3.5). Pure.
 */
import type { CapabilityTable } from './capabilities.ts';
import type { Refusal } from './core.ts';
import { understandsParts } from './messages/body-handling.ts';
import type { SipRequest } from './messages/message.ts';
import { isKnownMethod, makesDialog } from './messages/methods.ts';
import { readList, readTokens } from './messages/typed-headers.ts';
import type { Spoken } from './spoken.ts';
import { hasCookie } from './transactions/key.ts';
import type { Flow } from './transport/transport.ts';

export interface AdmissionRules {
  readonly capabilities: CapabilityTable;
  /** A request of ours that came back. */
  looped(request: SipRequest): boolean;
  /** Somebody may take it. */
  serves(method: string): boolean;
  /** A `sips` URI of ours, for the peer of this flow, leads to us. */
  reachedBySips(flow: Flow): boolean;
  /** Bytes. */
  readonly maxBodyBytes: number;
}

/** Their bodies are the session's offers and answers; those of other methods are judged by whoever takes them. */
const carriesOffer = (method: string): boolean => method === 'INVITE' || method === 'UPDATE' || method === 'PRACK';

const REFUSE_400: Refusal = { status: 400 };
const REFUSE_CONTACT: Refusal = { status: 400, reason: 'Bad Contact' };
const REFUSE_416: Refusal = { status: 416 };
const REFUSE_482: Refusal = { status: 482 };
const REFUSE_483: Refusal = { status: 483 };
const REFUSE_413: Refusal = { status: 413 };

/** A request outside a dialog. Undefined: it may pass. @param flow - by which it came */
export function admitInitial(request: SipRequest, flow: Flow, rules: AdmissionRules): Refusal | undefined {
  const { method } = request;
  if (request.cseq.method !== method) return REFUSE_400;
  if (rules.looped(request)) return REFUSE_482;
  if (!rules.serves(method)) {
    return { status: isKnownMethod(method) ? 405 : 501, headers: { Allow: rules.capabilities.values.allow } };
  }
  return (
    checkContact(request) ??
    checkScheme(request) ??
    checkSips(request, flow, rules) ??
    checkRequire(request, rules.capabilities.values) ??
    checkSupported(request, rules) ??
    checkBody(request, rules.capabilities.values, rules.maxBodyBytes) ??
    // a user agent may answer what can go no further, and does for OPTIONS (§11); but a call passed on by us would go round for ever
    (request.maxForwards === 0 && method !== 'OPTIONS' ? REFUSE_483 : undefined)
  );
}

/** A request inside a dialog: it is meant for us, whatever its hop count and however many ways it has come. @param spoken - what counts inside it */
export function admitInside(request: SipRequest, rules: AdmissionRules, spoken: Spoken): Refusal | undefined {
  if (request.cseq.method !== request.method) return REFUSE_400;
  if (makesDialog(request.method) && request.contacts !== undefined) {
    const refused = checkContact(request);
    if (refused !== undefined) return refused;
  }
  return checkScheme(request) ?? checkRequire(request, spoken) ?? checkBody(request, spoken, rules.maxBodyBytes);
}

const isSipScheme = (scheme: string): boolean => scheme === 'sip' || scheme === 'sips';

/** What makes a dialog must say where further requests go (RFC 3261 §8.1.1.8). */
function checkContact(request: SipRequest): Refusal | undefined {
  if (!makesDialog(request.method)) return undefined;
  const contacts = request.contacts;
  // a caller of RFC 2543 need not give one: its From has to do
  if (contacts === undefined && !request.contactsMalformed && !hasCookie(request.via.branch)) return undefined;
  if (contacts === undefined || contacts === '*' || contacts.length > 1) return REFUSE_CONTACT;
  return isSipScheme(contacts[0]!.uri.scheme) ? undefined : REFUSE_416;
}

const checkScheme = ({ uri }: SipRequest): Refusal | undefined =>
  isSipScheme(uri.scheme) || uri.scheme === 'tel' ? undefined : REFUSE_416;

/**
 * Without TLS here, `sips` is a scheme that we do not speak (§8.2.2.1); with it, who calls for it has to be reached by it as well (RFC 5630 §5.1.2). Not
 * asked inside a dialog, where it is the scheme of our own Contact.
 */
function checkSips(request: SipRequest, flow: Flow, rules: AdmissionRules): Refusal | undefined {
  if (request.uri.scheme !== 'sips') return undefined;
  if (!rules.reachedBySips(flow)) return REFUSE_416;
  const { contacts } = request;
  const clear = makesDialog(request.method) && contacts !== undefined && contacts !== '*' && contacts[0]?.uri.scheme === 'sip';
  return clear ? REFUSE_CONTACT : undefined;
}

/** What whoever takes calls cannot do without, and the caller does not know (§21.4.15). Asked of what makes a dialog: inside one, it is known. */
function checkSupported(request: SipRequest, rules: AdmissionRules): Refusal | undefined {
  const { required } = rules.capabilities;
  if (required.length === 0 || !makesDialog(request.method)) return undefined;
  const offered = new Set(
    [...readTokens(request.headers, 'Supported'), ...readTokens(request.headers, 'Require')].map((tag) => tag.toLowerCase()),
  );
  const missing = required.filter((tag) => !offered.has(tag));
  return missing.length === 0 ? undefined : { status: 421, headers: { Require: missing.join(', ') } };
}

/** §8.2.2.3; Require has no meaning in ACK and CANCEL. Proxy-Require is for proxies, and we are none. */
function checkRequire(request: SipRequest, spoken: Spoken): Refusal | undefined {
  if (request.headers.get('Require') === undefined || request.method === 'ACK' || request.method === 'CANCEL') return undefined;
  const unknown = readTokens(request.headers, 'Require').filter((tag) => !spoken.supports(tag));
  if (unknown.length === 0) return undefined;
  const { supported } = spoken;
  return { status: 420, headers: { Unsupported: unknown.join(', '), ...(supported === '' ? {} : { Supported: supported }) } };
}

/** §8.2.3, and for INVITE what its sender can read (§20.1). */
function checkBody(request: SipRequest, spoken: Spoken, maxBodyBytes: number): Refusal | undefined {
  const { headers } = request;
  const length = request.content.length;
  if (length > maxBodyBytes) return REFUSE_413;
  if (length > 0) {
    const encoding = headers.get('Content-Encoding');
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return { status: 415, headers: { 'Accept-Encoding': 'identity' } };
    if (carriesOffer(request.method) && !isTaken(request, spoken)) return { status: 415, headers: { Accept: spoken.accept } };
  }
  if (request.method !== 'INVITE' || headers.get('Accept') === undefined) return undefined;
  return spoken.accepted(readList(headers, 'Accept')) ? undefined : { status: 406 };
}

/** Several parts are looked at one by one, where somebody takes such bodies. */
function isTaken(request: SipRequest, spoken: Spoken): boolean {
  const { body, headers } = request;
  if (body !== undefined && body.type.startsWith('multipart/') && spoken.accept !== '' && spoken.accepts('multipart/mixed'))
    return understandsParts({ headers, body }, spoken);
  return (body !== undefined && spoken.accepts(body.type)) || isOptional(headers.get('Content-Disposition'));
}

/** `handling=optional`: a body that may be ignored (§20.11). */
function isOptional(disposition: string | undefined): boolean {
  if (disposition === undefined) return false;
  return disposition.split(';').some((part) => part.replaceAll(/\s/g, '').toLowerCase() === 'handling=optional');
}
