/** Pings of ours on one connection, and the wait for each pong (RFC 5626 §4.4.1). What a ping is, the flow knows. */
import type { Clock, Random } from '@jackfield/base';

export interface KeepAliveUser {
  readonly lastHeard: number;
  ping(): void;
  /** The peer said nothing at all for as long as a pong may take. */
  silent(): void;
}

export class KeepAlive {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #everyMs: number;
  readonly #pongMs: number;
  readonly #user: KeepAliveUser;
  #timer: Disposable | undefined;
  #waiting = false;

  /** Pings come every 80 to 100 % of `everyMs`, so that those of many connections spread. */
  constructor(world: { readonly clock: Clock; readonly random: Random }, everyMs: number, pongMs: number, user: KeepAliveUser) {
    this.#clock = world.clock;
    this.#random = world.random;
    this.#everyMs = everyMs;
    this.#pongMs = pongMs;
    this.#user = user;
    this.#arm();
  }

  ponged(): void {
    if (!this.#waiting) return;
    this.stop();
    this.#arm();
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#waiting = false;
  }

  #arm(): void {
    const least = Math.ceil(this.#everyMs * 0.8);
    this.#timer = this.#clock.after(least + this.#random.integer(this.#everyMs - least + 1), () => this.#ping());
  }

  #ping(): void {
    const at = this.#clock.now();
    this.#waiting = true;
    this.#timer = this.#clock.after(this.#pongMs, () => {
      this.#waiting = false;
      if (this.#user.lastHeard > at)
        this.#arm(); // no pong, but a message: it lives
      else this.#user.silent();
    });
    this.#user.ping();
  }
}
