/** What requests and responses have in common: headers, body, and the typed values, each read once and kept until the headers change. */
import { SipError } from '@jackfield/base';
import { asciiOf, bodyOf, contentTypeOf } from './body.ts';
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
// `private` and not `#` in what is made for every message: docs/decisions/0005.
export abstract class SipMessage {
  readonly headers: HeaderList;
  private keptBytes: Uint8Array;
  private keptBodyFrom: number;
  private keptBodyTo: number;
  private keptContent: Uint8Array | undefined;
  private keptBody: Body | undefined;
  private keptBodyRead: boolean;
  private keptVersion: number;
  private keptVia: Via | undefined;
  private keptFrom: Party | undefined;
  private keptTo: Party | undefined;
  private keptCallId: string | undefined;
  private keptCseq: CSeq | undefined;
  /** Or {@link ABSENT}, or {@link UNREAD}. */
  private keptMaxForwards: number;
  private keptVias: readonly Via[] | undefined;
  private keptContacts: readonly Party[] | '*' | 'malformed' | undefined;
  private keptRoutes: readonly Party[] | undefined;
  private keptRecordRoutes: readonly Party[] | undefined;

  /** @param headers - the message's from now on; Content-Type is written into them when there is a body. */
  constructor(headers: HeaderList, body: Body | undefined) {
    if (body !== undefined) headers.set('Content-Type', contentTypeOf(body));
    this.headers = headers;
    this.keptBytes = NOTHING;
    this.keptBodyFrom = 0;
    this.keptBodyTo = 0;
    this.keptContent = body === undefined ? NOTHING : undefined;
    this.keptBody = body;
    this.keptBodyRead = true;
    this.keptVersion = headers.version;
    this.keptVia = undefined;
    this.keptFrom = undefined;
    this.keptTo = undefined;
    this.keptCallId = undefined;
    this.keptCseq = undefined;
    this.keptMaxForwards = UNREAD;
    this.keptVias = undefined;
    this.keptContacts = undefined;
    this.keptRoutes = undefined;
    this.keptRecordRoutes = undefined;
  }

  /** What the parser has read already. @internal */
  adopt(via: Via, from: Party, to: Party, callId: string, cseq: CSeq, maxForwards: number | undefined): void {
    this.keptVia = via;
    this.keptFrom = from;
    this.keptTo = to;
    this.keptCallId = callId;
    this.keptCseq = cseq;
    this.keptMaxForwards = maxForwards ?? ABSENT;
  }

  /** As {@link adopt}; undefined where nothing had to be read. @internal */
  adoptLists(vias: readonly Via[] | undefined, routes: readonly Party[] | undefined, recordRoutes: readonly Party[] | undefined): void {
    this.keptVias = vias;
    this.keptRoutes = routes;
    this.keptRecordRoutes = recordRoutes;
  }

  /** The body as a part of the message's bytes. @internal */
  adoptContent(bytes: Uint8Array, from: number, to: number): void {
    this.keptBytes = bytes;
    this.keptBodyFrom = from;
    this.keptBodyTo = to;
    this.keptContent = undefined;
    this.keptBodyRead = false;
  }

  /** The topmost Via of a request that was refused. @internal */
  adoptVia(via: Via): void {
    this.keptVia = via;
  }

  /** Bytes of the body, maybe none: of a received message, a view and no copy. */
  get content(): Uint8Array {
    return (this.keptContent ??=
      this.keptBodyFrom < this.keptBodyTo
        ? this.keptBytes.subarray(this.keptBodyFrom, this.keptBodyTo)
        : (this.keptBody?.bytes ?? NOTHING));
  }

  /** The body, where it was made of a text that is written as it is. @internal */
  get plainText(): string | undefined {
    return this.keptBody === undefined ? undefined : asciiOf(this.keptBody);
  }

  /** `content` with its type. Undefined where it is empty, or its Content-Type is missing or malformed. */
  get body(): Body | undefined {
    if (!this.keptBodyRead) {
      this.keptBodyRead = true;
      this.keptBody = this.keptBodyTo === this.keptBodyFrom ? undefined : bodyOf(this.headers, this.content);
    }
    return this.keptBody;
  }

  /** The topmost one. */
  get via(): Via {
    this.refresh();
    return (this.keptVia ??= this.require(VIA, 'Via', readTopVia));
  }

  /** There is none below the topmost one; false where that would have to be looked for. @internal */
  get viaAlone(): boolean {
    let top: Field | undefined;
    for (const field of this.headers.fields) {
      if (field.id !== VIA) continue;
      if (top !== undefined) return false;
      top = field;
    }
    return top !== undefined && this.via.length === top.valueEnd - top.valueStart;
  }

  get from(): Party {
    this.refresh();
    return (this.keptFrom ??= this.require(FROM, 'From', readParty));
  }

  get to(): Party {
    this.refresh();
    return (this.keptTo ??= this.require(TO, 'To', readParty));
  }

  /** To, where it was read already. @internal */
  get toAsRead(): Party | undefined {
    this.refresh();
    return this.keptTo;
  }

  get callId(): string {
    this.refresh();
    return (this.keptCallId ??= this.require(CALL_ID, 'Call-ID', readCallId));
  }

  get cseq(): CSeq {
    this.refresh();
    return (this.keptCseq ??= this.require(CSEQ, 'CSeq', readCSeq));
  }

  /** All of them, topmost first. */
  get vias(): readonly Via[] {
    this.refresh();
    return (this.keptVias ??= readVias(this.headers.fields) ?? [this.via]);
  }

  /** 0 to 255; undefined when there is none. */
  get maxForwards(): number | undefined {
    this.refresh();
    if (this.keptMaxForwards === UNREAD) {
      const field = this.headers.first(MAX_FORWARDS);
      this.keptMaxForwards = (field && readDigits(field.source, field.valueStart, field.valueEnd, 255)) ?? ABSENT;
    }
    return this.keptMaxForwards === ABSENT ? undefined : this.keptMaxForwards;
  }

  /** Undefined when there is none, or one is malformed: {@link contactsMalformed} tells. */
  get contacts(): readonly Party[] | '*' | undefined {
    this.refresh();
    this.keptContacts ??= readContacts(this.headers.fields) ?? 'malformed';
    return this.keptContacts === 'malformed' || this.keptContacts.length === 0 ? undefined : this.keptContacts;
  }

  get contactsMalformed(): boolean {
    return this.contacts === undefined && this.keptContacts === 'malformed';
  }

  /** Route values of all fields, topmost first. The parser refuses malformed ones. */
  get routes(): readonly Party[] {
    this.refresh();
    return (this.keptRoutes ??=
      this.headers.first(ROUTE) === undefined ? NO_PARTIES : (readParties(this.headers.fields, ROUTE) ?? NO_PARTIES));
  }

  /** Record-Route values of all fields, topmost first. The parser refuses malformed ones. */
  get recordRoutes(): readonly Party[] {
    this.refresh();
    return (this.keptRecordRoutes ??=
      this.headers.first(RECORD_ROUTE) === undefined ? NO_PARTIES : (readParties(this.headers.fields, RECORD_ROUTE) ?? NO_PARTIES));
  }

  /** Lets go of all that can be read again from the text: for a message that is kept for long after it was dealt with. @internal */
  rest(): void {
    this.refresh();
    this.forget();
    if (this.keptBodyFrom > 0) {
      this.keptContent = undefined;
      this.keptBody = undefined;
      this.keptBodyRead = false;
    }
    this.headers.fold();
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
    this.keptVia = via;
    this.keptVias = undefined;
  }

  private refresh(): void {
    if (this.headers.version === this.keptVersion) return;
    this.keptVersion = this.headers.version;
    this.forget();
  }

  private forget(): void {
    this.keptVia = undefined;
    this.keptFrom = undefined;
    this.keptTo = undefined;
    this.keptCallId = undefined;
    this.keptCseq = undefined;
    this.keptMaxForwards = UNREAD;
    this.keptVias = undefined;
    this.keptContacts = undefined;
    this.keptRoutes = undefined;
    this.keptRecordRoutes = undefined;
  }

  private require<T>(id: number, name: string, read: (field: Field) => T | undefined): T {
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
