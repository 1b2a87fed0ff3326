/**
 * Bytes to a message, or to a verdict why not (RFC 3261 §7, §8.2, §18.3). Nothing throws on what the network sends. Start line, field boundaries and what every
 * floor above leans on (Via, From, To, Call-ID, CSeq, numbers) are checked here; other values when they are read.
 */
import { Buffer } from 'node:buffer';
import { MAX_TEXT, digitsAt, look, lookAtBytes, passClass } from './codes.ts';
import { type CSeq, parseCSeq } from './cseq.ts';
import { readContacts, readParties, readParty, readVias } from './field-lists.ts';
import { scanFields } from './field-scan.ts';
import type { Field } from './field.ts';
import { HeaderList } from './headers.ts';
import { type FullLimits, fullLimits } from './limits.ts';
import { SipRequest, SipResponse } from './message.ts';
import type { Party } from './name-addr.ts';
import { found } from './parameters.ts';
import {
  CALL_ID,
  CONTACT,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  CSEQ,
  EXPIRES,
  FROM,
  MAX_FORWARDS,
  MIN_EXPIRES,
  RECORD_ROUTE,
  ROUTE,
  TO,
  VIA,
} from './names.ts';
import { type StartLine, scanStartLine, skipEmptyLines } from './start-line.ts';
import { WORD } from './tokens.ts';
import { OtherUri } from './other-uris.ts';
import { type ParseOptions, type Refusal, type Rule, type Verdict, salvageFields } from './verdict.ts';
import { type Via, salvageVia, scanVia } from './via.ts';

export type { Limits } from './limits.ts';
export type { ParseOptions, Refusal, Rule, Verdict } from './verdict.ts';

/** Up to here, a whole message is made a string at once; of a longer one the header alone. */
const WHOLE_BYTES = 4096;
const MAX_SECONDS = 0xffffffff;

/** Fields that are at most once in a message, by number. */
const SINGLE = (1 << FROM) | (1 << TO) | (1 << CALL_ID) | (1 << CSEQ) | (1 << MAX_FORWARDS) | (1 << CONTENT_LENGTH) | (1 << CONTENT_TYPE);

/** @param bytes - one message; it is kept as long as the message is, and may not be written to. */
export function parseMessage(bytes: Uint8Array, options?: ParseOptions): Verdict {
  const limits = fullLimits(options?.limits);
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = buffer.length <= WHOLE_BYTES;
  const end = whole ? buffer.length : headEnd(buffer, limits);
  const block = buffer.toString('latin1', 0, end);
  lookAtBytes(block, whole ? buffer : buffer.subarray(0, end));
  return new Parser(buffer, block, limits, options?.stream === true).parse();
}

function headEnd(buffer: Buffer, limits: FullLimits): number {
  let at = 0;
  while (buffer[at] === 0x0d && buffer[at + 1] === 0x0a) at += 2;
  const empty = buffer.indexOf('\r\n\r\n', at, 'latin1');
  return Math.min(empty < 0 ? buffer.length : empty + 4, limits.maxMessageBytes, MAX_TEXT);
}

/** One message on its way through; made per call, since a parse keeps a dozen values at once. */
class Parser {
  private readonly bytes: Buffer;
  private readonly block: string;
  private readonly limits: FullLimits;
  private readonly stream: boolean;
  private readonly fields: Field[] = [];
  private start: StartLine | undefined = undefined;
  /** All of them, where they had to be read; the topmost one alone otherwise. */
  private vias: readonly Via[] | undefined = undefined;
  private routes: readonly Party[] | undefined = undefined;
  private recordRoutes: readonly Party[] | undefined = undefined;
  private bodyTo = 0;
  private rule: Rule | undefined = undefined;
  private offset = 0;

  constructor(bytes: Buffer, block: string, limits: FullLimits, stream: boolean) {
    this.bytes = bytes;
    this.block = block;
    this.limits = limits;
    this.stream = stream;
  }

  parse(): Verdict {
    const start = scanStartLine(this.block, skipEmptyLines(), this.limits);
    this.start = start;
    const { maxHeaders, maxHeaderBytes, maxMessageBytes } = this.limits;
    const scanned = scanFields(this.block, start.next, maxHeaders, maxHeaderBytes, this.fields);
    if (start.rule !== undefined) return this.refuse(start.rule, start.offset);
    if (this.bytes.length > maxMessageBytes) return this.refuse('message-length', maxMessageBytes);
    if (typeof scanned !== 'number') return this.refuse(scanned.rule, scanned.offset);
    return this.check(start, scanned);
  }

  /** Everything behind the start line and the field boundaries. */
  private check(start: StartLine, bodyFrom: number): Verdict {
    const fields = this.fields;
    let via: Field | undefined;
    let from: Field | undefined;
    let to: Field | undefined;
    let callId: Field | undefined;
    let cseq: Field | undefined;
    let contentLength: Field | undefined;
    let maxForwards: number | undefined;
    let vias = 0;
    let routes = false;
    let seen = 0;
    for (let at = 0; at < fields.length; at += 1) {
      const field = fields[at]!;
      const id = field.id;
      if (id === 0 || id > MIN_EXPIRES) continue;
      const bit = 1 << id;
      if ((seen & bit & SINGLE) !== 0) return this.refuse('header-repeated', field.start);
      seen |= bit;
      if (id === VIA) {
        vias += 1;
        via ??= field;
      } else if (id === FROM) from = field;
      else if (id === TO) to = field;
      else if (id === CALL_ID) callId = field;
      else if (id === CSEQ) cseq = field;
      else if (id === CONTENT_LENGTH) contentLength = field;
      else if (id === MAX_FORWARDS) {
        maxForwards = numberIn(field, 255);
        if (maxForwards === undefined) return this.refuse('max-forwards', field.valueStart);
      } else if (id === EXPIRES || id === MIN_EXPIRES) {
        if (numberIn(field, MAX_SECONDS) === undefined) return this.refuse('expires', field.valueStart);
      } else if (id === ROUTE || id === RECORD_ROUTE) routes = true;
      else if (id === CONTACT && field.valueEnd - field.valueStart > this.limits.maxUriBytes && !this.contactFits(field)) {
        return this.refuse('contact-length', field.valueStart);
      }
    }
    if (via === undefined) return this.refuse('via-missing', bodyFrom);
    if (from === undefined) return this.refuse('from-missing', bodyFrom);
    if (to === undefined) return this.refuse('to-missing', bodyFrom);
    if (callId === undefined) return this.refuse('call-id-missing', bodyFrom);
    if (cseq === undefined) return this.refuse('cseq-missing', bodyFrom);

    const top = this.readTopVia(via, vias);
    if (top === undefined) return this.refuse(this.rule ?? 'via-syntax', via.valueStart);
    const caller = this.readParty(from);
    if (caller === undefined) return this.refuse('from-syntax', from.valueStart);
    const callee = this.readParty(to);
    if (callee === undefined) return this.refuse('to-syntax', to.valueStart);
    const call = readCallId(callId);
    if (call === undefined) return this.refuse('call-id-syntax', callId.valueStart);
    const sequence = readCSeq(cseq);
    if (sequence === undefined) return this.refuse('cseq-syntax', cseq.valueStart);
    if (start.method !== undefined && sequence.method !== start.method) return this.refuse('cseq-method', cseq.valueStart);
    if (routes && !this.routesFit(seen)) return this.refuse(this.rule ?? 'route-syntax', this.offset);
    if (!this.measureBody(contentLength, bodyFrom)) return this.refuse(this.rule ?? 'content-length', this.offset);

    const headers = HeaderList.of(fields);
    const message =
      start.method === undefined || start.uri === undefined
        ? new SipResponse(start.status!, start.reason, headers)
        : new SipRequest(start.method, start.uri, headers);
    message.adopt(top, caller, callee, call, sequence, maxForwards);
    if (vias > 1 || routes) message.adoptLists(this.vias, this.routes, this.recordRoutes);
    if (this.bodyTo > bodyFrom) message.adoptContent(this.bytes, bodyFrom, this.bodyTo);
    return { ok: true, message };
  }

  private readTopVia(field: Field, count: number): Via | undefined {
    const plain = !field.folded;
    const source = plain ? field.source : field.bytes;
    const end = plain ? field.valueEnd : source.length;
    if (count === 1) {
      const via = scanVia(source, plain ? field.valueStart : 0, end, true);
      if (via === undefined || found.stop === end) return via;
    }
    const vias = readVias(this.fields);
    if (vias === undefined) return undefined;
    if (vias.length <= this.limits.maxListValues) {
      this.vias = vias;
      return vias[0];
    }
    this.rule = 'via-count';
    return undefined;
  }

  private readParty(field: Field): Party | undefined {
    const party = readParty(field);
    const long = field.valueEnd - field.valueStart > this.limits.maxUriBytes;
    return long && party !== undefined && party.uri.toString().length > this.limits.maxUriBytes ? undefined : party;
  }

  private contactFits(field: Field): boolean {
    const contacts = readContacts([field]);
    if (contacts === undefined || contacts === '*') return true; // malformed ones are for those who read them
    return contacts.every((contact) => contact.uri.toString().length <= this.limits.maxUriBytes);
  }

  private routesFit(seen: number): boolean {
    if ((seen & (1 << ROUTE)) !== 0 && (this.routes = this.readRoutes(ROUTE)) === undefined) return false;
    return (seen & (1 << RECORD_ROUTE)) === 0 || (this.recordRoutes = this.readRoutes(RECORD_ROUTE)) !== undefined;
  }

  private readRoutes(id: number): readonly Party[] | undefined {
    const parties = readParties(this.fields, id);
    if (parties !== undefined && parties.length <= this.limits.maxListValues) return parties;
    this.rule = parties === undefined ? 'route-syntax' : 'list-length';
    this.offset = this.fields.find((field) => field.id === id)?.valueStart ?? 0;
    return undefined;
  }

  private measureBody(field: Field | undefined, bodyFrom: number): boolean {
    const available = this.bytes.length - bodyFrom;
    this.offset = field === undefined ? bodyFrom : field.valueStart;
    if (field === undefined) {
      this.bodyTo = this.bytes.length;
      if (this.stream) this.rule = 'content-length-missing';
      return !this.stream;
    }
    const length = numberIn(field, MAX_SECONDS);
    if (length === undefined) return false;
    if (length > this.limits.maxMessageBytes) this.rule = 'message-length';
    else if (length > available || (this.stream && length < available)) this.rule = 'body-length';
    else {
      this.bodyTo = bodyFrom + length; // what follows in a datagram is noise (§18.3)
      return true;
    }
    return false;
  }

  private refuse(rule: Rule, offset: number): Refusal {
    const method = this.start?.method;
    if (method === undefined || method === 'ACK') return { ok: false, status: undefined, rule, offset, request: undefined };
    const fields = salvageFields(this.block, this.start!.next, this.limits);
    const field = fields.find(({ id }) => id === VIA);
    const via = field && (scanVia(field.bytes, 0, field.bytes.length, true) ?? salvageVia(field.bytes));
    if (via === undefined) return { ok: false, status: undefined, rule, offset, request: undefined };
    const request = new SipRequest(method, this.start?.uri ?? new OtherUri('', ''), HeaderList.of(fields));
    request.adoptVia(via);
    return { ok: false, status: this.statusFor(rule), rule, offset, request };
  }

  private statusFor(rule: Rule): number {
    if (rule === 'version') return 505;
    if (rule === 'request-uri-length') return 414;
    if (rule !== 'message-length') return 400;
    return this.block.endsWith('\r\n\r\n') || this.block.length < this.limits.maxMessageBytes ? 413 : 513; // whose fault it is: the body's, or the header's
  }
}

function numberIn(field: Field, max: number): number | undefined {
  look(field.source, field.valueStart, field.valueEnd);
  return digitsAt(field.valueStart, field.valueEnd, max);
}

function readCallId(field: Field): string | undefined {
  const { source, valueStart, valueEnd } = field;
  look(source, valueStart, valueEnd);
  const end = passClass(valueStart, valueEnd, WORD);
  return end === valueEnd && end > valueStart ? source.slice(valueStart, valueEnd) : undefined;
}

function readCSeq(field: Field): CSeq | undefined {
  if (!field.folded) return parseCSeq(field.source, field.valueStart, field.valueEnd);
  const bytes = field.bytes;
  return parseCSeq(bytes, 0, bytes.length);
}
