/** Keys as INFO requests: one after the other, each for as long as it is held. */
import { SipError } from '@jackfield/base';
import type { IncomingResponse, Session } from '@jackfield/session';
import { DEFAULT_DURATION_MS, RELAY, keyOf, writeRelay, type InfoDigit } from './body.ts';

/**
 * Sends an application/dtmf-relay INFO for each key, the next one `durationMs` after the one before was answered. Resolves with the last response;
 * a refusal (300 and up) stops the rest and is the last. Not awaited in a hook.
 *
 * @param digits - keys `0` to `9`, `*`, `#`, `A` to `D`, at least one; or `'flash'`, the hook flash.
 * @param durationMs - 1 to 10000; default 160.
 * @throws {@link SipError} as a rejection: `DTMF_INFO_DIGITS`, `DTMF_INFO_DURATION`, `SESSION_ENDED`, `SESSION_HOOK_FAILED`.
 */
export async function sendDtmfInfo(session: Session, digits: string, durationMs = DEFAULT_DURATION_MS): Promise<IncomingResponse> {
  const [first, ...rest] = keysOf(digits);
  if (!Number.isInteger(durationMs) || durationMs < 1 || durationMs > 10_000) {
    throw new SipError('DTMF_INFO_DURATION', `a key is held for 1 to 10000 ms, got ${durationMs}`, { durationMs });
  }
  let response = await send(session, first, durationMs);
  for (const digit of rest) {
    if (response.status >= 300) break;
    await pause(session, durationMs);
    response = await send(session, digit, durationMs);
  }
  return response;
}

function keysOf(digits: string): [InfoDigit, ...InfoDigit[]] {
  if (digits === 'flash') return ['flash'];
  const [first, ...rest] = Array.from(digits, (character) => keyOf(character) ?? refuse(digits));
  return [first ?? refuse(digits), ...rest];
}

function refuse(digits: string): never {
  throw new SipError('DTMF_INFO_DIGITS', `${JSON.stringify(digits)} are no keys`, { digits });
}

function send(session: Session, digit: InfoDigit, durationMs: number): Promise<IncomingResponse> {
  return session.sendRequest('INFO', { body: { type: RELAY, bytes: writeRelay({ digit, durationMs }) } });
}

/** Timers of a session are gone with it: its end ends the pause as well, and the next request says so. */
function pause(session: Session, ms: number): Promise<void> {
  return new Promise((resolve) => {
    session.after(ms, resolve);
    void session.ended.then(() => resolve());
  });
}
