/** The scanner of URIs, and those of SIP and SIPS (RFC 3261 §19.1). Other schemes lie in other-uris.ts, comparison in uri.ts. */
import { SHOWN } from './shown.ts';
import { CODES, LETTERS, THREE_LETTERS, digitsAt, look, passClass, wordIs, wordOf } from './codes.ts';
import { SipError } from '@jackfield/base';
import type { Uri } from './model.ts';
import { OtherUri, scanTelUri } from './other-uris.ts';
import { Parameters, found, isEscape, isHex, nextUriParameter } from './parameters.ts';
import {
  AT,
  CLASS,
  CLOSING_BRACKET,
  COLON,
  HNV,
  HOST,
  OPENING_BRACKET,
  PASSWORD,
  PERCENT,
  QUESTION,
  SEMICOLON,
  TOKEN,
  URIC,
  USER,
  unescapeUri,
  wellFormed,
} from './tokens.ts';

const SIP = wordOf('sip:');
const SIPS = wordOf('sips');

/** What {@link SipUri.with} may change; an explicit `undefined` takes the part away. */
interface SipUriChanges {
  readonly scheme?: 'sip' | 'sips';
  /** Characters that a user part does not carry as they are get escaped. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly host?: string;
  readonly port?: number | undefined;
  /** By name; `true` for one without a value, `undefined` to take it away. */
  readonly parameters?: Readonly<Record<string, string | true | undefined>>;
  readonly headers?: string | undefined;
}

/** A SIP or SIPS URI. Everything is as it was written, but `scheme`, which is lower-case. */
export class SipUri implements Uri {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  private readonly text: string;
  private readonly textFrom: number;
  private readonly parametersFrom: number;
  private readonly headersFrom: number;
  private readonly textTo: number;
  private keptParameters: Parameters | undefined = undefined;

  /** @internal Use {@link parseUri}. The last five are places in `source`. */
  constructor(
    scheme: string,
    user: string | undefined,
    password: string | undefined,
    host: string,
    port: number | undefined,
    source: string,
    from: number,
    parametersFrom: number,
    headersFrom: number,
    to: number,
  ) {
    this.scheme = scheme;
    this.user = user;
    this.password = password;
    this.host = host;
    this.port = port;
    this.text = source;
    this.textFrom = from;
    this.parametersFrom = parametersFrom;
    this.headersFrom = headersFrom;
    this.textTo = to;
  }

  get parameters(): Parameters {
    return (this.keptParameters ??= new Parameters(this.text.slice(this.parametersFrom, this.headersFrom), 'uri'));
  }

  /** What follows the `?`, as on the wire. */
  get headers(): string | undefined {
    return this.headersFrom < this.textTo ? this.text.slice(this.headersFrom + 1, this.textTo) : undefined;
  }

  /** `host` without the brackets of an IPv6 reference. */
  get hostname(): string {
    return this.host.charCodeAt(0) === OPENING_BRACKET ? this.host.slice(1, -1) : this.host;
  }

  /** `user`, its escapes undone, once. */
  get userDecoded(): string | undefined {
    return this.user === undefined ? undefined : unescapeUri(this.user);
  }

  /** The transport parameter, lower-case. */
  get transport(): string | undefined {
    if (this.plain) return undefined;
    const transport = this.parameters.get('transport');
    return transport === undefined ? undefined : unescapeUri(transport).toLowerCase();
  }

  /** Whether a loose router wants its URI left in the Route (RFC 3261 §19.1.1). */
  get lr(): boolean {
    return this.carries('lr');
  }

  /** Whether there is a parameter of that name. @internal */
  carries(parameter: string): boolean {
    return !this.plain && this.parameters.has(parameter);
  }

  private get plain(): boolean {
    return this.keptParameters === undefined && this.parametersFrom === this.headersFrom;
  }

  [SHOWN](): string {
    return this.toString();
  }

  toString(): string {
    if (this.keptParameters === undefined) return this.text.slice(this.textFrom, this.textTo);
    return (
      this.text.slice(this.textFrom, this.parametersFrom) + this.keptParameters.toString() + this.text.slice(this.headersFrom, this.textTo)
    );
  }

  /**
   * The URI with some parts changed.
   *
   * @throws SipError `SIP_URI_SYNTAX` when that is no URI.
   */
  with(changes: SipUriChanges): SipUri {
    const has = (part: keyof SipUriChanges): boolean => Object.hasOwn(changes, part);
    const user = has('user') ? changes.user && escapeUser(changes.user) : this.user;
    const password = has('password') ? changes.password && escapeUser(changes.password) : this.password;
    const port = has('port') ? changes.port : this.port;
    const headers = has('headers') ? changes.headers : this.headers;
    const parameters = new Parameters(this.parameters.toString(), 'uri');
    for (const [name, value] of Object.entries(changes.parameters ?? {})) {
      if (value === undefined) parameters.delete(name);
      else parameters.set(name, value === true ? undefined : value);
    }
    const text =
      `${changes.scheme ?? this.scheme}:` +
      (user === undefined ? '' : `${user}${password === undefined ? '' : `:${password}`}@`) +
      `${changes.host ?? this.host}${port === undefined ? '' : `:${port}`}${parameters.toString()}` +
      (headers === undefined ? '' : `?${headers}`);
    const uri = parseUri(text);
    if (!(uri instanceof SipUri)) throw new SipError('SIP_URI_SYNTAX', `${JSON.stringify(text)} is no SIP URI`, { uri: text });
    return uri;
  }
}

/** The URI that `text` is, or undefined. Ports run to 65535; an escape wants two hexadecimal digits. */
export function parseUri(text: string): Uri | undefined {
  look(text, 0, text.length);
  return scanUri(text, 0, text.length);
}

/** {@link parseUri} of a part of `text`, which the URI goes on referring to. Its characters are in hand. */
export function scanUri(text: string, from: number, to: number): Uri | undefined {
  if (to - from < 5) return undefined; // none is shorter than `sip:a`, but `a:b`, which nobody uses
  const sip = sipSchemeAt(from);
  if (sip !== undefined) {
    const uri = readSipUri(sip, text, from, to);
    return found.stop === to ? uri : undefined;
  }
  const colon = text.indexOf(':', from);
  if (colon <= from || colon + 1 >= to || passClass(from, colon, TOKEN) !== colon) return undefined;
  const scheme = text.slice(from, colon).toLowerCase();
  if (!/^[a-z][a-z\d+.-]*$/.test(scheme)) return undefined;
  for (let at = colon + 1; at < to; at += 1) {
    const code = CODES[at]!;
    if (code > 127 || (CLASS[code]! & URIC) === 0 || (code === PERCENT && !isEscape(at, to))) return undefined;
  }
  return scheme === 'tel' ? scanTelUri(text, colon + 1, to) : new OtherUri(scheme, text.slice(from, to));
}

/** The scheme of the URI that begins at `at` of the characters in hand, if it is SIP or SIPS. */
export function sipSchemeAt(at: number): 'sip' | 'sips' | undefined {
  if (wordIs(at, SIP, THREE_LETTERS)) return 'sip';
  return wordIs(at, SIPS, LETTERS) && CODES[at + 4] === COLON ? 'sips' : undefined;
}

/** The SIP URI that begins at `from` of the characters in hand, as far as it goes: `found.stop` is the place behind it, at most `to`. */
export function readSipUri(scheme: 'sip' | 'sips', text: string, from: number, to: number): SipUri | undefined {
  let at = from + scheme.length + 1;
  let user: string | undefined;
  let password: string | undefined;
  let mark = skipUserinfo(at, to, USER);
  if (mark < to) {
    const userTo = mark;
    if (CODES[mark]! === COLON) mark = skipUserinfo(mark + 1, to, PASSWORD);
    if (mark < to && CODES[mark]! === AT) {
      if (userTo === at) return undefined;
      user = text.slice(at, userTo);
      if (userTo < mark) password = text.slice(userTo + 1, mark);
      at = mark + 1;
    }
  }
  const hostTo = skipHost(at, to);
  if (hostTo < 0) return undefined;
  const host = text.slice(at, hostTo);
  let port: number | undefined;
  at = hostTo;
  if (at < to && CODES[at]! === COLON) {
    const portFrom = at + 1;
    for (at = portFrom; at < to && CODES[at]! >= 0x30 && CODES[at]! <= 0x39;) at += 1;
    port = digitsAt(portFrom, at, 65535);
    if (port === undefined) return undefined;
  }
  const parametersFrom = at;
  while (at < to && CODES[at]! === SEMICOLON) {
    at = nextUriParameter(at, to);
    if (at < 0) return undefined;
  }
  let end = at;
  if (at < to && CODES[at]! === QUESTION) {
    end = skipHeaderPart(at + 1, to);
    if (end === at + 1) return undefined;
  }
  found.stop = end;
  return new SipUri(scheme, user, password, host, port, text, from, parametersFrom, at, end);
}

function skipHeaderPart(at: number, to: number): number {
  for (; at < to; at += 1) {
    const code = CODES[at]!;
    if (code > 127 || ((CLASS[code]! & HNV) === 0 && !(code === PERCENT && isEscape(at, to)))) return at;
  }
  return at;
}

function skipUserinfo(at: number, to: number, bits: number): number {
  for (;;) {
    at = passClass(at, to, bits);
    if (at >= to || CODES[at]! !== PERCENT || !isEscape(at, to)) return at;
    at += 1;
  }
}

/** The place behind the host that begins at `at`, or -1. A name is letters, digits, `-`, `.` and `_`; an IPv6 reference stands in brackets. */
export function skipHost(at: number, to: number): number {
  if (at >= to) return -1;
  const first = CODES[at]!;
  if (first !== OPENING_BRACKET) {
    const end = passClass(at, to, HOST);
    return end === at || first === 0x2e || first === 0x2d ? -1 : end;
  }
  let colons = 0;
  for (at += 1; at < to; at += 1) {
    const code = CODES[at]!;
    if (code === CLOSING_BRACKET) return colons < 2 || colons > 8 ? -1 : at + 1;
    if (code === COLON) colons += 1;
    else if (!isHex(code) && code !== 0x2e) return -1;
  }
  return -1;
}

/** `text` as a user part or password: what does not stand there as it is gets escaped; escapes that are there stay. */
export function escapeUser(text: string): string {
  let escaped = '';
  for (const character of wellFormed(text)) {
    const code = character.codePointAt(0)!;
    escaped += code < 128 && code !== 0x23 && ((CLASS[code]! & USER) !== 0 || code === PERCENT) ? character : encodeURIComponent(character);
  }
  return escaped.replaceAll(/%(?![\da-f]{2})/gi, '%25');
}
