/** One offer and its answer as handlers see it; ended exactly once, whichever way (RFC 3264 §4). */
import type { Description } from '@jackfield/sdp';
import type { Exchange } from '../contract/media.ts';
import { OwnedCookies } from '../cookies.ts';

export class OwnExchange implements Exchange {
  readonly role: 'offerer' | 'answerer';
  remote: Description | undefined;
  #cookies: OwnedCookies | undefined;
  #controller: AbortController | undefined;
  #state: 'open' | 'done' | 'aborted' = 'open';
  readonly #report: (error: unknown, cookie: string) => void;

  constructor(role: 'offerer' | 'answerer', remote: Description | undefined, report: (error: unknown, cookie: string) => void) {
    this.role = role;
    this.remote = remote;
    this.#report = report;
  }

  get cookies(): OwnedCookies {
    if (this.#cookies === undefined) {
      this.#cookies = new OwnedCookies(this.#report);
      if (this.#state !== 'open') this.#cookies.close();
    }
    return this.#cookies;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#state === 'aborted') this.#controller.abort();
    }
    return this.#controller.signal;
  }

  end(outcome: 'done' | 'aborted'): void {
    if (this.#state !== 'open') return;
    this.#state = outcome;
    if (outcome === 'aborted') this.#controller?.abort();
    this.#cookies?.close();
  }
}
