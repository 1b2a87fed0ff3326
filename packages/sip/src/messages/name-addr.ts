/** name-addr and addr-spec with header parameters: From, To, Contact, Route, Record-Route and their kind (RFC 3261 §20.10, §25.1). */
import { SHOWN } from './shown.ts';
import { CODES, THREE_LETTERS, look, passClass, passQuoted, passSpace, passSpaceBack, wordIs, wordOf } from './codes.ts';
import { SipError } from '@jackfield/base';
import type { NameAddr, Uri } from './model.ts';
import { Parameters, found, nextHeaderParameter, parametersOfBytes } from './parameters.ts';
import {
  AT,
  COLON,
  COMMA,
  GREATER,
  LESS,
  QUESTION,
  QUOTE,
  SEMICOLON,
  TOKEN,
  decodeBytes,
  encodeBytes,
  isSpace,
  isToken,
  quote,
  sanitise,
  unquote,
} from './tokens.ts';
import { OtherUri, TelUri } from './other-uris.ts';
import { SipUri, parseUri, readSipUri, scanUri, sipSchemeAt } from './uri-syntax.ts';

const TAG = wordOf('tag=');

/** An address with its display name and the header's parameters. */
export class Party implements NameAddr {
  readonly uri: Uri;
  /** The tag parameter as it came. */
  readonly tag: string | undefined;
  private readonly text: string;
  private readonly textFrom: number;
  private readonly nameTo: number;
  private readonly parametersFrom: number;
  private readonly textTo: number;
  private keptParameters: Parameters | undefined = undefined;

  /** @internal Use {@link parseNameAddr}. `source` holds one byte a character, the last four are places in it; no name where `nameTo` is `from`. */
  constructor(uri: Uri, tag: string | undefined, source: string, from: number, nameTo: number, parametersFrom: number, to: number) {
    this.uri = uri;
    this.tag = tag;
    this.text = source;
    this.textFrom = from;
    this.nameTo = nameTo;
    this.parametersFrom = parametersFrom;
    this.textTo = to;
  }

  /** Unquoted and decoded; control characters and what is no UTF-8 came as U+FFFD. */
  get displayName(): string | undefined {
    if (this.nameTo === this.textFrom) return undefined;
    const text = sanitise(decodeBytes(this.text.slice(this.textFrom, this.nameTo)));
    return text.charCodeAt(0) === QUOTE ? unquote(text, 1, text.length - 1) : text;
  }

  get parameters(): Parameters {
    return (this.keptParameters ??= parametersOfBytes(this.text, this.parametersFrom, this.textTo));
  }

  [SHOWN](): string {
    return this.toString();
  }

  /** As it came, without what surrounded it, control characters as U+FFFD. */
  toString(): string {
    if (this.keptParameters === undefined) return sanitise(decodeBytes(this.text.slice(this.textFrom, this.textTo)));
    return sanitise(decodeBytes(this.text.slice(this.textFrom, this.parametersFrom))) + this.keptParameters.toString();
  }
}

/** The one address that `text` is, or undefined. */
export function parseNameAddr(text: string): Party | undefined {
  const bytes = encodeBytes(text);
  return scanNameAddr(bytes, 0, bytes.length, false);
}

/** Addresses of all values of a header that may be a list and may come repeatedly; undefined when one of them is malformed. */
export function parseNameAddrList(values: readonly string[]): Party[] | undefined {
  const parties: Party[] = [];
  for (const value of values) {
    const bytes = encodeBytes(value);
    if (!scanNameAddrList(bytes, 0, bytes.length, parties)) return undefined;
  }
  return parties;
}

/** Reads all addresses of a part of a string of bytes into `parties`. False when one of them is malformed; the ones before it are in then. */
export function scanNameAddrList(text: string, from: number, to: number, parties: Party[]): boolean {
  for (let at = from; at <= to; at = found.stop + 1) {
    const party = scanNameAddr(text, at, to, true);
    if (party === undefined) return false;
    parties.push(party);
  }
  return true;
}

/** Reads the address that begins at `from` of a string of bytes. In a `list` it ends at a comma, whose place is then `found.stop`; else `found.stop` is `to`. */
export function scanNameAddr(text: string, from: number, to: number, list: boolean): Party | undefined {
  look(text, from, to);
  from = passSpace(from, to);
  let nameTo = from;
  let open = from;
  if (from < to && CODES[from]! === QUOTE) {
    nameTo = passQuoted(from, to);
    if (nameTo < 0) return undefined;
    open = passSpace(nameTo, to);
    if (open === to || CODES[open]! !== LESS) return undefined;
  } else {
    for (; open < to; open += 1) {
      const code = CODES[open]!;
      if (code === LESS) break;
      if (code === COLON || code === SEMICOLON || code === COMMA || code === AT || code === QUOTE)
        return scanAddrSpec(text, from, to, list);
    }
    if (open === to) return undefined;
    nameTo = passSpaceBack(from, open);
  }
  const scheme = sipSchemeAt(open + 1);
  if (scheme !== undefined) {
    const uri = readSipUri(scheme, text, open + 1, to);
    const close = found.stop;
    return uri === undefined || close === to || CODES[close]! !== GREATER
      ? undefined
      : scanRest(uri, text, from, nameTo, close + 1, to, list);
  }
  const close = text.indexOf('>', open + 1);
  if (close < 0 || close >= to) return undefined;
  const uri = scanUri(text, open + 1, close);
  return uri === undefined ? undefined : scanRest(uri, text, from, nameTo, close + 1, to, list);
}

/** Without angle brackets, what follows a semicolon is the header's, and neither comma nor question mark is the URI's (RFC 3261 §20). */
function scanAddrSpec(text: string, from: number, to: number, list: boolean): Party | undefined {
  let end = from;
  for (; end < to; end += 1) {
    const code = CODES[end]!;
    if (code === SEMICOLON || code === COMMA || isSpace(code)) break;
    if (code === QUESTION) return undefined;
  }
  const uri = scanUri(text, from, end);
  return uri === undefined ? undefined : scanRest(uri, text, from, from, end, to, list);
}

function scanRest(uri: Uri, text: string, from: number, nameTo: number, at: number, to: number, list: boolean): Party | undefined {
  let tag: string | undefined;
  const parametersFrom = at;
  at = passSpace(at, to);
  while (at < to && CODES[at]! === SEMICOLON) {
    if (tag === undefined && wordIs(at + 1, TAG, THREE_LETTERS)) {
      const end = passClass(at + 5, to, TOKEN);
      if (end > at + 5 && (end === to || CODES[end]! === SEMICOLON)) {
        tag = text.slice(at + 5, end);
        at = end;
        continue;
      }
    }
    at = nextHeaderParameter(at, to);
    if (at < 0) return undefined;
    if (tag === undefined && found.nameTo - found.nameFrom === 3 && isTag(found.nameFrom)) {
      if (found.valueFrom < 0 || !found.token) return undefined;
      tag = text.slice(found.valueFrom, found.valueTo);
    }
  }
  if (at < to && !(list && CODES[at]! === COMMA)) return undefined;
  found.stop = at;
  return new Party(uri, tag, text, from, nameTo, parametersFrom, passSpaceBack(from, at));
}

function isTag(at: number): boolean {
  return (CODES[at]! | 0x20) === 0x74 && (CODES[at + 1]! | 0x20) === 0x61 && (CODES[at + 2]! | 0x20) === 0x67;
}

/**
 * `"Name" <uri>`, and `;tag=` when one is given: for From and To that the program makes. Control characters in the name become U+FFFD.
 *
 * @throws SipError `SIP_URI_SYNTAX` for an address whose URI would not stand in a header, `SIP_HEADER_SYNTAX` for a tag that is no token.
 */
export function formatNameAddr(address: NameAddr, tag?: string): string {
  if (tag !== undefined && !isToken(tag)) throw new SipError('SIP_HEADER_SYNTAX', `${JSON.stringify(tag)} is no tag`, { header: 'tag' });
  const uri = uriText(address.uri);
  const name = address.displayName;
  return `${name === undefined || name === '' ? '' : `${quote(name)} `}<${uri}>${tag === undefined ? '' : `;tag=${tag}`}`;
}

/**
 * The text of a URI, checked when its class is not ours.
 *
 * @throws SipError `SIP_URI_SYNTAX` for an object that does not write a URI.
 */
export function uriText(uri: Uri): string {
  const text = uri.toString();
  if (!(uri instanceof SipUri || uri instanceof TelUri || uri instanceof OtherUri) && parseUri(text) === undefined) {
    throw new SipError('SIP_URI_SYNTAX', `${JSON.stringify(text)} is no URI`, { uri: text });
  }
  return text;
}
