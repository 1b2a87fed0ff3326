/** Allow, Accept and Supported of the stack: what its services, usages and packages added, counted by token, as ready header values. */
import { SipError } from '@jackfield/base';
import { registration, type Registration } from './contract.ts';
import type { Capabilities } from './core.ts';
import { isToken } from './messages/tokens.ts';
import { Spoken } from './spoken.ts';

class TokenCount {
  readonly #counts = new Map<string, number>();

  add(tokens: readonly string[], by: 1 | -1): void {
    for (const token of tokens) {
      const count = (this.#counts.get(token) ?? 0) + by;
      if (count > 0) this.#counts.set(token, count);
      else this.#counts.delete(token);
    }
  }

  get tokens(): Iterable<string> {
    return this.#counts.keys();
  }
}

export class CapabilityTable {
  readonly #allow = new TokenCount();
  readonly #accept = new TokenCount();
  readonly #supported = new TokenCount();
  readonly #required = new TokenCount();
  #requiredTags: readonly string[] = [];
  #values: Spoken | undefined;

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
    return registration(() => this.#change(allow, accept, supported, required, -1));
  }

  /** The same object until something is registered or unregistered. */
  get values(): Spoken {
    return (this.#values ??= new Spoken(this.#allow.tokens, this.#accept.tokens, this.#supported.tokens));
  }

  /** Option tags, lower-case, that a request which makes a dialog must know. */
  get required(): readonly string[] {
    return this.#requiredTags;
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
