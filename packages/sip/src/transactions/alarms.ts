/**
 * Waits of the transactions: thousands at a time, of few durations. Those of one duration end in the order they began, so each
 * duration is a list with one timer of the clock for its head; arming and disarming make no closure.
 */
import type { Clock } from '@jackfield/base';

export interface Sleeper<Kind extends string = string> {
  ring(kind: Kind): void;
}

/** Waits as long as T2 and more may end a little late, all that are due by then together: nothing is done at their end that is worth waking for. */
const MAY_BE_LATE_MS = 4000;

/** Those that wait equally long. */
export interface Lane {
  readonly ms: number;
  /** Least ms between two times that its alarms ring. */
  readonly gap: number;
  head: AnyAlarm | undefined;
  tail: AnyAlarm | undefined;
  timer: Disposable | undefined;
  ringing: boolean;
  readonly wake: () => void;
}

/** What an alarm clock needs of an alarm, whatever its kind; what there are many of is its own. */
export interface AnyAlarm {
  due: number;
  lane: Lane | undefined;
  previous: AnyAlarm | undefined;
  next: AnyAlarm | undefined;
  ring(): void;
}

/** One wait, owned by a sleeper, used again and again. */
export class Alarm<Kind extends string> implements AnyAlarm {
  due = 0;
  lane: Lane | undefined = undefined;
  previous: AnyAlarm | undefined = undefined;
  next: AnyAlarm | undefined = undefined;
  readonly #owner: Sleeper<Kind>;
  readonly #kind: Kind;

  constructor(owner: Sleeper<Kind>, kind: Kind) {
    this.#owner = owner;
    this.#kind = kind;
  }

  ring(): void {
    this.#owner.ring(this.#kind);
  }
}

export class AlarmClock {
  readonly #clock: Clock;
  readonly #lanes = new Map<number, Lane>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rings once, `ms` (more than 0) from now; one that was armed already is set anew. Nothing once closed. */
  arm(alarm: AnyAlarm, ms: number): void {
    this.disarm(alarm);
    if (this.#closed) return;
    let lane = this.#lanes.get(ms);
    if (lane === undefined) {
      lane = this.#open(ms);
      this.#lanes.set(ms, lane);
    }
    alarm.due = this.#clock.now() + ms;
    alarm.lane = lane;
    alarm.previous = lane.tail;
    if (lane.tail === undefined) lane.head = alarm;
    else lane.tail.next = alarm;
    lane.tail = alarm;
    if (lane.timer === undefined && !lane.ringing) lane.timer = this.#clock.after(ms, lane.wake);
  }

  disarm(alarm: AnyAlarm | undefined): void {
    const lane = alarm?.lane;
    if (alarm === undefined || lane === undefined) return;
    unlink(alarm, lane);
    if (lane.head === undefined && !lane.ringing) {
      lane.timer?.[Symbol.dispose]();
      lane.timer = undefined;
    }
  }

  /** Nothing rings any more, whoever still arms something. */
  close(): void {
    this.#closed = true;
    for (const lane of this.#lanes.values()) while (lane.head !== undefined) this.disarm(lane.head);
  }

  /** How many wait; counts, so it is for statistics. */
  count(): number {
    let waiting = 0;
    for (const lane of this.#lanes.values()) for (let alarm = lane.head; alarm !== undefined; alarm = alarm.next) waiting += 1;
    return waiting;
  }

  #open(ms: number): Lane {
    const gap = ms >= MAY_BE_LATE_MS ? (this.#clock.slackMs ?? 0) : 0;
    const lane: Lane = { ms, gap, head: undefined, tail: undefined, timer: undefined, ringing: false, wake: () => this.#wake(lane) };
    return lane;
  }

  #wake(lane: Lane): void {
    const now = this.#clock.now();
    lane.timer = undefined;
    lane.ringing = true;
    try {
      for (let alarm = lane.head; alarm !== undefined && alarm.due <= now; alarm = lane.head) {
        unlink(alarm, lane);
        alarm.ring();
      }
    } finally {
      lane.ringing = false; // a user that throws does not stop the others' alarms
      if (lane.head !== undefined) lane.timer = this.#clock.after(Math.max(lane.head.due - now, lane.gap), lane.wake);
    }
  }
}

function unlink(alarm: AnyAlarm, lane: Lane): void {
  if (alarm.previous === undefined) lane.head = alarm.next;
  else alarm.previous.next = alarm.next;
  if (alarm.next === undefined) lane.tail = alarm.previous;
  else alarm.next.previous = alarm.previous;
  alarm.lane = alarm.previous = alarm.next = undefined;
}
