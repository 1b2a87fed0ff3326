/** The first line of a message (RFC 3261 §7.1, §7.2, §25.1): exactly one space between its parts, none around them. */
import { CODES, THREE_LETTERS, wordIs, wordOf, digitsAt, passClass, passText } from './codes.ts';
import { methodAt } from './methods.ts';
import type { Method, Uri } from './model.ts';
import { CR, SPACE, TOKEN, decodeBytes, sanitise } from './tokens.ts';
import type { FullLimits } from './limits.ts';
import { SipUri, scanUri } from './uri-syntax.ts';

const SIP = wordOf('sip/');

export type StartRule =
  | 'start-line'
  | 'method-syntax'
  | 'method-length'
  | 'request-uri-syntax'
  | 'request-uri-length'
  | 'request-uri-headers'
  | 'version'
  | 'status-code';

/** What the line says. With a `rule`, as much of it as could be read. `next` is the place behind the line. */
export interface StartLine {
  readonly method: Method | undefined;
  readonly uri: Uri | undefined;
  readonly status: number | undefined;
  readonly reason: string;
  readonly next: number;
  readonly rule: StartRule | undefined;
  readonly offset: number;
}

export function scanStartLine(block: string, from: number, limits: FullLimits): StartLine {
  const lineEnd = passText(from, block.length);
  if (CODES[lineEnd] !== CR || CODES[lineEnd + 1] !== 0x0a) return refused(undefined, undefined, block.length, 'start-line', from);
  const next = lineEnd + 2;
  if (isVersion(from, from + 7) && CODES[from + 7]! === SPACE) return scanStatusLine(block, from + 8, lineEnd);

  const methodEnd = passClass(from, lineEnd, TOKEN);
  if (methodEnd === from || CODES[methodEnd]! !== SPACE) {
    const response = block.slice(from, from + 4).toUpperCase() === 'SIP/';
    return refused(undefined, undefined, next, response ? 'version' : methodEnd === from ? 'start-line' : 'method-syntax', methodEnd);
  }
  if (methodEnd - from > limits.maxMethodBytes) return refused(undefined, undefined, next, 'method-length', from);
  const method = methodAt(block, from, methodEnd);
  const uriFrom = methodEnd + 1;
  let uriEnd = lineEnd - 8; // where it is in a line as it should be
  if (uriEnd < uriFrom || CODES[uriEnd]! !== SPACE || !isVersion(uriEnd + 1, lineEnd)) {
    uriEnd = block.indexOf(' ', uriFrom);
    if (uriEnd < 0 || uriEnd > lineEnd) return refused(method, undefined, next, 'start-line', uriFrom);
    if (isOtherVersion(block, uriEnd + 1, lineEnd)) return refused(method, scanUri(block, uriFrom, uriEnd), next, 'version', uriEnd + 1);
    return refused(method, undefined, next, 'start-line', uriEnd + 1);
  }
  if (uriEnd - uriFrom > limits.maxUriBytes) return refused(method, undefined, next, 'request-uri-length', uriFrom);
  const uri = scanUri(block, uriFrom, uriEnd);
  if (uri === undefined) return refused(method, undefined, next, 'request-uri-syntax', uriFrom);
  if (uri instanceof SipUri && uri.headers !== undefined) return refused(method, uri, next, 'request-uri-headers', uriFrom);
  return { method, uri, status: undefined, reason: '', next, rule: undefined, offset: 0 };
}

function scanStatusLine(block: string, from: number, lineEnd: number): StartLine {
  let at = from;
  while (at < lineEnd && CODES[at]! >= 0x30 && CODES[at]! <= 0x39) at += 1;
  const status = at === from + 3 ? digitsAt(from, at, 699) : undefined;
  if (status === undefined || status < 100 || (at < lineEnd && CODES[at]! !== SPACE)) {
    return refused(undefined, undefined, lineEnd + 2, 'status-code', from);
  }
  const reason = at < lineEnd ? readReason(block, at + 1, lineEnd) : '';
  return { method: undefined, uri: undefined, status, reason, next: lineEnd + 2, rule: undefined, offset: 0 };
}

function readReason(block: string, from: number, to: number): string {
  const reason = block.slice(from, to);
  for (let at = from; at < to; at += 1) if (CODES[at]! < SPACE || CODES[at]! > 0x7e) return sanitise(decodeBytes(reason));
  return reason;
}

function refused(method: Method | undefined, uri: Uri | undefined, next: number, rule: StartRule, offset: number): StartLine {
  return { method, uri, status: undefined, reason: '', next, rule, offset };
}

/** `SIP/2.0`, in any case (§7.1). */
function isVersion(from: number, to: number): boolean {
  return (
    to - from === 7 && wordIs(from, SIP, THREE_LETTERS) && CODES[from + 4] === 0x32 && CODES[from + 5] === 0x2e && CODES[from + 6] === 0x30
  );
}

function isOtherVersion(block: string, from: number, to: number): boolean {
  return to - from < 32 && /^sip\/\d+\.\d+$/i.test(block.slice(from, to));
}

/** The place of the first character that is no empty line: those before a message are skipped (§7.5). */
export function skipEmptyLines(): number {
  let at = 0;
  while (CODES[at]! === CR && CODES[at + 1]! === 0x0a) at += 2;
  return at;
}
