/** What callers hear: short pieces of tones, made on the spot at 8 kHz. */
import { ToneGenerator } from '@jackfield/rtp';

const RATE = 8000;
const PIECE = RATE / 50; // 20 ms

/** A tone of one frequency. @param hz - 0 is silence */
export function* tone(hz: number, ms: number): Iterable<Int16Array> {
  const generator = new ToneGenerator({ hz: [hz], amplitude: hz === 0 ? 0 : 0.3 });
  for (let left = (ms * RATE) / 1000; left > 0; left -= PIECE) yield generator.next(Math.min(PIECE, left));
}

/** Three seconds of greeting: a rising chord, twice. */
export function* greeting(): Iterable<Int16Array> {
  for (let round = 0; round < 2; round += 1) {
    for (const hz of [523, 659, 784, 1047]) yield* tone(hz, 325);
    yield* tone(0, 200);
  }
}
