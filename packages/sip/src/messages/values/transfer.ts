/** Transfer and its relatives: Refer-To (RFC 3515), Referred-By (RFC 3892), Refer-Sub (RFC 4488), Replaces (RFC 3891), Target-Dialog (RFC 4538). */
import type { NameAddr, ReadonlyHeaders } from '../model.ts';
import type { Party } from '../name-addr.ts';
import { SipUri } from '../uri-syntax.ts';
import { parseParameterised } from '../typed-headers.ts';
import { readAddress } from './addresses.ts';
import { addressText, callIdText, isCallId, onlyToken, quotedText, refuse, single, singleToken, tokenText } from './elements.ts';
import { formatUriHeaders, readUriHeaders } from './uri-headers.ts';

/** The dialog that a new call takes the place of (RFC 3891 §6.1); tags as the recipient of the INVITE has them: `toTag` is its own. */
export interface Replaces {
  readonly callId: string;
  readonly toTag: string;
  readonly fromTag: string;
  /** Only a dialog that is early may be replaced. */
  readonly earlyOnly?: boolean | undefined;
}

/** Undefined when missing, repeated or malformed: without exactly one tag of each kind it names no dialog (RFC 3891 §6.1). */
export function readReplaces(headers: ReadonlyHeaders): Replaces | undefined {
  const text = single(headers, 'Replaces');
  const element = text === undefined ? undefined : parseParameterised(text);
  if (element === undefined || !isCallId(element.value)) return undefined;
  const { parameters } = element;
  const toTag = onlyToken(parameters, 'to-tag');
  const fromTag = onlyToken(parameters, 'from-tag');
  if (toTag === undefined || fromTag === undefined) return undefined;
  return { callId: element.value, toTag, fromTag, earlyOnly: parameters.has('early-only') };
}

/** @throws SipError `SIP_HEADER_SYNTAX` for a Call-ID or a tag that is none. */
export function formatReplaces({ callId, toTag, fromTag, earlyOnly = false }: Replaces): string {
  const tags = `;to-tag=${tokenText('Replaces', toTag)};from-tag=${tokenText('Replaces', fromTag)}`;
  return `${callIdText('Replaces', callId)}${tags}${earlyOnly ? ';early-only' : ''}`;
}

/** A dialog that a request outside it speaks of (RFC 4538 §7). */
export interface TargetDialog {
  readonly callId: string;
  /** As the recipient sees it. */
  readonly localTag?: string | undefined;
  readonly remoteTag?: string | undefined;
}

/** Undefined when missing, repeated or malformed. */
export function readTargetDialog(headers: ReadonlyHeaders): TargetDialog | undefined {
  const text = single(headers, 'Target-Dialog');
  const element = text === undefined ? undefined : parseParameterised(text);
  if (element === undefined || !isCallId(element.value)) return undefined;
  const { parameters } = element;
  const localTag = onlyToken(parameters, 'local-tag');
  const remoteTag = onlyToken(parameters, 'remote-tag');
  if ((parameters.has('local-tag') && localTag === undefined) || (parameters.has('remote-tag') && remoteTag === undefined))
    return undefined;
  return { callId: element.value, localTag, remoteTag };
}

/** @throws SipError `SIP_HEADER_SYNTAX` for a Call-ID or a tag that is none. */
export function formatTargetDialog({ callId, localTag, remoteTag }: TargetDialog): string {
  const header = 'Target-Dialog';
  return (
    callIdText(header, callId) +
    (localTag === undefined ? '' : `;local-tag=${tokenText(header, localTag)}`) +
    (remoteTag === undefined ? '' : `;remote-tag=${tokenText(header, remoteTag)}`)
  );
}

/** Whom a REFER asks to be contacted (RFC 3515 §2.1). */
export interface ReferTo {
  /** Its URI may carry headers and a method parameter, which are read here. */
  readonly address: Party;
  /** Of the request that is wanted; INVITE unless its URI says otherwise. */
  readonly method: string;
  /** Which dialog the new call takes the place of. Undefined also when it is malformed. */
  readonly replaces: Replaces | undefined;
}

/** Refer-To. Undefined when missing, repeated or malformed, or when the headers in its URI are. */
export function readReferTo(headers: ReadonlyHeaders): ReferTo | undefined {
  const address = readAddress(headers, 'Refer-To');
  const inside = address === undefined ? undefined : readUriHeaders(address.uri);
  if (address === undefined || inside === undefined) return undefined;
  const method = address.uri instanceof SipUri ? address.uri.parameters.get('method') : undefined;
  return { address, method: method ?? 'INVITE', replaces: readReplaces(inside) };
}

/**
 * @param replaces - written into the URI, which has to be a SIP one then; headers that it carries already are kept.
 * @throws SipError `SIP_URI_SYNTAX` for an object that writes no URI, `SIP_HEADER_SYNTAX` for `replaces` that is none or has no place.
 */
export function formatReferTo(address: NameAddr, replaces?: Replaces): string {
  if (replaces === undefined) return addressText('Refer-To', address, {});
  const { uri, displayName } = address;
  if (!(uri instanceof SipUri)) return refuse('Refer-To', 'Replaces stands in a SIP URI only');
  const added = formatUriHeaders({ Replaces: formatReplaces(replaces) });
  const headers = uri.headers === undefined ? added : `${uri.headers}&${added}`;
  return addressText('Refer-To', { displayName, uri: uri.with({ headers }) }, {});
}

/** Who asked for it (RFC 3892 §3). */
export interface ReferredBy {
  readonly address: Party;
  /** Content-ID of the body that vouches for it. */
  readonly contentId: string | undefined;
}

/** Undefined when missing, repeated or malformed. */
export function readReferredBy(headers: ReadonlyHeaders): ReferredBy | undefined {
  const address = readAddress(headers, 'Referred-By');
  return address === undefined ? undefined : { address, contentId: address.parameters.get('cid') };
}

/** @throws SipError `SIP_URI_SYNTAX` for an object that writes no URI, `SIP_HEADER_SYNTAX` for a Content-ID with CR, LF or NUL. */
export function formatReferredBy(address: NameAddr, contentId?: string): string {
  const vouched = contentId === undefined ? '' : `;cid=${quotedText('Referred-By', contentId)}`; // in quotes always (RFC 3892 §3)
  return addressText('Referred-By', address, {}) + vouched;
}

/** Whether a REFER makes a subscription: true when nothing, or nonsense, is said (RFC 4488 §4). */
export function readReferSub(headers: ReadonlyHeaders): boolean {
  return singleToken(headers, 'Refer-Sub')?.value.toLowerCase() !== 'false';
}
