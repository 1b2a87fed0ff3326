/**
 * The metronome of all streams: one timer, whatever their number. Ticks are counted from the first one, so lateness of one does not add up,
 * and while nobody has joined there is no timer.
 */
import type { Clock } from '@jackfield/base';

/** Ticks that are made up for after the process was held up; what is older is skipped, for nobody wants to hear it. */
const CATCH_UP = 5;

interface Member {
  /** Its first tick; one that joins in the middle of a round waits for the next. */
  readonly first: number;
  /** Nothing once it has left: a set keeps the tables that it outgrew until a full collection, and what stands in them. */
  tick: () => void;
}

interface Beat {
  readonly periodMs: number;
  readonly members: Set<Member>;
  next: number;
}

const nothing = (): void => {};

export class Pacer {
  readonly #clock: Clock;
  /** By period; only those with members. */
  readonly #beats = new Map<number, Beat>();
  #timer: Disposable | undefined;
  #due = Infinity;
  #ticking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Calls `tick` every `periodMs`, on the beat of those that joined before with the same period, until disposed.
   * The period is a whole number of ms; `tick` must not throw.
   */
  join(periodMs: number, tick: () => void): Disposable {
    let beat = this.#beats.get(periodMs);
    if (beat === undefined) {
      beat = { periodMs, members: new Set(), next: this.#clock.now() + periodMs };
      this.#beats.set(periodMs, beat);
    }
    const { members, next: first } = beat;
    const member: Member = { first, tick };
    members.add(member);
    this.#arm();
    return {
      [Symbol.dispose]: () => {
        if (!members.delete(member)) return;
        member.tick = nothing;
        if (members.size > 0) return;
        this.#beats.delete(periodMs);
        this.#arm();
      },
    };
  }

  #arm(): void {
    if (this.#ticking) return; // done once, when the round is over
    let due = Infinity;
    for (const beat of this.#beats.values()) due = Math.min(due, beat.next);
    if (due === this.#due) return;
    this.#timer?.[Symbol.dispose]();
    this.#due = due;
    this.#timer = due === Infinity ? undefined : this.#clock.after(due - this.#clock.now(), () => this.#tick());
  }

  #tick(): void {
    const now = this.#clock.now();
    this.#timer = undefined;
    this.#due = Infinity;
    this.#ticking = true;
    try {
      for (const beat of this.#beats.values()) {
        const behind = Math.floor((now - beat.next) / beat.periodMs);
        if (behind > CATCH_UP) beat.next += (behind - CATCH_UP) * beat.periodMs;
        while (beat.next <= now && beat.members.size > 0) {
          const at = beat.next;
          beat.next += beat.periodMs;
          for (const member of beat.members) if (member.first <= at) member.tick();
        }
      }
    } finally {
      this.#ticking = false;
      this.#arm();
    }
  }
}
