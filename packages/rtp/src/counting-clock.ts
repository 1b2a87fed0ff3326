/** A clock that knows how many of its timers are armed, so that `stats()` can say it. */
import type { Clock } from '@jackfield/base';

export class CountingClock implements Clock {
  readonly #clock: Clock;
  #live = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get live(): number {
    return this.#live;
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, task: () => void): Disposable {
    let armed = true;
    const settle = (): void => {
      if (armed) this.#live -= 1;
      armed = false;
    };
    this.#live += 1;
    const timer = this.#clock.after(ms, () => {
      settle();
      task();
    });
    return {
      [Symbol.dispose]: () => {
        settle();
        timer[Symbol.dispose]();
      },
    };
  }
}
