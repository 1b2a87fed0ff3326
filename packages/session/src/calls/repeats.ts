/**
 * Our first INVITE once more, when it was refused: with the headers that a supplement wishes, to where a 3xx leads, or to the next of several such targets;
 * three times at most, all causes together (docs/promises.md). Made with the first refusal.
 */
import type { Retry, SipResponse, Uri } from '@jackfield/sip';
import type { Endpoint } from '../contract/endpoint.ts';
import { isSameHost, strangerAt } from '../endpoints/other-host.ts';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import { Redirection } from './redirection.ts';
import { MAX_REPEATS } from './request-run.ts';

export class Repeats {
  count = 0;
  /** Whom the call is with by the application. */
  readonly endpoint: Endpoint;
  readonly #call: Call;
  readonly #first: Uri;
  #target: Uri;
  #redirection: Redirection | undefined;

  constructor(call: Call, first: Uri) {
    this.endpoint = call.endpoint;
    this.#call = call;
    this.#first = this.#target = first;
  }

  /** Where it goes after this response; undefined: nowhere. @param below - how often the stack repeated the copy that was refused */
  *after(response: SipResponse, wish: Retry | undefined, below: number): Steps<Uri | undefined> {
    const { status } = response;
    if (this.count + below >= MAX_REPEATS) return undefined;
    if (wish !== undefined) return this.#go(this.#target, below);
    if (status >= 400) return status < 600 ? this.another(below) : undefined;
    this.#redirection ??= new Redirection(this.#call, this.#target);
    return this.#go(yield* this.#redirection.next(response), below);
  }

  /** One of a redirection has failed, or is not to be reached: the next (RFC 3261 §8.1.3.4). */
  another(below = 0): Uri | undefined {
    return this.count + below < MAX_REPEATS ? this.#go(this.#redirection?.another(), below) : undefined;
  }

  /** Whom it is with where it goes straight to this target. */
  endpointAt(target: Uri): Endpoint {
    return isSameHost(target, this.#first) ? this.endpoint : strangerAt(target, this.endpoint);
  }

  #go(target: Uri | undefined, below: number): Uri | undefined {
    if (target === undefined) return undefined;
    this.count += 1 + below;
    this.#target = target;
    return target;
  }
}
