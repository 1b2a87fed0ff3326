/**
 * What a peer says it can do (RFC 3261 §20.5, §20.37). Most say the same in every call: what was said is read once, and all dialogs share what was read.
 */
import type { HeaderList } from '../messages/headers.ts';
import { nameId } from '../messages/names.ts';
import { detached } from '../messages/tokens.ts';
import { readTokens } from '../messages/typed-headers.ts';

/** Texts that are kept, and characters of one: who says something else in each call makes us read it each time, and keep no more. */
const MAX_KEPT = 256;
const MAX_LENGTH = 1024;

class Sayings {
  readonly #name: string;
  readonly #id: number;
  readonly #read: (token: string) => string;
  readonly #kept = new Map<string, ReadonlySet<string>>();

  constructor(name: string, read: (token: string) => string) {
    this.#name = name;
    this.#id = nameId(name, 0, name.length);
    this.#read = read;
  }

  /** Undefined where nothing is said. */
  of(headers: HeaderList): ReadonlySet<string> | undefined {
    let text: string | undefined;
    for (const field of headers.fields) if (field.id === this.#id) text = text === undefined ? field.value : `${text}, ${field.value}`;
    if (text === undefined) return undefined;
    const known = this.#kept.get(text);
    if (known !== undefined) return known;
    const read: ReadonlySet<string> = new Set(readTokens(headers, this.#name).map((token) => this.#read(detached(token))));
    if (text.length > MAX_LENGTH) return read;
    if (this.#kept.size === MAX_KEPT) this.#kept.clear();
    this.#kept.set(detached(text), read);
    return read;
  }
}

export const NO_TOKENS: ReadonlySet<string> = new Set();
/** Methods, as spelt. */
export const allows = new Sayings('Allow', (method) => method);
/** Option tags, lower-case. */
export const supports = new Sayings('Supported', (tag) => tag.toLowerCase());
