/** What a scripted peer waits for, and what came and nobody has asked about: one after the other, in order. */
import type { ManualClock } from '@jackfield/base/testing';
import type { SipRequest, SipResponse } from '../messages/message.ts';

type RawMessage = SipRequest | SipResponse;

/** How `RawPeer.expect` chooses, and how long it waits. */
export interface Expectation<M> {
  /** False, or a throw: it is not the one. */
  readonly matching?: ((message: M) => boolean) | undefined;
  /** ms of the peer's clock, which is turned meanwhile. Default: it waits, and somebody else turns it. */
  readonly withinMs?: number | undefined;
  /** What does not fit is passed over and stays unread, in place of failing. For networks that repeat and reorder. */
  readonly skipOthers?: boolean | undefined;
}

interface Waiting {
  readonly what: number | string;
  readonly skipOthers: boolean;
  /** Throws what a matcher threw. */
  readonly fits: (message: RawMessage) => boolean;
  readonly resolve: (message: RawMessage) => void;
  readonly reject: (error: Error) => void;
}

export class Expectations {
  #unread: RawMessage[] = [];
  #waiting: Waiting[] = [];

  came(message: RawMessage): void {
    this.#unread.push(message);
    this.#settle();
  }

  expect(
    what: number | string,
    { matching, withinMs, skipOthers = false }: Expectation<never>,
    clock: ManualClock | undefined,
  ): Promise<RawMessage> {
    if (withinMs !== undefined && clock === undefined) throw new Error('withinMs turns the clock: give it to the peer as an option');
    const matches = matching as ((message: RawMessage) => boolean) | undefined; // sound: `what` says which of the two it is, and is looked at first
    const fits = (message: RawMessage): boolean =>
      (message.kind === 'request' ? message.method === what : message.status === what) && (matches?.(message) ?? true);
    let waiting: Waiting | undefined;
    const heard = new Promise<RawMessage>((resolve, reject) => {
      waiting = { what, skipOthers, fits, resolve, reject };
      this.#waiting.push(waiting);
      this.#settle();
    });
    if (withinMs === undefined || clock === undefined) return heard;
    return clock.until(heard, withinMs).catch((error: unknown) => {
      const at = this.#waiting.findIndex((one) => one === waiting);
      if (at < 0) throw error; // it was settled, and not by the time
      this.#waiting.splice(at, 1);
      throw new Error(`${what} did not come within ${withinMs} ms${this.#seen()}`, { cause: error });
    });
  }

  unread(): RawMessage[] {
    const unread = this.#unread;
    this.#unread = [];
    return unread;
  }

  close(): void {
    for (const { what, reject } of this.#waiting.splice(0)) reject(new Error(`closed while waiting for ${what}`));
  }

  #settle(): void {
    for (let waiting = this.#waiting[0]; waiting !== undefined; waiting = this.#waiting[0]) {
      if (!this.#meet(waiting)) return;
      this.#waiting.shift();
    }
  }

  /** True: it was settled, one way or the other. */
  #meet(waiting: Waiting): boolean {
    for (let at = 0; at < this.#unread.length;) {
      const message = this.#unread[at]!;
      let fits = false;
      let cause: unknown;
      try {
        fits = waiting.fits(message);
      } catch (error) {
        cause = error;
      }
      if (fits) {
        this.#unread.splice(at, 1);
        waiting.resolve(message);
        return true;
      }
      if (waiting.skipOthers) at += 1;
      else {
        this.#unread.splice(at, 1);
        if (message.kind === 'response' && message.status === 100) continue;
        waiting.reject(new Error(`expected ${waiting.what}, got ${describe(message)}`, { cause }));
        return true;
      }
    }
    return false;
  }

  #seen(): string {
    return this.#unread.length === 0 ? '' : `; there was ${this.#unread.map(describe).join(', ')}`;
  }
}

const describe = (message: RawMessage): string =>
  message.kind === 'request'
    ? `${message.method} ${message.uri.toString()}`
    : `${message.status} ${message.reason} (${message.cseq.method})`;
