/** Session-Expires and Min-SE (RFC 4028 §4, §5). What follows from them is a supplement's. */
import type { ReadonlyHeaders } from '../model.ts';
import { readDigits } from '../tokens.ts';
import { numberText, parametersText, singleToken } from './elements.ts';

/** Interval and refresher of a Session-Expires (RFC 4028 §4). */
export interface SessionExpires {
  /** 0 to 2^32-1; below 90 it is not for use (§4). */
  readonly seconds: number;
  /** Seen from the request; undefined: left to who answers. */
  readonly refresher?: 'uac' | 'uas' | undefined;
}

/** Undefined when missing, repeated, malformed or out of range. A refresher that is neither counts as absent. */
export function readSessionExpires(headers: ReadonlyHeaders): SessionExpires | undefined {
  const seconds = readLeadingSeconds(headers, 'Session-Expires');
  if (seconds === undefined) return undefined;
  const refresher = singleToken(headers, 'Session-Expires')?.parameters.get('refresher')?.toLowerCase();
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

/** Seconds. Undefined when missing, repeated, malformed or out of range. */
export function readMinSE(headers: ReadonlyHeaders): number | undefined {
  return readLeadingSeconds(headers, 'Min-SE');
}

function readLeadingSeconds(headers: ReadonlyHeaders, name: string): number | undefined {
  const text = singleToken(headers, name)?.value;
  return text === undefined ? undefined : readDigits(text, 0, text.length, 0xffffffff);
}

/** @throws SipError `SIP_HEADER_SYNTAX` for seconds outside 0 to 2^32-1. */
export function formatSessionExpires({ seconds, refresher }: SessionExpires): string {
  return numberText('Session-Expires', seconds) + parametersText('Session-Expires', { refresher });
}

/** @throws SipError `SIP_HEADER_SYNTAX` for seconds outside 0 to 2^32-1. */
export function formatMinSE(seconds: number): string {
  return numberText('Min-SE', seconds);
}
