/** Writers of Retry-After, Date, Timestamp (RFC 3261 §20) and RAck (RFC 3262 §7.2), and RSeq. Their other readers are in typed-headers.ts. */
import type { ReadonlyHeaders } from '../model.ts';
import { MONTHS, readInteger } from '../typed-headers.ts';
import { numberText, parametersText, refuse, tokenText } from './elements.ts';

/** RSeq (RFC 3262 §7.1): 1 to 2^32-1. Undefined when missing, malformed or out of range. */
export function readRSeq(headers: ReadonlyHeaders): number | undefined {
  const sequence = readInteger(headers, 'RSeq');
  return sequence === 0 ? undefined : sequence;
}

/** @throws SipError `SIP_HEADER_SYNTAX` for numbers out of range, or a method that is no token. */
export function formatRAck(rack: { readonly response: number; readonly sequence: number; readonly method: string }): string {
  const { response, sequence, method } = rack;
  return `${numberText('RAck', response)} ${numberText('RAck', sequence, 0x7fffffff)} ${tokenText('RAck', method)}`;
}

/**
 * @param seconds - to wait; `duration`: for how long the callee is there then.
 * @throws SipError `SIP_HEADER_SYNTAX` for seconds outside 0 to 2^32-1.
 */
export function formatRetryAfter(seconds: number, duration?: number): string {
  const header = 'Retry-After';
  return (
    numberText(header, seconds) + parametersText(header, { duration: duration === undefined ? undefined : numberText(header, duration) })
  );
}

const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];
const DAY_MS = 86_400_000;
const YEAR_MS = 31_556_952_000;

/**
 * @param ms - since the Unix epoch, up to the year 9999.
 * @throws SipError `SIP_HEADER_SYNTAX` for a time before or after that.
 */
export function formatDate(ms: number): string {
  if (!(ms >= 0 && ms < Date.UTC(10_000, 0))) return refuse('Date', `${ms} is no time in ms`);
  let year = 1970 + Math.floor(ms / YEAR_MS); // or one beside it
  if (Date.UTC(year, 0) > ms) year -= 1;
  else if (Date.UTC(year + 1, 0) <= ms) year += 1;
  let month = 11;
  while (Date.UTC(year, month) > ms) month -= 1;
  const day = Math.floor((ms - Date.UTC(year, month)) / DAY_MS) + 1;
  const second = Math.floor((ms % DAY_MS) / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  return `${DAYS[Math.floor(ms / DAY_MS) % 7]!}, ${two(day)} ${MONTHS[month]!} ${year} ${time} GMT`;
}

/**
 * @param seconds - and `delay`: not negative; digits past the microsecond are left out.
 * @throws SipError `SIP_HEADER_SYNTAX` for another number.
 */
export function formatTimestamp(seconds: number, delay?: number): string {
  return delay === undefined ? fraction(seconds) : `${fraction(seconds)} ${fraction(delay)}`;
}

function fraction(value: number): string {
  if (!(value >= 0 && value < 1e15)) return refuse('Timestamp', `${value} is no time in seconds`);
  return value.toFixed(6).replace(/\.?0+$/, '');
}
