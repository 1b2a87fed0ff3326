/** Reason (RFC 3326 §2). Parameters other than cause and text are left out. */
import type { ReadonlyHeaders } from '../model.ts';
import { QUOTE, isToken, readDigits, sanitise, skipQuoted, skipSpace, skipSpaceBack, unquote } from '../tokens.ts';
import { elementsOf, numberText, quotedText, tokenText } from './elements.ts';

/** Why a call ended or was refused: a protocol and its cause. */
export interface Reason {
  /** `SIP` (cause is a status), `Q.850` (cause is one of ITU-T Q.850), or another token. */
  readonly protocol: string;
  /** 0 to 999. */
  readonly cause?: number | undefined;
  readonly text?: string | undefined;
}

/**
 * Values of all fields, in order. Lenient, since peers are careless with it: one without a protocol is left out, a cause that is no number counts as absent,
 * a text may come without quotes; its control characters become U+FFFD.
 */
export function readReasons(headers: ReadonlyHeaders): readonly Reason[] {
  return parseReasons(headers.getAll('Reason'));
}

let lastText = '';
let lastRead: readonly Reason[] = [];

/** {@link readReasons} of header values, one a field. */
export function parseReasons(values: readonly string[]): readonly Reason[] {
  if (values.length !== 1) return reasonsOf(values);
  const text = values[0]!;
  if (text === lastText) return lastRead; // most calls end alike, and more than one asks why
  lastRead = Object.freeze(reasonsOf(values));
  lastText = text;
  return lastRead;
}

function reasonsOf(values: readonly string[]): Reason[] {
  const reasons: Reason[] = [];
  for (const text of elementsOf(values)) {
    const reason = parseReason(text);
    if (reason !== undefined) reasons.push(reason);
  }
  return reasons;
}

function parseReason(text: string): Reason | undefined {
  let end = endOfPart(text, 0);
  const protocol = text.slice(0, skipSpaceBack(text, 0, end));
  if (!isToken(protocol)) return undefined;
  let cause: number | undefined;
  let said: string | undefined;
  while (end < text.length) {
    const from = skipSpace(text, end + 1, text.length);
    end = endOfPart(text, from);
    const equals = text.indexOf('=', from);
    if (equals < 0 || equals > end) continue;
    const name = text.slice(from, skipSpaceBack(text, from, equals)).toLowerCase();
    const valueFrom = skipSpace(text, equals + 1, end);
    const valueTo = skipSpaceBack(text, valueFrom, end);
    if (name === 'cause') cause ??= readDigits(text, valueFrom, valueTo, 999);
    else if (name === 'text') said ??= spoken(text, valueFrom, valueTo);
  }
  return { protocol: spelt(protocol), cause, text: said };
}

/** The place of the semicolon that ends what begins at `at`, or the end. */
function endOfPart(text: string, at: number): number {
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x3b) return at;
    if (code !== QUOTE) continue;
    const behind = skipQuoted(text, at, text.length);
    if (behind < 0) return text.length; // quotes that do not close hold all the rest
    at = behind - 1;
  }
  return at;
}

function spoken(text: string, from: number, to: number): string | undefined {
  if (text.charCodeAt(from) !== QUOTE) return sanitise(text.slice(from, to));
  return skipQuoted(text, from, to) === to ? sanitise(unquote(text, from + 1, to - 1)) : undefined;
}

/** Tokens have no case (RFC 3261 §7.3.1); these two are spelt as the RFC spells them. */
function spelt(protocol: string): string {
  const upper = protocol.toUpperCase();
  return upper === 'SIP' || upper === 'Q.850' ? upper : protocol;
}

/** @throws SipError `SIP_HEADER_SYNTAX` for a protocol that is no token, a cause that is not 0 to 999, a text with CR, LF or NUL. */
export function formatReason({ protocol, cause, text }: Reason): string {
  return (
    tokenText('Reason', protocol) +
    (cause === undefined ? '' : `;cause=${numberText('Reason', cause, 999)}`) +
    (text === undefined ? '' : `;text=${quotedText('Reason', text)}`)
  );
}
