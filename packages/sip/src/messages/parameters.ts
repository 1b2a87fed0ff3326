/** Parameters of header values and of URIs (RFC 3261 §7.3.1, §19.1.1): a scanner that allocates nothing, and the view that programs read and change. */
import { CODES, look, passQuoted, passSpace } from './codes.ts';
import { SipError } from '@jackfield/base';
import {
  CLASS,
  EQUALS,
  PARAM,
  PERCENT,
  QUOTE,
  SEMICOLON,
  SPACE,
  TOKEN,
  VALUE,
  decodeBytes,
  isToken,
  quote,
  sanitise,
  skipClass,
  skipSpaceBack,
  unescapeUri,
  unquote,
  wellFormed,
} from './tokens.ts';

/** Where the scanner found what it read last. `valueFrom` is -1 when there was no `=`; of a quoted value it is the place of the quote. `token`: the value is one. */
export const found = { nameFrom: 0, nameTo: 0, valueFrom: 0, valueTo: 0, stop: 0, token: false };

/** True when two hexadecimal digits follow the `%` at `at`. */
export function isEscape(at: number, end: number): boolean {
  return at + 2 < end && isHex(CODES[at + 1]!) && isHex(CODES[at + 2]!);
}

export function isHex(code: number): boolean {
  const lower = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

/** Reads one header parameter of the characters in hand: the `;` is at `at`. Gives the place behind it and its trailing space, or -1; fills {@link found}. */
export function nextHeaderParameter(at: number, end: number): number {
  let nameFrom = at + 1;
  if (nameFrom < end && CODES[nameFrom]! <= SPACE) nameFrom = passSpace(nameFrom, end);
  for (at = nameFrom; at < end && (CLASS[CODES[at]!]! & TOKEN) !== 0;) at += 1;
  if (at === nameFrom) return -1;
  found.nameFrom = nameFrom;
  found.nameTo = at;
  found.valueFrom = -1;
  if (at < end && CODES[at]! <= SPACE) at = passSpace(at, end);
  if (at === end || CODES[at]! !== EQUALS) return at;
  at += 1;
  if (at < end && CODES[at]! <= SPACE) at = passSpace(at, end);
  const valueFrom = at;
  found.valueFrom = valueFrom;
  found.token = false;
  if (at < end && CODES[at]! === QUOTE) at = passQuoted(at, end);
  else {
    let bits = 0;
    let all = VALUE | TOKEN;
    while (at < end && ((bits = CLASS[CODES[at]!]!) & VALUE) !== 0) {
      all &= bits;
      at += 1;
    }
    found.token = (all & TOKEN) !== 0;
  }
  if (at < 0 || at === valueFrom) return -1;
  found.valueTo = at;
  return at < end && CODES[at]! <= SPACE ? passSpace(at, end) : at;
}

/** Reads one URI parameter of the characters in hand: the `;` is at `at`. Gives the place behind it, or -1; fills {@link found}. */
export function nextUriParameter(at: number, end: number): number {
  const nameFrom = at + 1;
  at = skipUriText(nameFrom, end);
  if (at <= nameFrom) return -1;
  found.nameFrom = nameFrom;
  found.nameTo = at;
  found.valueFrom = -1;
  if (at === end || CODES[at]! !== EQUALS) return at;
  found.valueFrom = at + 1;
  at = skipUriText(at + 1, end);
  found.valueTo = at;
  return at === found.valueFrom ? -1 : at;
}

function skipUriText(at: number, end: number): number {
  for (; at < end; at += 1) {
    const code = CODES[at]!;
    if (code > 127) return at;
    if (code === PERCENT) {
      if (!isEscape(at, end)) return -1;
    } else if ((CLASS[code]! & PARAM) === 0) return at;
  }
  return at;
}

function isUriName(name: string): boolean {
  look(name, 0, name.length);
  return name !== '' && skipUriText(0, name.length) === name.length;
}

interface Parameter {
  /** What it is found by. */
  readonly key: string;
  readonly name: string;
  /** As on the wire, quotes and all. */
  text: string | undefined;
}

/**
 * Parameters in their order, by case-insensitive name. A quoted value is given unquoted and written back as it came; the first of two of one
 * name counts. In a URI, names match escapes undone, and values are given with their escapes.
 */
export class Parameters {
  readonly #kind: 'header' | 'uri';
  #source: string;
  #list: Parameter[] | undefined;
  #touched = false;

  /** @param source - `;a=b;c`, in the grammar of `kind`; a text that is not gives the parameters before the mistake. */
  constructor(source = '', kind: 'header' | 'uri' = 'header') {
    this.#kind = kind;
    this.#source = source;
  }

  get(name: string): string | undefined {
    return bare(this.#find(name)?.text);
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /**
   * Writes a header value that is no token in quotes, and escapes what a URI does not carry as it is.
   *
   * @throws SipError `SIP_HEADER_SYNTAX` for a name that cannot be one, or an empty value.
   */
  set(name: string, value?: string): void {
    if (this.#kind === 'header' ? !isToken(name) : !isUriName(name)) {
      throw new SipError('SIP_HEADER_SYNTAX', `${JSON.stringify(name)} is no parameter name`, { header: name });
    }
    const text = value === undefined ? undefined : this.#write(value);
    if (text === '') throw new SipError('SIP_HEADER_SYNTAX', `parameter ${name} wants a value or none, not an empty one`, { header: name });
    const there = this.#find(name);
    if (there === undefined) this.#entries().push({ key: this.#key(name), name, text });
    else there.text = text;
    this.#touched = true;
  }

  delete(name: string): boolean {
    const list = this.#entries();
    const key = this.#key(name);
    const left = list.filter((parameter) => parameter.key !== key);
    if (left.length === list.length) return false;
    this.#list = left;
    this.#touched = true;
    return true;
  }

  /** All of them, those of one name too, in their order. */
  *entries(): Generator<readonly [name: string, value: string | undefined]> {
    for (const { name, text } of this.#entries()) yield [name, bare(text)];
  }

  /** `;a=b;c`: what nobody changed stands as it came. */
  toString(): string {
    if (!this.#touched) return this.#source;
    let text = '';
    for (const parameter of this.#entries())
      text += parameter.text === undefined ? `;${parameter.name}` : `;${parameter.name}=${parameter.text}`;
    return text;
  }

  #write(value: string): string {
    if (this.#kind === 'uri') {
      return wellFormed(value)
        .replaceAll(/[^\w\-.!~*'()[\]/:&+$%]/g, (character) => encodeURIComponent(character))
        .replaceAll(/%(?![\da-f]{2})/gi, '%25');
    }
    return skipClass(value, 0, value.length, TOKEN) === value.length ? value : quote(value);
  }

  #find(name: string): Parameter | undefined {
    const key = this.#key(name);
    for (const parameter of this.#entries()) if (parameter.key === key) return parameter;
    return undefined;
  }

  #key(name: string): string {
    return (this.#kind === 'uri' ? unescapeUri(name) : name).toLowerCase();
  }

  #entries(): Parameter[] {
    if (this.#list !== undefined) return this.#list;
    const list: Parameter[] = [];
    const source = this.#source;
    look(source, 0, source.length);
    for (let at = passSpace(0, source.length); at < source.length && CODES[at] === SEMICOLON;) {
      at = this.#kind === 'uri' ? nextUriParameter(at, source.length) : nextHeaderParameter(at, source.length);
      if (at < 0) break;
      const name = source.slice(found.nameFrom, found.nameTo);
      list.push({
        key: this.#key(name),
        name,
        text: found.valueFrom < 0 ? undefined : source.slice(found.valueFrom, found.valueTo),
      });
    }
    this.#list = list;
    return list;
  }
}

function bare(text: string | undefined): string | undefined {
  return text?.charCodeAt(0) === QUOTE ? unquote(text, 1, text.length - 1) : text;
}

/** The parameters of a header value that stand in `source`, a string of bytes, from `from` to `to`. */
export function parametersOfBytes(source: string, from: number, to: number): Parameters {
  return new Parameters(sanitise(decodeBytes(source.slice(from, skipSpaceBack(source, from, to)))));
}
