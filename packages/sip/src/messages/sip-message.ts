/** What requests and responses have in common: headers, body, and the typed values, each read once and kept until the headers change. */
import { SipError } from '@jackfield/base';
import { bodyOf, contentTypeOf } from './body.ts';
import { type CSeq, parseCSeq } from './cseq.ts';
import { readContacts, readParties, readParty, readVias } from './field-lists.ts';
import { type Field, fieldOfBytes } from './field.ts';
import type { HeaderList } from './headers.ts';
import type { Body } from './model.ts';
import type { Party } from './name-addr.ts';
import { CALL_ID, CSEQ, FROM, MAX_FORWARDS, RECORD_ROUTE, ROUTE, TO, VIA } from './names.ts';
import { readDigits } from './tokens.ts';
import { type Via, scanVia } from './via.ts';

const NOTHING = new Uint8Array(0);
/** Of Max-Forwards, in place of its number. */
const ABSENT = -1;
const UNREAD = -2;
const NO_PARTIES: readonly Party[] = [];

/**
 * After an ok verdict of the parser `via`, `from`, `to`, `callId` and `cseq` are there. Of a message that the program makes, reading one that is not in
 * the headers, or is malformed there, throws `SIP_HEADER_SYNTAX`.
 */
export abstract class SipMessage {
  readonly headers: HeaderList;
  #bytes: Uint8Array;
  #bodyFrom: number;
  #bodyTo: number;
  #content: Uint8Array | undefined;
  #body: Body | undefined;
  #bodyRead: boolean;
  #version: number;
  #via: Via | undefined;
  #from: Party | undefined;
  #to: Party | undefined;
  #callId: string | undefined;
  #cseq: CSeq | undefined;
  /** Or {@link ABSENT}, or {@link UNREAD}. */
  #maxForwards: number;
  #vias: readonly Via[] | undefined;
  #contacts: readonly Party[] | '*' | 'malformed' | undefined;
  #routes: readonly Party[] | undefined;
  #recordRoutes: readonly Party[] | undefined;

  /** @param headers - the message's from now on; Content-Type is written into them when there is a body. */
  constructor(headers: HeaderList, body: Body | undefined) {
    if (body !== undefined) headers.set('Content-Type', contentTypeOf(body));
    this.headers = headers;
    this.#bytes = body === undefined ? NOTHING : body.bytes;
    this.#bodyFrom = 0;
    this.#bodyTo = this.#bytes.length;
    this.#content = this.#bytes;
    this.#body = body;
    this.#bodyRead = true;
    this.#version = headers.version;
    this.#maxForwards = UNREAD;
  }

  /** What the parser has read already. @internal */
  adopt(via: Via, from: Party, to: Party, callId: string, cseq: CSeq, maxForwards: number | undefined): void {
    this.#via = via;
    this.#from = from;
    this.#to = to;
    this.#callId = callId;
    this.#cseq = cseq;
    this.#maxForwards = maxForwards ?? ABSENT;
  }

  /** As {@link adopt}; undefined where nothing had to be read. @internal */
  adoptLists(vias: readonly Via[] | undefined, routes: readonly Party[] | undefined, recordRoutes: readonly Party[] | undefined): void {
    this.#vias = vias;
    this.#routes = routes;
    this.#recordRoutes = recordRoutes;
  }

  /** The body as a part of the message's bytes. @internal */
  adoptContent(bytes: Uint8Array, from: number, to: number): void {
    this.#bytes = bytes;
    this.#bodyFrom = from;
    this.#bodyTo = to;
    this.#content = undefined;
    this.#bodyRead = false;
  }

  /** The topmost Via of a request that was refused. @internal */
  adoptVia(via: Via): void {
    this.#via = via;
  }

  /** Bytes of the body, maybe none: of a received message, a view and no copy. */
  get content(): Uint8Array {
    return (this.#content ??= this.#bodyFrom === this.#bodyTo ? NOTHING : this.#bytes.subarray(this.#bodyFrom, this.#bodyTo));
  }

  /** `content` with its type. Undefined where it is empty, or its Content-Type is missing or malformed. */
  get body(): Body | undefined {
    if (!this.#bodyRead) {
      this.#bodyRead = true;
      this.#body = this.#bodyTo === this.#bodyFrom ? undefined : bodyOf(this.headers, this.content);
    }
    return this.#body;
  }

  /** The topmost one. */
  get via(): Via {
    this.#refresh();
    return (this.#via ??= this.#require(VIA, 'Via', readTopVia));
  }

  get from(): Party {
    this.#refresh();
    return (this.#from ??= this.#require(FROM, 'From', readParty));
  }

  get to(): Party {
    this.#refresh();
    return (this.#to ??= this.#require(TO, 'To', readParty));
  }

  get callId(): string {
    this.#refresh();
    return (this.#callId ??= this.#require(CALL_ID, 'Call-ID', readCallId));
  }

  get cseq(): CSeq {
    this.#refresh();
    return (this.#cseq ??= this.#require(CSEQ, 'CSeq', readCSeq));
  }

  /** All of them, topmost first. */
  get vias(): readonly Via[] {
    this.#refresh();
    return (this.#vias ??= readVias(this.headers.fields) ?? [this.via]);
  }

  /** 0 to 255; undefined when there is none. */
  get maxForwards(): number | undefined {
    this.#refresh();
    if (this.#maxForwards === UNREAD) {
      const field = this.headers.first(MAX_FORWARDS);
      this.#maxForwards = (field && readDigits(field.source, field.valueStart, field.valueEnd, 255)) ?? ABSENT;
    }
    return this.#maxForwards === ABSENT ? undefined : this.#maxForwards;
  }

  /** Undefined when there is none, or one is malformed: {@link contactsMalformed} tells. */
  get contacts(): readonly Party[] | '*' | undefined {
    this.#refresh();
    this.#contacts ??= readContacts(this.headers.fields) ?? 'malformed';
    return this.#contacts === 'malformed' || this.#contacts.length === 0 ? undefined : this.#contacts;
  }

  get contactsMalformed(): boolean {
    return this.contacts === undefined && this.#contacts === 'malformed';
  }

  /** Route values of all fields, topmost first. The parser refuses malformed ones. */
  get routes(): readonly Party[] {
    this.#refresh();
    return (this.#routes ??=
      this.headers.first(ROUTE) === undefined ? NO_PARTIES : (readParties(this.headers.fields, ROUTE) ?? NO_PARTIES));
  }

  /** Record-Route values of all fields, topmost first. The parser refuses malformed ones. */
  get recordRoutes(): readonly Party[] {
    this.#refresh();
    return (this.#recordRoutes ??=
      this.headers.first(RECORD_ROUTE) === undefined ? NO_PARTIES : (readParties(this.headers.fields, RECORD_ROUTE) ?? NO_PARTIES));
  }

  /** Puts `via` in the place of the topmost one; all else that was read stays good. */
  protected replaceVia(via: Via): void {
    const field = this.headers.first(VIA);
    if (field === undefined) return;
    const old = this.via;
    if (old.fills(field.source, field.valueStart, field.valueEnd)) {
      this.headers.swap(field, fieldOfBytes(VIA, field.name, via.bytes, undefined));
    } else {
      const bytes = field.bytes;
      const at = bytes.indexOf(old.bytes); // nowhere, when it was salvaged
      if (at >= 0) this.headers.swap(field, fieldOfBytes(VIA, field.name, via.bytes + bytes.slice(at + old.bytes.length), undefined));
    }
    this.#via = via;
    this.#vias = undefined;
  }

  #refresh(): void {
    if (this.headers.version === this.#version) return;
    this.#version = this.headers.version;
    this.#via = undefined;
    this.#from = undefined;
    this.#to = undefined;
    this.#callId = undefined;
    this.#cseq = undefined;
    this.#maxForwards = UNREAD;
    this.#vias = undefined;
    this.#contacts = undefined;
    this.#routes = undefined;
    this.#recordRoutes = undefined;
  }

  #require<T>(id: number, name: string, read: (field: Field) => T | undefined): T {
    const field = this.headers.first(id);
    const value = field === undefined ? undefined : read(field);
    if (value === undefined) throw new SipError('SIP_HEADER_SYNTAX', `${name} is missing or malformed`, { header: name });
    return value;
  }
}

function readTopVia(field: Field): Via | undefined {
  const bytes = field.bytes;
  return scanVia(bytes, 0, bytes.length, true);
}

function readCallId(field: Field): string | undefined {
  return field.value === '' ? undefined : field.value;
}

function readCSeq(field: Field): CSeq | undefined {
  const bytes = field.bytes;
  return parseCSeq(bytes, 0, bytes.length);
}
