/** Finds the fields of a header in one pass (RFC 3261 §7.3): names, line ends, folds. Values are not looked into. */
import { CODES, look, passText } from './codes.ts';
import { Field } from './field.ts';
import { UNKNOWN, nameId, nameIdBeforeColon, nameLength } from './names.ts';
import { CLASS, COLON, CR, LF, SPACE, TAB, TOKEN, isSpace } from './tokens.ts';

/** Why a header is refused: a stable name, and the place where the scanner gave up. */
export interface ScanFailure {
  readonly rule: 'header-name' | 'header-colon' | 'header-length' | 'header-count' | 'line-end' | 'head-end';
  readonly offset: number;
}

/**
 * Reads fields from `at` up to the empty line into `fields`.
 *
 * @param block - the message or its beginning, one byte a character: what the fields refer to.
 * @param maxFields - a count; `maxBytes` is the length of one field.
 * @returns the place behind the empty line, or why not.
 */
export function scanFields(block: string, at: number, maxFields: number, maxBytes: number, fields: Field[]): number | ScanFailure {
  const end = block.length;
  look(block, 0, end);
  while (at < end) {
    const start = at;
    let code = CODES[at]!;
    if (code === CR) return at + 1 < end && CODES[at + 1] === LF ? at + 2 : { rule: at + 1 < end ? 'line-end' : 'head-end', offset: at };
    let id = nameIdBeforeColon(at);
    let nameEnd: number;
    if (id !== UNKNOWN) {
      nameEnd = at + nameLength(id);
      at = nameEnd + 1;
      if (at > end) return { rule: 'head-end', offset: end };
    } else {
      while (at < end && (CLASS[(code = CODES[at]!)]! & TOKEN) !== 0) at += 1;
      nameEnd = at;
      if (nameEnd === start) return { rule: 'header-name', offset: at };
      while (at < end && (code === SPACE || code === TAB)) code = CODES[(at += 1)]!;
      if (at >= end || code !== COLON) return { rule: 'header-colon', offset: at };
      id = nameId(block, start, nameEnd);
      at += 1;
    }
    while (at < end && ((code = CODES[at]!) === SPACE || code === TAB)) at += 1;
    let valueStart = at;
    let folded = false;
    let lineEnd: number;
    for (;;) {
      lineEnd = passText(at, end);
      if (lineEnd + 1 >= end) return { rule: 'head-end', offset: end };
      if (CODES[lineEnd] !== CR || CODES[lineEnd + 1] !== LF) return { rule: 'line-end', offset: lineEnd };
      at = lineEnd + 2;
      if (at < end && (code = CODES[at]!) !== SPACE && code !== TAB) break;
      if (at >= end) return { rule: 'head-end', offset: end };
      folded = true;
    }
    if (lineEnd - start > maxBytes) return { rule: 'header-length', offset: start };
    if (fields.length === maxFields) return { rule: 'header-count', offset: start };
    let valueEnd = lineEnd;
    if (folded) while (valueStart < valueEnd && isSpace(CODES[valueStart]!)) valueStart += 1;
    while (valueEnd > valueStart && isSpace(CODES[valueEnd - 1]!)) valueEnd -= 1;
    fields.push(new Field(id, block, start, nameEnd, valueStart, valueEnd, lineEnd, folded, undefined));
  }
  return { rule: 'head-end', offset: end };
}
