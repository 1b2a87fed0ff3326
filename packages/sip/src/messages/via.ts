/** Via (RFC 3261 §20.42) with `rport` (RFC 3581). Reads one element of a list at a time; which element counts is message.ts's. */
import { SHOWN } from './shown.ts';
import { CODES, LETTERS, THREE_LETTERS, digitsAt, look, passClass, passSpace, passSpaceBack, wordIs, wordOf } from './codes.ts';
import { found, nextHeaderParameter, parametersOfBytes, type Parameters } from './parameters.ts';
import { COLON, COMMA, QUOTE, SEMICOLON, SLASH, TOKEN, decodeBytes, encodeBytes, isSpace } from './tokens.ts';
import { skipHost } from './uri-syntax.ts';

const KNOWN_TRANSPORTS = ['UDP', 'TCP', 'TLS', 'WS', 'WSS', 'SCTP'].map((upper) => ({ upper, lower: upper.toLowerCase() }));

// The protocol as everybody writes it, and how the common parameters begin.
const SIP = wordOf('SIP/');
const TWO = wordOf('2.0/');
const UDP = wordOf('UDP ');
const BRAN = wordOf('bran');
const NCH = wordOf('nch=');
const RPOR = wordOf('rpor');
const RECE = wordOf('rece');

/** One hop. `host` and `port` are the sent-by as written; an IPv6 reference has its brackets. */
export class Via {
  /** Upper-case. */
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly branch: string | undefined;
  readonly received: string | undefined;
  /** `true`: asked for, not yet filled. */
  readonly rport: number | true | undefined;
  readonly maddr: string | undefined;
  /** 0 to 255. */
  readonly ttl: number | undefined;
  private readonly text: string;
  private readonly textFrom: number;
  private readonly parametersFrom: number;
  private readonly textTo: number;
  /** Behind the name of an `rport` that has no value; 0 without one. */
  private readonly rportEnd: number;
  private keptParameters: Parameters | undefined = undefined;

  /** @internal Use {@link parseVia}. The last five are places in `source`. */
  constructor(
    transport: string,
    host: string,
    port: number | undefined,
    branch: string | undefined,
    received: string | undefined,
    rport: number | true | undefined,
    maddr: string | undefined,
    ttl: number | undefined,
    source: string,
    from: number,
    parametersFrom: number,
    to: number,
    rportEnd: number,
  ) {
    this.transport = transport;
    this.host = host;
    this.port = port;
    this.branch = branch;
    this.received = received;
    this.rport = rport;
    this.maddr = maddr;
    this.ttl = ttl;
    this.text = source;
    this.textFrom = from;
    this.parametersFrom = parametersFrom;
    this.textTo = to;
    this.rportEnd = rportEnd;
  }

  /** For reading: a changed one is not written back. */
  get parameters(): Parameters {
    return (this.keptParameters ??= parametersOfBytes(this.text, this.parametersFrom, this.textTo));
  }

  /** As it came. */
  toString(): string {
    return decodeBytes(this.text.slice(this.textFrom, this.textTo));
  }

  [SHOWN](): string {
    return this.toString();
  }

  /** As it came, one byte a character. @internal */
  get bytes(): string {
    return this.text.slice(this.textFrom, this.textTo);
  }

  /** With `received`, and the `rport` filled that was asked for (RFC 3581 §4): what a server writes into the topmost Via. A value that the peer put there is replaced. */
  stamped(host: string, port: number): Via {
    const source = this.text;
    const rport = this.rport === undefined ? undefined : port;
    let text: string;
    if (this.received === undefined && (rport === undefined || this.rportEnd > 0)) {
      const middle = this.rportEnd;
      text = rport === undefined ? this.bytes : source.slice(this.textFrom, middle) + '=' + port + source.slice(middle, this.textTo);
    } else {
      look(source, this.parametersFrom, this.textTo);
      text = source.slice(this.textFrom, this.parametersFrom);
      for (let at = passSpace(this.parametersFrom, this.textTo); at < this.textTo;) {
        const from = at;
        at = nextHeaderParameter(at, this.textTo);
        const length = found.nameTo - found.nameFrom;
        if (length === 5 && nameIs(found.nameFrom, 'rport')) text += `;rport=${port}`;
        else if (length !== 8 || !nameIs(found.nameFrom, 'received')) text += source.slice(from, at);
      }
    }
    text += ';received=' + host;
    const parametersFrom = this.parametersFrom - this.textFrom;
    return new Via(
      this.transport,
      this.host,
      this.port,
      this.branch,
      host,
      rport,
      this.maddr,
      this.ttl,
      text,
      0,
      parametersFrom,
      text.length,
      0,
    );
  }

  /** Characters, as it came. @internal */
  get length(): number {
    return this.textTo - this.textFrom;
  }

  /** Whether it is all of the value that stands in `source` from `from` to `to`. @internal */
  fills(source: string, from: number, to: number): boolean {
    return this.text === source && this.textFrom === from && this.textTo === to;
  }
}

/** The one Via that `text` is, or undefined. */
export function parseVia(text: string): Via | undefined {
  const bytes = encodeBytes(text);
  return scanVia(bytes, 0, bytes.length, false);
}

/** Reads the Via that begins at `from` of a string of bytes. In a `list` it ends at a comma, whose place is then `found.stop`; else `found.stop` is `to`. */
export function scanVia(text: string, from: number, to: number, list: boolean): Via | undefined {
  look(text, from, to);
  from = passSpace(from, to);
  let at: number;
  let hostFrom: number;
  let transport: string;
  if (wordIs(from, SIP, 0) && wordIs(from + 4, TWO, 0) && wordIs(from + 8, UDP, 0)) {
    transport = 'UDP';
    hostFrom = from + 12;
  } else {
    at = skipProtocol(from, to);
    if (at < 0) return undefined;
    const transportEnd = passClass(at, to, TOKEN);
    if (transportEnd === at || transportEnd === to || !isSpace(CODES[transportEnd]!)) return undefined;
    transport = readTransport(text, at, transportEnd);
    hostFrom = transportEnd;
  }
  hostFrom = passSpace(hostFrom, to);
  const hostTo = skipHost(hostFrom, to);
  if (hostTo < 0) return undefined;
  at = passSpace(hostTo, to);
  let port: number | undefined;
  if (at < to && CODES[at]! === COLON) {
    const portFrom = passSpace(at + 1, to);
    for (at = portFrom; at < to && CODES[at]! >= 0x30 && CODES[at]! <= 0x39;) at += 1;
    port = digitsAt(portFrom, at, 65535);
    if (port === undefined) return undefined;
    at = passSpace(at, to);
  }
  return scanParameters(transport, text.slice(hostFrom, hostTo), port, text, from, at, to, list);
}

function scanParameters(
  transport: string,
  host: string,
  port: number | undefined,
  text: string,
  from: number,
  at: number,
  to: number,
  list: boolean,
): Via | undefined {
  const parametersFrom = at;
  let branch: string | undefined;
  let received: string | undefined;
  let rport: number | true | undefined;
  let maddr: string | undefined;
  let ttl: number | undefined;
  let rportEnd = 0;
  while (at < to && CODES[at]! === SEMICOLON) {
    if (branch === undefined && wordIs(at + 1, BRAN, LETTERS) && wordIs(at + 5, NCH, THREE_LETTERS)) {
      const valueFrom = at + 9;
      const valueTo = passClass(valueFrom, to, TOKEN);
      const code = CODES[valueTo]!;
      if (valueTo > valueFrom && (valueTo === to || code === SEMICOLON || code === COMMA)) {
        branch = text.slice(valueFrom, valueTo);
        at = valueTo;
        continue;
      }
    }
    at = nextHeaderParameter(at, to);
    if (at < 0) return undefined;
    const valued = found.valueFrom >= 0;
    const nameFrom = found.nameFrom;
    switch (found.nameTo - nameFrom) {
      case 3:
        if (nameIs(nameFrom, 'ttl')) {
          ttl = valued ? digitsAt(found.valueFrom, found.valueTo, 255) : undefined;
          if (ttl === undefined) return undefined;
        }
        break;
      case 5:
        if (wordIs(nameFrom, RPOR, LETTERS) && nameIs(nameFrom + 4, 't')) {
          rport = valued ? digitsAt(found.valueFrom, found.valueTo, 65535) : true;
          if (!valued) rportEnd = found.nameTo;
          if (rport === undefined) return undefined;
        } else if (nameIs(nameFrom, 'maddr')) {
          if (!valued) return undefined;
          maddr = text.slice(found.valueFrom, found.valueTo);
        }
        break;
      case 6:
        if (wordIs(nameFrom, BRAN, LETTERS) && nameIs(nameFrom + 4, 'ch')) {
          if (!valued || branch !== undefined || CODES[found.valueFrom]! === QUOTE) return undefined;
          branch = text.slice(found.valueFrom, found.valueTo);
        }
        break;
      case 8:
        if (wordIs(nameFrom, RECE, LETTERS) && nameIs(nameFrom + 4, 'ived')) {
          if (!valued) return undefined;
          received = text.slice(found.valueFrom, found.valueTo);
        }
        break;
      default:
    }
  }
  if (at < to && !(list && CODES[at]! === COMMA)) return undefined;
  found.stop = at;
  return new Via(transport, host, port, branch, received, rport, maddr, ttl, text, from, parametersFrom, passSpaceBack(from, at), rportEnd);
}

/** Of a Via that is malformed, or of another version, transport and sent-by: enough to answer the message that was refused for it. @internal */
export function salvageVia(text: string): Via | undefined {
  const plain = text.replace(/[;,][^]*/, '').replace(/^sip\s*\/\s*\d+\.\d+/i, 'SIP/2.0');
  return scanVia(plain, 0, plain.length, false);
}

/** The place behind `SIP/2.0/`, with the white space that may stand around the slashes, or -1. */
function skipProtocol(at: number, to: number): number {
  if (wordIs(at, SIP, 0) && wordIs(at + 4, TWO, 0)) return passSpace(at + 8, to);
  if (!nameIs(at, 'sip') || at + 3 > to) return -1;
  at = passSpace(at + 3, to);
  if (CODES[at]! !== SLASH) return -1;
  at = passSpace(at + 1, to);
  if (CODES[at]! !== 0x32 || CODES[at + 1]! !== 0x2e || CODES[at + 2]! !== 0x30) return -1;
  at = passSpace(at + 3, to);
  if (at >= to || CODES[at]! !== SLASH) return -1;
  return passSpace(at + 1, to);
}

function readTransport(text: string, from: number, to: number): string {
  if (to - from === 3 && CODES[from]! === 0x55 && CODES[from + 1]! === 0x44 && CODES[from + 2]! === 0x50) return 'UDP';
  for (const { upper, lower } of KNOWN_TRANSPORTS) if (lower.length === to - from && nameIs(from, lower)) return upper;
  return text.slice(from, to).toUpperCase();
}

function nameIs(at: number, lower: string): boolean {
  for (let of = 0; of < lower.length; of += 1) if ((CODES[at + of]! | 0x20) !== lower.charCodeAt(of)) return false;
  return true;
}
