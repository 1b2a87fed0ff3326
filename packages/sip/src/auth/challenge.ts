/**
 * Values of WWW-Authenticate, Authorization and their proxy twins (RFC 3261 §20.7, §20.27, §20.28, §20.44; RFC 7235 §2.1): schemes and
 * parameters, whatever they mean. Nothing here throws on what the network sends.
 */
import type { ReadonlyHeaders } from '../messages/model.ts';
import {
  CLASS,
  COMMA,
  EQUALS,
  QUOTE,
  SLASH,
  TOKEN,
  VALUE,
  quote,
  sanitise,
  skipClass,
  skipQuoted,
  skipSpace,
  unquote,
} from '../messages/tokens.ts';
import { positive } from '../transport/positive.ts';

/** Past one of them a field counts as malformed. */
export interface AuthLimits {
  /** Characters of one header field's value; default 8192. */
  readonly maxFieldLength?: number | undefined;
  /** Challenges or credentials, in one field and in all fields of a name together; default 16. */
  readonly maxValues?: number | undefined;
  /** Parameters of one challenge or of one set of credentials; default 64. */
  readonly maxParameters?: number | undefined;
}

export type FullAuthLimits = { readonly [K in keyof AuthLimits]-?: number };

const DEFAULTS: FullAuthLimits = { maxFieldLength: 8192, maxValues: 16, maxParameters: 64 };

/** @throws SIP_OPTION for a limit that is no positive integer. */
export function fullAuthLimits(limits: AuthLimits = DEFAULTS): FullAuthLimits {
  return {
    maxFieldLength: positive('maxFieldLength', limits.maxFieldLength, DEFAULTS.maxFieldLength),
    maxValues: positive('maxValues', limits.maxValues, DEFAULTS.maxValues),
    maxParameters: positive('maxParameters', limits.maxParameters, DEFAULTS.maxParameters),
  };
}

/** `value` is without quotes and their escapes; `quoted` says how it came, and how it is written. */
export interface AuthParameter {
  readonly name: string;
  readonly value: string;
  readonly quoted: boolean;
}

/** One challenge, or one set of credentials. */
export class AuthValue {
  /** As written. */
  readonly scheme: string;
  /** In their order; no name twice. */
  readonly parameters: readonly AuthParameter[];
  /** What some schemes have in place of parameters. */
  readonly token68: string | undefined;
  #byName: ReadonlyMap<string, string> | undefined;

  constructor(scheme: string, parameters: readonly AuthParameter[], token68?: string) {
    this.scheme = scheme;
    this.parameters = parameters;
    this.token68 = token68;
  }

  /** True for Digest, in any case. */
  get isDigest(): boolean {
    return this.scheme.toLowerCase() === 'digest';
  }

  /** @param name - in lower case. */
  get(name: string): string | undefined {
    this.#byName ??= new Map(this.parameters.map((parameter) => [parameter.name.toLowerCase(), parameter.value]));
    return this.#byName.get(name);
  }

  toString(): string {
    if (this.token68 !== undefined) return `${this.scheme} ${this.token68}`;
    const parameters = this.parameters.map(({ name, value, quoted }) => `${name}=${quoted || !isPlain(value) ? quote(value) : value}`);
    return parameters.length === 0 ? this.scheme : `${this.scheme} ${parameters.join(', ')}`;
  }
}

function isPlain(value: string): boolean {
  return value.length > 0 && skipClass(value, 0, value.length, VALUE) === value.length;
}

/** Everything in one field: a challenge may be followed by more of them. Undefined when malformed, empty, or past a limit. */
export function parseAuthValues(text: string, limits: FullAuthLimits = DEFAULTS): AuthValue[] | undefined {
  if (text.length > limits.maxFieldLength) return undefined;
  return new Reader(text, limits.maxParameters).values(limits.maxValues);
}

/** Those of all fields with that name, topmost first. Malformed fields are left out, and so is what is too many. */
export function readAuthValues(headers: ReadonlyHeaders, name: string, limits: FullAuthLimits = DEFAULTS): AuthValue[] {
  const all: AuthValue[] = [];
  for (const field of headers.getAll(name)) {
    const values = parseAuthValues(field, limits);
    if (values !== undefined) all.push(...values);
    if (all.length >= limits.maxValues) return all.slice(0, limits.maxValues);
  }
  return all;
}

/** Authentication-Info has parameters and no scheme (RFC 7615 §3). Undefined when malformed. */
export function parseAuthInfo(text: string, limits: FullAuthLimits = DEFAULTS): AuthValue | undefined {
  if (text.length > limits.maxFieldLength) return undefined;
  return new Reader(text, limits.maxParameters).bare();
}

/** The first field of that name. Undefined when missing or malformed. */
export function readAuthInfo(
  headers: ReadonlyHeaders,
  name: 'Authentication-Info' | 'Proxy-Authentication-Info' = 'Authentication-Info',
): AuthValue | undefined {
  const text = headers.get(name);
  return text === undefined ? undefined : parseAuthInfo(text);
}

/** Goes once through a field. */
class Reader {
  readonly #text: string;
  readonly #maxParameters: number;
  #at = 0;

  constructor(text: string, maxParameters: number) {
    this.#text = text;
    this.#maxParameters = maxParameters;
  }

  values(most: number): AuthValue[] | undefined {
    const values: AuthValue[] = [];
    this.#skipSeparators();
    while (this.#at < this.#text.length) {
      const value = values.length < most ? this.#value() : undefined;
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values.length === 0 ? undefined : values;
  }

  bare(): AuthValue | undefined {
    this.#skipSeparators();
    const parameters = this.#parameters();
    return parameters === undefined || this.#at < this.#text.length ? undefined : new AuthValue('', parameters);
  }

  #value(): AuthValue | undefined {
    const text = this.#text;
    const stop = skipClass(text, this.#at, text.length, TOKEN);
    if (stop === this.#at) return undefined;
    const scheme = text.slice(this.#at, stop);
    this.#at = skipSpace(text, stop, text.length);
    if (this.#atElementEnd(this.#at)) {
      this.#skipSeparators();
      return new AuthValue(scheme, []);
    }
    if (this.#at === stop) return undefined;
    const token68 = this.#token68();
    if (token68 !== undefined) return new AuthValue(scheme, [], token68);
    const parameters = this.#parameters();
    return parameters === undefined ? undefined : new AuthValue(scheme, parameters);
  }

  #token68(): string | undefined {
    const text = this.#text;
    let stop = this.#at;
    while (stop < text.length && isToken68(text.charCodeAt(stop))) stop += 1;
    while (stop < text.length && text.charCodeAt(stop) === EQUALS) stop += 1;
    const behind = skipSpace(text, stop, text.length);
    if (!this.#atElementEnd(behind)) return undefined;
    const token68 = text.slice(this.#at, stop);
    this.#at = behind;
    this.#skipSeparators();
    return token68;
  }

  /** Up to the end, or to the scheme of the next value. */
  #parameters(): AuthParameter[] | undefined {
    const text = this.#text;
    const parameters: AuthParameter[] = [];
    const names = new Set<string>();
    while (this.#at < text.length) {
      const stop = skipClass(text, this.#at, text.length, TOKEN);
      if (stop === this.#at) return undefined;
      const equals = skipSpace(text, stop, text.length);
      if (text.charCodeAt(equals) !== EQUALS) return parameters.length > 0 ? parameters : undefined;
      const name = text.slice(this.#at, stop);
      const parameter = this.#parameter(name, skipSpace(text, equals + 1, text.length));
      if (parameter === undefined || parameters.length === this.#maxParameters) return undefined;
      parameters.push(parameter);
      if (names.size === names.add(name.toLowerCase()).size) return undefined; // said twice: who knows which one counts
      this.#at = skipSpace(text, this.#at, text.length);
      if (!this.#atElementEnd(this.#at)) return undefined;
      this.#skipSeparators();
    }
    return parameters.length > 0 ? parameters : undefined;
  }

  #parameter(name: string, from: number): AuthParameter | undefined {
    const text = this.#text;
    if (text.charCodeAt(from) !== QUOTE) {
      // more than a token: some write a URI without its quotes
      this.#at = skipClass(text, from, text.length, VALUE);
      return this.#at === from ? undefined : { name, value: text.slice(from, this.#at), quoted: false };
    }
    const behind = skipQuoted(text, from, text.length);
    if (behind < 0) return undefined;
    this.#at = behind;
    const value = unquote(text, from + 1, behind - 1);
    return sanitise(value) === value ? { name, value, quoted: true } : undefined;
  }

  #atElementEnd(at: number): boolean {
    return at === this.#text.length || this.#text.charCodeAt(at) === COMMA;
  }

  #skipSeparators(): void {
    const text = this.#text;
    this.#at = skipSpace(text, this.#at, text.length);
    while (text.charCodeAt(this.#at) === COMMA) this.#at = skipSpace(text, this.#at + 1, text.length);
  }
}

function isToken68(code: number): boolean {
  return (CLASS[code]! & TOKEN) !== 0 || code === SLASH;
}
