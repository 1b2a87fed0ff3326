/** The clock as the service under check sees it: a task that fails is told, and tasks without end have one. */
import type { Clock } from '@jackfield/base';
import type { ManualClock } from '@jackfield/base/testing';

/** Whom it tells. */
export interface ClockWatch {
  fault(text: string): void;
  /** False: there was too much of it. */
  step(): boolean;
}

const NOTHING: Disposable = { [Symbol.dispose]: () => undefined };

export class ConformanceClock implements Clock {
  readonly #clock: ManualClock;
  readonly #watch: ClockWatch;

  constructor(clock: ManualClock, watch: ClockWatch) {
    this.#clock = clock;
    this.#watch = watch;
  }

  now(): number {
    return this.#clock.now();
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  /** Once there were too many, what is set anew is never done: turning the clock comes to an end. */
  after(ms: number, task: () => void): Disposable {
    if (!this.#watch.step()) return NOTHING;
    return this.#clock.after(ms, () => {
      try {
        task();
      } catch (cause) {
        this.#watch.fault(`a task on the clock of the stack failed: ${cause instanceof Error ? cause.message : String(cause)}`);
      }
    });
  }
}
