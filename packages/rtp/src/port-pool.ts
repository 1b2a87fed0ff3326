/** Pairs of ports, even for RTP and the odd one above for RTCP (RFC 3550 §11), out of a range. Hands out numbers; binds nothing. */
import { SipError, type Random } from '@jackfield/base';

/** Holds a pair at least, an even port and the next, in 1024 to 65535; else RTP_PORT_RANGE. */
export interface PortRange {
  /** Both inclusive. */
  readonly first: number;
  readonly last: number;
}

/** Below the range from which Linux takes ports for outgoing connections. */
export const DEFAULT_RANGE: PortRange = { first: 16384, last: 32767 };

/**
 * A pair has one owner at most. Pairs go round: the walk starts at a random place and a freed pair comes up again last, so that packets
 * meant for a call that has ended do not meet the next one.
 */
export class PortPool {
  readonly range: PortRange;
  readonly pairs: number;
  readonly #even: number;
  readonly #taken: Uint8Array;
  #next: number;
  #live = 0;

  /** @throws {@link SipError} `RTP_PORT_RANGE` unless the range holds a whole pair within 1024 to 65535. */
  constructor(range: PortRange, random: Random) {
    const { first, last } = range;
    const even = first + (first % 2);
    const pairs = Math.floor((last - even + 1) / 2);
    const whole = Number.isInteger(first) && Number.isInteger(last);
    if (!whole || first < 1024 || last > 65535 || pairs < 1) {
      throw new SipError('RTP_PORT_RANGE', `${first} to ${last} holds no pair of ports in 1024 to 65535`, { first, last });
    }
    this.range = range;
    this.pairs = pairs;
    this.#even = even;
    this.#taken = new Uint8Array(pairs);
    this.#next = random.integer(pairs);
  }

  /** Pairs that have an owner. */
  get live(): number {
    return this.#live;
  }

  /** The even port of a pair that is now the caller's; undefined when all are taken. */
  take(): number | undefined {
    if (this.#live === this.pairs) return undefined;
    let at = this.#next;
    while (this.#taken[at] === 1) at = at + 1 === this.pairs ? 0 : at + 1;
    this.#taken[at] = 1;
    this.#live += 1;
    this.#next = at + 1 === this.pairs ? 0 : at + 1;
    return this.#even + at * 2;
  }

  /** Gives a pair back by its even port. A pair that has no owner is left alone. */
  release(port: number): void {
    const at = (port - this.#even) / 2;
    if (this.#taken[at] !== 1) return;
    this.#taken[at] = 0;
    this.#live -= 1;
  }
}
