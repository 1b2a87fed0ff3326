/** Key presses as bodies: application/dtmf-relay (`Signal=5`, `Duration=160`) and application/dtmf (`5`). No RFC has them; codes are those of RFC 2833 §3.10. */
import { Buffer } from 'node:buffer';

/** `'flash'` is the hook flash, code 16. */
export type InfoDigit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#' | 'A' | 'B' | 'C' | 'D' | 'flash';

/** One key press, as INFO carries it. */
export interface DtmfInfo {
  readonly digit: InfoDigit;
  /** ms, 0 to 65535. */
  readonly durationMs: number;
}

export const RELAY = 'application/dtmf-relay';
export const PLAIN = 'application/dtmf';
/** Where the peer names no duration, and where we are asked for none; ms. */
export const DEFAULT_DURATION_MS = 160;

const KEYS = '0123456789*#ABCD';
/** A key press takes 30 bytes. */
const MAX_BYTES = 512;

/** The key of a body; `'empty'` when there is nothing in it, undefined when it is malformed. Never throws. */
export function readBody(type: typeof RELAY | typeof PLAIN, bytes: Uint8Array): DtmfInfo | 'empty' | undefined {
  if (bytes.length > MAX_BYTES) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').trim();
  if (text === '') return 'empty';
  if (type === RELAY) return readRelay(text);
  const digit = digitOf(text);
  return digit === undefined ? undefined : { digit, durationMs: DEFAULT_DURATION_MS };
}

export function writeRelay({ digit, durationMs }: DtmfInfo): Uint8Array {
  return Buffer.from(`Signal=${digit === 'flash' ? 16 : digit}\r\nDuration=${durationMs}\r\n`, 'latin1');
}

/** One key, in either case. */
export function keyOf(character: string): InfoDigit | undefined {
  const at = character.length === 1 ? KEYS.indexOf(character.toUpperCase()) : -1;
  return at < 0 ? undefined : (KEYS[at] as InfoDigit); // sound: every character of KEYS is one
}

/** Lines other than the two are somebody's extension; of two of a name the first counts. */
function readRelay(text: string): DtmfInfo | undefined {
  let signal: string | undefined;
  let duration: string | undefined;
  for (const line of text.split(/[\r\n]+/)) {
    const equals = line.indexOf('=');
    const name = line.slice(0, Math.max(equals, 0)).trim().toLowerCase();
    if (name === 'signal') signal ??= line.slice(equals + 1).trim();
    else if (name === 'duration') duration ??= line.slice(equals + 1).trim();
  }
  const digit = digitOf(signal ?? '');
  const durationMs = duration === undefined ? DEFAULT_DURATION_MS : millisecondsOf(duration);
  return digit === undefined || durationMs === undefined ? undefined : { digit, durationMs };
}

function millisecondsOf(text: string): number | undefined {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
  return value > 65535 ? undefined : value;
}

/** A key as it stands on the telephone, or its code from 10 to 16; `!` and `flash` are the hook flash. */
function digitOf(signal: string): InfoDigit | undefined {
  if (signal === '!' || signal === '16' || signal.toLowerCase() === 'flash') return 'flash';
  return keyOf(/^1[0-5]$/.test(signal) ? KEYS[Number(signal)]! : signal);
}
