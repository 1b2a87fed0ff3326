/** Allow, Accept and Supported of the stack: what its services, usages and packages added, counted by token, as ready header values. */
import { SipError } from '@jackfield/base';
import type { Registration } from './contract.ts';
import type { Capabilities } from './core.ts';
import { isToken } from './messages/tokens.ts';

class TokenCount {
  readonly #counts = new Map<string, number>();
  #text: string | undefined;

  add(tokens: readonly string[], by: 1 | -1): void {
    for (const token of tokens) {
      const count = (this.#counts.get(token) ?? 0) + by;
      if (count > 0) this.#counts.set(token, count);
      else this.#counts.delete(token);
    }
    this.#text = undefined;
  }

  has(token: string): boolean {
    return this.#counts.has(token);
  }

  get size(): number {
    return this.#counts.size;
  }

  get tokens(): Iterable<string> {
    return this.#counts.keys();
  }

  get text(): string {
    return (this.#text ??= [...this.#counts.keys()].join(', '));
  }
}

export class CapabilityTable {
  readonly #allow = new TokenCount();
  readonly #accept = new TokenCount();
  readonly #supported = new TokenCount();
  readonly #required = new TokenCount();
  #requiredTags: readonly string[] = [];
  #values: { readonly allow: string; readonly accept: string; readonly supported: string } | undefined;

  constructor() {
    this.#allow.add(['OPTIONS'], 1);
  }

  /**
   * An INVITE brings ACK and CANCEL with it: nobody answers those himself.
   *
   * @throws SipError `SIP_HEADER_SYNTAX` for what could not be listed: a method or option tag that is no token, a type that is no media type.
   */
  register(add: Capabilities): Registration {
    assertTokens('Allow', add.allow);
    assertTokens('Supported', add.supported);
    assertTokens('Require', add.require);
    for (const type of add.accept ?? []) assertTokens('Accept', type.split('/'));
    const allow = add.allow?.includes('INVITE') === true ? [...add.allow, 'ACK', 'CANCEL'] : (add.allow ?? []);
    const accept = (add.accept ?? []).map((type) => type.toLowerCase());
    const required = (add.require ?? []).map((tag) => tag.toLowerCase());
    const supported = [...(add.supported ?? []).map((tag) => tag.toLowerCase()), ...required]; // what we ask for we know
    this.#change(allow, accept, supported, required, 1);
    let registered = true;
    const unregister = (): void => {
      if (!registered) return;
      registered = false;
      this.#change(allow, accept, supported, required, -1);
    };
    return { unregister, [Symbol.dispose]: unregister };
  }

  get values(): { readonly allow: string; readonly accept: string; readonly supported: string } {
    return (this.#values ??= { allow: this.#allow.text, accept: this.#accept.text, supported: this.#supported.text });
  }

  /** Option tags, lower-case, that a request which makes a dialog must know. */
  get required(): readonly string[] {
    return this.#requiredTags;
  }

  allows(method: string): boolean {
    return this.#allow.has(method);
  }

  /** @param tag - option tag of a Require. */
  supports(tag: string): boolean {
    return this.#supported.has(tag.toLowerCase());
  }

  /** True for a type that some package reads, and for every type while none has said what it reads. @param type - lower-case. */
  accepts(type: string): boolean {
    return this.#accept.size === 0 || this.#accept.has(type) || this.#accept.has(`${type.slice(0, type.indexOf('/'))}/*`);
  }

  /** True when one of the ranges of an Accept header holds a type of ours. */
  accepted(ranges: readonly string[]): boolean {
    if (this.#accept.size === 0) return true;
    for (const range of ranges) {
      const type = range.split(';', 1)[0]!.trim().toLowerCase();
      if (type === '*/*' || this.#accept.has(type)) return true;
      if (type.endsWith('/*')) for (const own of this.#accept.tokens) if (own.startsWith(type.slice(0, -1))) return true;
    }
    return false;
  }

  #change(
    allow: readonly string[],
    accept: readonly string[],
    supported: readonly string[],
    required: readonly string[],
    by: 1 | -1,
  ): void {
    this.#allow.add(allow, by);
    this.#accept.add(accept, by);
    this.#supported.add(supported, by);
    this.#required.add(required, by);
    this.#requiredTags = [...this.#required.tokens];
    this.#values = undefined;
  }
}

/** @throws SipError `SIP_HEADER_SYNTAX` unless all of them are tokens. */
export function assertTokens(header: string, texts: readonly string[] = []): void {
  for (const text of texts) {
    if (!isToken(text)) throw new SipError('SIP_HEADER_SYNTAX', `${JSON.stringify(text)} cannot stand in ${header}`, { header });
  }
}
