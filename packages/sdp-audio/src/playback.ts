/** Samples that come in pieces of any length, given in frames of one length: for `AudioStream.play`. Waits for no clock; whoever asks sets the pace. */

/** Samples of 16 bits, mono, at the agreed rate; of a source in pieces, the next is asked for when it is needed. */
export type AudioSource = Int16Array | Iterable<Int16Array> | AsyncIterable<Int16Array>;
/** The source ended, or `stop`, another `play` or the end of the stream came first. */
export type PlayOutcome = 'finished' | 'stopped';

/** Samples held ready of an asynchronous source: 0.25 s at 8 kHz. */
const AHEAD = 2000;

interface Settle {
  readonly resolve: (outcome: PlayOutcome) => void;
  readonly reject: (error: unknown) => void;
}

const isAsync = (source: AudioSource): source is AsyncIterable<Int16Array> => Symbol.asyncIterator in source;

export class Playback {
  /** Rejects with what the source threw. */
  readonly done: Promise<PlayOutcome>;
  readonly #settle: Settle;
  #settled = false;
  /** The source has no more; what is held may be left. */
  #ended = false;
  #pieces: Int16Array[] = [];
  /** Samples of the first piece that are given already. */
  #used = 0;
  #held = 0;
  #iterator: Iterator<Int16Array> | undefined;
  /** Ends the source early: a generator runs its `finally`. */
  readonly #release: () => void;
  #wake: (() => void) | undefined;

  constructor(source: AudioSource) {
    let settle: Settle | undefined;
    this.done = new Promise((resolve, reject) => (settle = { resolve, reject }));
    this.#settle = settle!;
    if (source instanceof Int16Array || !isAsync(source)) {
      const iterator = (source instanceof Int16Array ? [source] : source)[Symbol.iterator]();
      this.#iterator = iterator;
      const release = (): void => void iterator.return?.();
      this.#release = release;
    } else {
      const iterator = source[Symbol.asyncIterator]();
      const release = (): void => void iterator.return?.().then(undefined, () => {}); // nobody is left to hear of it
      this.#release = release;
      void this.#pump(iterator);
    }
  }

  /** The next frame; undefined while the source is behind, and after the end. The last frame is filled up with silence. */
  next(samples: number): Int16Array | undefined {
    if (this.#settled) return undefined;
    this.#pull(samples);
    if (this.#held === 0 || (this.#held < samples && !this.#ended)) return undefined;
    const frame = this.#take(samples);
    this.#wake?.();
    this.#pull(1); // so that the end is known with the last frame, and what is played next joins without a gap
    return frame;
  }

  stop(): void {
    if (this.#settled) return;
    this.#finish('stopped');
    try {
      this.#release();
    } catch {
      // a generator that throws in its `finally`: playing is over all the same
    }
  }

  /** From a synchronous source, until that much is held. */
  #pull(samples: number): void {
    const iterator = this.#iterator;
    try {
      while (iterator !== undefined && !this.#ended && !this.#settled && this.#held < samples) {
        const { done, value } = iterator.next();
        if (done === true) this.#ended = true;
        else this.#push(value);
      }
    } catch (error) {
      this.#fail(error);
    }
    if (this.#ended && this.#held === 0) this.#finish('finished');
  }

  async #pump(iterator: AsyncIterator<Int16Array>): Promise<void> {
    try {
      while (!this.#settled) {
        const { done, value } = await iterator.next();
        if (done === true) break;
        this.#push(value);
        while (this.#held >= AHEAD && !this.#settled) await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#ended = true;
    if (this.#held === 0) this.#finish('finished');
  }

  #push(piece: Int16Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#held += piece.length;
  }

  #take(samples: number): Int16Array {
    const first = this.#pieces[0]!;
    if (first.length - this.#used >= samples) {
      const frame = first.subarray(this.#used, this.#used + samples);
      this.#drop(samples);
      return frame;
    }
    const frame = new Int16Array(samples);
    let filled = 0;
    while (filled < samples && this.#held > 0) {
      const rest = this.#pieces[0]!.subarray(this.#used, this.#used + samples - filled);
      frame.set(rest, filled);
      filled += rest.length;
      this.#drop(rest.length);
    }
    return frame;
  }

  #drop(samples: number): void {
    this.#used += samples;
    this.#held -= samples;
    if (this.#used < this.#pieces[0]!.length) return;
    this.#pieces.shift();
    this.#used = 0;
  }

  #finish(outcome: PlayOutcome): void {
    if (this.#settled) return;
    this.#end();
    this.#settle.resolve(outcome);
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#end();
    this.#settle.reject(error);
  }

  #end(): void {
    this.#settled = true;
    this.#pieces = [];
    this.#held = 0;
    this.#iterator = undefined;
    this.#wake?.();
  }
}
