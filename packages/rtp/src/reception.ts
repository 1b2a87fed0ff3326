/** What we know of one incoming source: sequence numbers with their wraps, loss and jitter (RFC 3550 appendices A.1, A.3, A.8). Keeps no packets. */
import { timestampDelta } from './packet.ts';

const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
const WRAP = 65536;

/** `'stray'`: far from where the source is; `'restarted'`: two strays in a row, so the source has begun anew. */
export type Arrival = 'in order' | 'stray' | 'restarted';

export class Reception {
  readonly ssrc: number;
  received = 0;
  #base: number;
  #highest: number;
  #cycles = 0;
  /** The sequence number that would prove a restart. */
  #stray = -1;
  #transit = 0;
  #jitter = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;

  /** @param sequence - of the first packet, which is to be given to `arrived` as well. */
  constructor(ssrc: number, sequence: number) {
    this.ssrc = ssrc;
    this.#base = sequence;
    this.#highest = sequence;
  }

  /** @param arrival - time of arrival in timestamp units, of any origin. */
  arrived(sequence: number, timestamp: number, arrival: number): Arrival {
    const ahead = (sequence - this.#highest) & 0xffff;
    let verdict: Arrival = 'in order';
    if (ahead < MAX_DROPOUT) {
      if (sequence < this.#highest) this.#cycles += WRAP;
      this.#highest = sequence;
    } else if (ahead <= WRAP - MAX_MISORDER) {
      if (sequence !== this.#stray) {
        this.#stray = (sequence + 1) & 0xffff;
        return 'stray';
      }
      this.#base = this.#highest = sequence;
      this.#cycles = this.received = this.#expectedBefore = this.#receivedBefore = 0;
      verdict = 'restarted';
    }
    this.#stray = -1;
    const transit = arrival - timestamp;
    if (verdict === 'in order' && this.received > 0) {
      this.#jitter += (Math.abs(timestampDelta(transit, this.#transit)) - this.#jitter) / 16;
    }
    this.#transit = transit;
    this.received += 1;
    return verdict;
  }

  /** With the wraps counted in; modulo 2^32. */
  get highestSequence(): number {
    return (this.#cycles + this.#highest) >>> 0;
  }

  /** In timestamp units, whole. */
  get jitter(): number {
    return Math.floor(this.#jitter);
  }

  /** Since the start; negative when duplicates outnumber losses. Clamped to the 24 bits that a report has. */
  get lost(): number {
    return Math.max(-0x800000, Math.min(0x7fffff, this.#expected - this.received));
  }

  /** Share lost since this was last asked, in 256ths. */
  takeFractionLost(): number {
    const expected = this.#expected - this.#expectedBefore;
    const lost = expected - (this.received - this.#receivedBefore);
    this.#expectedBefore = this.#expected;
    this.#receivedBefore = this.received;
    return expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected));
  }

  get #expected(): number {
    return this.#cycles + this.#highest - this.#base + 1;
  }
}
