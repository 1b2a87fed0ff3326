/** URIs that are no SIP: telephone numbers (RFC 3966), and any other scheme kept whole. */
import { SipError } from '@jackfield/base';
import { CODES } from './codes.ts';
import type { Uri } from './model.ts';
import { Parameters, nextUriParameter } from './parameters.ts';
import { SEMICOLON } from './tokens.ts';

/** A telephone number (RFC 3966). `user` is the number as written, so that callers read numbers in one place. */
export class TelUri implements Uri {
  readonly scheme = 'tel';
  readonly user: string;
  readonly host = '';
  readonly parameters: Parameters;

  /** @internal Use {@link parseUri}. */
  constructor(number: string, parameters: string) {
    assertUriText(number + parameters);
    this.user = number;
    this.parameters = new Parameters(parameters, 'uri');
  }

  /** The number without visual separators: `+12015550123`. */
  get digits(): string {
    return this.user.replaceAll(/[-.()]/g, '');
  }

  toString(): string {
    return `tel:${this.user}${this.parameters.toString()}`;
  }
}

/** A URI of a scheme that this stack does not read, kept whole. `host` is the authority's, empty when there is none. */
export class OtherUri implements Uri {
  readonly scheme: string;
  readonly user = undefined;
  readonly #text: string;

  /** @internal Use {@link parseUri}. */
  constructor(scheme: string, text: string) {
    assertUriText(text);
    this.scheme = scheme;
    this.#text = text;
  }

  get host(): string {
    return /^[^:]+:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^:/?#]*)/.exec(this.#text)?.[1] ?? '';
  }

  toString(): string {
    return this.#text;
  }
}

/** What no parser has seen might end a line. */
function assertUriText(text: string): void {
  if (/[^\u0021-\u007e]/.test(text)) throw new SipError('SIP_URI_SYNTAX', `${JSON.stringify(text)} is no URI`, { uri: text });
}

/** The number and parameters that stand in `text` from `from`, behind `tel:`, to `to`. */
export function scanTelUri(text: string, from: number, to: number): TelUri | undefined {
  let end = from;
  while (end < to && CODES[end]! !== SEMICOLON) end += 1;
  const number = text.slice(from, end);
  if (!/^(?:\+[-.()]*\d[-.()\d]*|[-.()]*[\da-f*#][-.()\da-f*#]*)$/i.test(number)) return undefined;
  for (let at = end; at < to;) {
    if (CODES[at]! !== SEMICOLON) return undefined;
    at = nextUriParameter(at, to);
    if (at < 0) return undefined;
  }
  return new TelUri(number, text.slice(end, to));
}
