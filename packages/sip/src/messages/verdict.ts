/** What the parser says of bytes, and what it can still read of a message that it refuses. */
import { type ScanFailure, scanFields } from './field-scan.ts';
import type { Field } from './field.ts';
import type { FullLimits, Limits } from './limits.ts';
import type { SipRequest, SipResponse } from './message.ts';
import type { StartRule } from './start-line.ts';

/** Why a message is refused; names are stable. */
export type Rule =
  | StartRule
  | ScanFailure['rule']
  | 'message-length'
  | 'header-repeated'
  | 'via-missing'
  | 'via-syntax'
  | 'via-count'
  | 'from-missing'
  | 'from-syntax'
  | 'to-missing'
  | 'to-syntax'
  | 'call-id-missing'
  | 'call-id-syntax'
  | 'cseq-missing'
  | 'cseq-syntax'
  | 'cseq-method'
  | 'max-forwards'
  | 'expires'
  | 'route-syntax'
  | 'contact-length'
  | 'list-length'
  | 'content-length'
  | 'content-length-missing'
  | 'body-length';

export interface Refusal {
  readonly ok: false;
  /** What a server answers; undefined: the message is dropped (responses, ACK, what is no message at all). */
  readonly status: number | undefined;
  readonly rule: Rule;
  /** Bytes from the start of the message to where the rule was broken. */
  readonly offset: number;
  /** Enough to answer statelessly with `buildResponse`: the headers that could be read, a `via` among them. Undefined when it cannot be answered. */
  readonly request: SipRequest | undefined;
}
/** What `parseMessage` says of bytes: a message, or why it is none, and with which status it is answered. */
export type Verdict = { readonly ok: true; readonly message: SipRequest | SipResponse } | Refusal;

/** How `parseMessage` reads. */
export interface ParseOptions {
  /** Checked once a set: hand in what `fullLimits()` made. */
  readonly limits?: Limits | undefined;
  /** From a stream: Content-Length has to be there, and `bytes` is exactly one message. */
  readonly stream?: boolean | undefined;
}

/** Lines that cannot be read, before the rest is given up: a message of nothing else must not cost more than another. */
const MAX_FAILURES = 8;

/** Every field that can be read, past those that cannot: what a refusal is answered with. */
export function salvageFields(block: string, at: number, limits: FullLimits): Field[] {
  const fields: Field[] = [];
  for (let failures = 0; failures < MAX_FAILURES; failures += 1) {
    const scanned = scanFields(block, at, limits.maxHeaders, limits.maxHeaderBytes, fields);
    if (typeof scanned === 'number' || scanned.rule === 'header-count' || scanned.rule === 'head-end') return fields;
    const lineEnd = block.indexOf('\n', scanned.offset);
    if (lineEnd < 0) return fields;
    at = lineEnd + 1;
  }
  return fields;
}
