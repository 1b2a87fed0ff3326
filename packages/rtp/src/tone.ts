/** Tones as linear samples of 16 bits: call progress, DTMF, test signals; and the measure of one frequency in a signal (Goertzel). */
import type { DtmfDigit } from './telephone-event.ts';

/** One tone with its cadence. */
export interface ToneOptions {
  /** Sounded together, each with the same share of the amplitude. */
  readonly hz: readonly number[];
  /** Of full scale, 0 to 1; default 0.25. */
  readonly amplitude?: number | undefined;
  /** Cadence, ms; absent: without a break. */
  readonly onMs?: number | undefined;
  readonly offMs?: number | undefined;
  /** Samples per second; default 8000. */
  readonly rate?: number | undefined;
}

/** European call progress (ETSI TR 101 041). */
export const RINGBACK: ToneOptions = { hz: [425], onMs: 1000, offMs: 4000 };
/** As {@link RINGBACK}, of a line that is taken. */
export const BUSY: ToneOptions = { hz: [425], onMs: 500, offMs: 500 };

const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];
const KEYPAD = '123A456B789C*0#D';

/** The two frequencies of a key (ITU-T Q.23). */
export function dtmfTone(digit: DtmfDigit): ToneOptions {
  const at = KEYPAD.indexOf(digit);
  return { hz: [LOW[at >> 2]!, HIGH[at & 3]!] };
}

/** Goes on where it stopped: frames of one generator join without a click. */
export class ToneGenerator {
  readonly #steps: readonly number[];
  readonly #amplitude: number;
  readonly #onSamples: number;
  readonly #periodSamples: number;
  #at = 0;

  constructor(options: ToneOptions) {
    const rate = options.rate ?? 8000;
    this.#steps = options.hz.map((hz) => (2 * Math.PI * hz) / rate);
    this.#amplitude = ((options.amplitude ?? 0.25) * 32767) / Math.max(1, options.hz.length);
    this.#onSamples = options.onMs === undefined ? Infinity : (options.onMs * rate) / 1000;
    this.#periodSamples = this.#onSamples + ((options.offMs ?? 0) * rate) / 1000;
  }

  next(count: number): Int16Array {
    const samples = new Int16Array(count);
    for (let i = 0; i < count; i += 1) {
      const at = this.#at + i;
      if (this.#onSamples !== Infinity && at % this.#periodSamples >= this.#onSamples) continue;
      let sum = 0;
      for (const step of this.#steps) sum += Math.sin(step * at);
      samples[i] = Math.round(sum * this.#amplitude);
    }
    this.#at += count;
    return samples;
  }
}

/** Share of the signal's power that lies at `hz`: 1 for that sine alone, 0 for silence. Sharper the more samples it gets. */
export function tonePower(samples: Int16Array, hz: number, rate = 8000): number {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / rate);
  let before = 0;
  let last = 0;
  let energy = 0;
  for (const sample of samples) {
    const now = sample + turn * last - before;
    before = last;
    last = now;
    energy += sample * sample;
  }
  if (energy === 0) return 0;
  return (2 * (last * last + before * before - turn * last * before)) / (samples.length * energy);
}
