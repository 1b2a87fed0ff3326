/**
 * What the scanners read: the characters of the text in hand, as codes in one array that lives as long as the program. An array that is a constant costs
 * half of what `charCodeAt` does, a character. Places in it are places in the text. Scanning never waits, so one array serves all.
 */
import { BACKSLASH, CLASS, CR, LF, QUOTE, isSpace } from './tokens.ts';

/** The longest text that is read to its end: beyond it there are no characters, so that what is longer is malformed. No more of it is used than was needed. */
export const MAX_TEXT = 1 << 20;

/** Codes by place; 255 for all that are above, since the grammar has none of either. A 0 stands behind the text. */
export const CODES = new Uint8Array(MAX_TEXT + 64);
/** The same memory, for reading four characters at once. */
export const WORDS = new DataView(CODES.buffer);

/** The classes that two characters share. */
const PAIRS = new Uint16Array(0x10000);
for (let second = 0; second < 128; second += 1) {
  for (let first = 0; first < 128; first += 1) PAIRS[(second << 8) | first] = CLASS[first]! & CLASS[second]!;
}

let current = '';
let first = 0;
let last = 0;

/** Makes sure that the characters of `text` from `from` to `to` lie in {@link CODES}: every scanner's first step. */
export function look(text: string, from: number, to: number): void {
  if (from >= first && to <= last && text === current) return;
  const end = Math.min(to, MAX_TEXT);
  for (let at = from; at < end; at += 1) {
    const code = text.charCodeAt(at);
    CODES[at] = code < 256 ? code : 255;
  }
  hold(text, from, end);
}

/** {@link look} for all of `text`, whose characters are `bytes`, at most {@link MAX_TEXT}: faster than one by one. */
export function lookAtBytes(text: string, bytes: Uint8Array): void {
  CODES.set(bytes);
  hold(text, 0, bytes.length);
}

function hold(text: string, from: number, to: number): void {
  CODES[to] = 0;
  current = text;
  first = from;
  last = to;
}

/** The first place from `at` on that is no white space, at most `end`. */
export function passSpace(at: number, end: number): number {
  while (at < end && isSpace(CODES[at]!)) at += 1;
  return at;
}

/** The place behind the last character before `end` that is no white space, at least `from`. */
export function passSpaceBack(from: number, end: number): number {
  while (end > from && isSpace(CODES[end - 1]!)) end -= 1;
  return end;
}

/** The first place from `at` on whose character is not in `bits`, at most `end`. */
export function passClass(at: number, end: number, bits: number): number {
  while (at + 1 < end && (PAIRS[WORDS.getUint16(at, true)]! & bits) !== 0) at += 2;
  if (at < end && (CLASS[CODES[at]!]! & bits) !== 0) at += 1;
  return at;
}

/** `at` is an opening quote: the place behind its closing quote, or -1 when there is none before `end`. */
export function passQuoted(at: number, end: number): number {
  for (at += 1; at < end; at += 1) {
    const code = CODES[at];
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  return -1;
}

/** The place of the first CR or LF from `at` on, at most `end`; four characters at once, and no look at `end` on the way: what lies in hand ends with a 0. */
export function passText(at: number, end: number): number {
  while (at < end) {
    let controls = controlsAt(at);
    while (controls === 0) {
      at += 4;
      controls = controlsAt(at);
    }
    at += (31 - Math.clz32(controls & -controls)) >> 3;
    const code = CODES[at]!;
    if (at >= end) break;
    if (code === CR || code === LF) return at;
    at += 1;
  }
  return end;
}

/** Of the four characters at `at`, the highest bits of those below 0x20: the lowest bit that is set tells the first one, those above it may be set by its borrow. */
function controlsAt(at: number): number {
  const word = WORDS.getInt32(at, true);
  return (word - SPACES) & ~word & HIGHEST;
}

/** As `readDigits`, of the characters in hand. */
export function digitsAt(from: number, to: number, max: number): number | undefined {
  if (from >= to) return undefined;
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = CODES[at]! - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
    if (value > max) return undefined;
  }
  return value;
}

/** Whether the four characters at `at` are those of `word`, which {@link wordOf} made; `caseBits` are those that differ by case. */
export function wordIs(at: number, word: number, caseBits: number): boolean {
  return (WORDS.getInt32(at, true) | caseBits) === word;
}

/** Up to four characters as one number, to compare with. */
export function wordOf(text: string): number {
  let word = 0;
  for (let at = 0; at < text.length; at += 1) word |= text.charCodeAt(at) << (at << 3);
  return word;
}

const SPACES = 0x20202020;
const HIGHEST = 0x80808080 | 0;

/** The case bits of four letters, and of three. */
export const LETTERS = 0x20202020;
export const THREE_LETTERS = 0x00202020;
