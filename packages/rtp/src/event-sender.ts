/** Presses keys (RFC 4733 §2.5.1): a packet per frame while the key is held, three at its end, all with the timestamp of its beginning. */
import { SipError } from '@jackfield/base';
import { within } from './errors.ts';
import type { Outgoing } from './outgoing.ts';
import { eventOf, writeEvent } from './telephone-event.ts';

/** For `RtpStream.sendDigits`. Out of range: RTP_OPTION_RANGE. */
export interface DigitOptions {
  /** How long each key is held, ms, 40 to 10000; default 100. */
  readonly durationMs?: number | undefined;
  /** Between two keys, ms, 40 to 10000; default 60. The two repeats of the end lie in it. */
  readonly gapMs?: number | undefined;
  /** dBm0 without the sign, 0 (loudest) to 63; default 10. */
  readonly volume?: number | undefined;
}

/** What carries the packets: payload type and units of a frame as they are now, for both may change under way. */
export interface EventCarrier {
  readonly payloadType: number;
  readonly frame: number;
  readonly rate: number;
}

interface Job {
  readonly digits: string;
  readonly events: number[];
  readonly durationMs: number;
  readonly gapMs: number;
  readonly volume: number;
  readonly resolve: () => void;
  readonly reject: (error: SipError) => void;
}

/** One key: `elapsed` and `total` in timestamp units; `ends` counts packets with the end bit. */
interface Press {
  readonly event: number;
  readonly total: number;
  timestamp: number;
  segmentStart: number;
  elapsed: number;
  ends: number;
  restMs: number;
}

const SEGMENT = 0xffff;
const END_PACKETS = 3;

export class EventSender {
  readonly #outgoing: Outgoing;
  readonly #send: (packet: Uint8Array) => void;
  readonly #jobs: Job[] = [];
  #press: Press | undefined;

  constructor(outgoing: Outgoing, send: (packet: Uint8Array) => void) {
    this.#outgoing = outgoing;
    this.#send = send;
  }

  /** True until the last pause is over: `tick` is wanted. */
  get busy(): boolean {
    return this.#jobs.length > 0;
  }

  /** Resolves after the pause that follows the last key. @throws {@link SipError} `RTP_DIGIT_UNKNOWN`, `RTP_OPTION_RANGE`, as a rejection. */
  async add(digits: string, options: DigitOptions): Promise<void> {
    const events = Array.from(digits, (digit) => {
      const event = eventOf(digit);
      if (event === undefined) throw new SipError('RTP_DIGIT_UNKNOWN', `no key is called ${JSON.stringify(digit)}`, { digit });
      return event;
    });
    const durationMs = within('durationMs', options.durationMs ?? 100, 40, 10_000);
    const gapMs = within('gapMs', options.gapMs ?? 60, 40, 10_000);
    const volume = within('volume', options.volume ?? 10, 0, 63);
    if (events.length === 0) return;
    await new Promise<void>((resolve, reject) => this.#jobs.push({ digits, events, durationMs, gapMs, volume, resolve, reject }));
  }

  /** A key sounds, or its end is being repeated: no other media is to be sent. */
  get sounding(): boolean {
    return this.#press !== undefined && this.#press.ends < END_PACKETS;
  }

  /** One frame of time, of `frameMs`. True when it belonged to a key. */
  tick(carrier: EventCarrier, frameMs: number): boolean {
    if (this.#press?.ends === END_PACKETS) {
      this.#press.restMs -= frameMs;
      if (this.#press.restMs > 0) return false;
      this.#press = undefined;
      if (this.#jobs[0]?.events.length === 0) this.#jobs.shift()!.resolve();
    }
    const job = this.#jobs[0];
    if (job === undefined) return false;
    const press = (this.#press ??= this.#begin(job, carrier));
    if (press.ends > 0) press.restMs -= frameMs;
    this.#packets(press, job.volume, carrier);
    return true;
  }

  /** Ends what is under way, with a rejection for each call. */
  stop(error: (digits: string) => SipError): void {
    this.#press = undefined;
    for (const job of this.#jobs.splice(0)) job.reject(error(job.digits));
  }

  #begin(job: Job, carrier: EventCarrier): Press {
    const timestamp = this.#outgoing.start();
    const total = Math.round((job.durationMs * carrier.rate) / 1000);
    return { event: job.events.shift()!, total, timestamp, segmentStart: 0, elapsed: 0, ends: 0, restMs: job.gapMs };
  }

  #packets(press: Press, volume: number, carrier: EventCarrier): void {
    const first = press.elapsed === 0;
    press.elapsed = Math.min(press.elapsed + carrier.frame, press.total);
    if (press.elapsed - press.segmentStart > SEGMENT) {
      this.#packet(press, volume, carrier, SEGMENT, false, first);
      press.segmentStart += SEGMENT;
      press.timestamp = (press.timestamp + SEGMENT) >>> 0;
    }
    const end = press.elapsed === press.total;
    if (end) press.ends += 1;
    this.#packet(press, volume, carrier, press.elapsed - press.segmentStart, end, first);
  }

  #packet(press: Press, volume: number, carrier: EventCarrier, duration: number, end: boolean, first: boolean): void {
    const payload = writeEvent({ event: press.event, end, volume, duration });
    this.#send(this.#outgoing.event(payload, carrier.payloadType, press.timestamp, first));
  }
}
