/** How a stack stops: at once, or when what is under way is over. Knows no layer: what there is to wait for and to shut is its host's. */
import { SipError, type Clock } from '@jackfield/base';

const DRAIN_POLL_MS = 100;

export interface ClosingHost {
  readonly clock: Clock;
  /** Something is under way that draining waits for. */
  busy(): boolean;
  /** Once. */
  shut(): Promise<void>;
}

export class Closing {
  readonly #host: ClosingHost;
  #state: 'open' | 'draining' | 'closed' = 'open';
  #done: Promise<void> | undefined;

  constructor(host: ClosingHost) {
    this.#host = host;
  }

  /** Neither closed nor draining: what is new is taken. */
  get open(): boolean {
    return this.#state === 'open';
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** With `drain`, when nothing is under way any more, or `signal` aborts; a later call without it ends the wait. */
  close(options: { readonly drain?: boolean; readonly signal?: AbortSignal }): Promise<void> {
    if (options.drain === true && this.#state === 'open') {
      this.#state = 'draining';
      this.#done = this.#drained(options.signal).then(() => this.#shut());
      return this.#done;
    }
    if (options.drain === true && this.#done !== undefined) return this.#done;
    this.#done = this.#shut();
    return this.#done;
  }

  async #drained(signal: AbortSignal | undefined): Promise<void> {
    while (signal?.aborted !== true && this.#state === 'draining' && this.#host.busy()) {
      await new Promise<void>((resolve) => {
        this.#host.clock.after(DRAIN_POLL_MS, resolve);
      });
    }
  }

  async #shut(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await this.#host.shut();
  }
}

/** For who asks something of a stack that takes nothing new. */
export const stackClosed = (operation: string): SipError => new SipError('SIP_STACK_CLOSED', 'the stack is closed', { operation });
