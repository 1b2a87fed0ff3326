/** The session description in a message: where it lies, and what its absence or its faults mean (RFC 3261 §13.2.1, RFC 5621). */
import { SipError } from '@jackfield/base';
import { parseDescription, type Description } from '@jackfield/sdp';
import { sessionPartOf, textBody, type Body } from '@jackfield/sip';

export const SDP = 'application/sdp';
/** What a session reads by itself, the containers of RFC 5621 §4.2 included. */
export const READS = [SDP, 'multipart/mixed', 'multipart/alternative'] as const;

/** The bytes of the description: the body, or that part of a multipart one which is the session's. */
export function sdpOf(body: Body | undefined): Uint8Array | undefined {
  return body?.type === SDP ? body.bytes : body && sessionPartOf(body);
}

/** @throws SESSION_NEGOTIATION with the rule that the description breaks */
export function readSdp(bytes: Uint8Array): Description {
  const verdict = parseDescription(bytes);
  if (verdict.ok) return verdict.description;
  throw new SipError('SESSION_NEGOTIATION', `the session description is unreadable: ${verdict.rule}`, { rule: `sdp-${verdict.rule}` });
}

export function sdpBody(text: string): Body;
export function sdpBody(text: string | undefined): Body | undefined;
export function sdpBody(text: string | undefined): Body | undefined {
  return text === undefined ? undefined : textBody(SDP, text);
}

/** What a failed negotiation answers to the offer: 400 for bytes that are no description, 413 and 488 for one we cannot have, 500 for a handler that broke. */
export function statusOf(error: unknown): number {
  if (!(error instanceof SipError)) return 500;
  if (error.code === 'SESSION_NEGOTIATION') {
    const { rule } = error.info as { readonly rule: string };
    if (rule === 'sdp-too-large') return 413;
    return rule.startsWith('sdp-') && !rule.startsWith('sdp-too-') ? 400 : 488; // too many of something is a description all the same
  }
  if (error.code === 'SESSION_NO_MEDIA') return 488;
  return error.cause instanceof SipError ? 488 : 500;
}

/** A failed round of hooks is 500; a failed negotiation says itself. */
export function statusOfRound(error: SipError): number {
  const info: unknown = error.info;
  const hook = typeof info === 'object' && info !== null && 'hook' in info ? info.hook : undefined;
  return hook === 'incomingRequest' || hook === 'outgoingResponse' ? 500 : statusOf(error);
}
