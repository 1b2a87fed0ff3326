/** Chunks between one that must not wait and one that reads when it likes: bounded by bytes, and read once. */

export class ChunkQueue implements AsyncIterable<Uint8Array> {
  readonly #limit: number;
  readonly #ended: () => void;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #over = false;
  #wake: (() => void) | undefined;

  /** @param limit - bytes that may wait. @param ended - called when the reader has come to the end or given up. */
  constructor(limit: number, ended: () => void) {
    this.#limit = limit;
    this.#ended = ended;
  }

  /** False: it is full, or over, and the chunk was not taken. */
  offer(chunk: Uint8Array): boolean {
    if (this.#over || this.#bytes + chunk.length > this.#limit) return false;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#wake?.();
    return true;
  }

  /** Nothing more comes; what waits is still read. */
  end(): void {
    this.#over = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const chunks = this.#chunks;
        this.#chunks = [];
        for (const chunk of chunks) {
          this.#bytes -= chunk.length; // it is the reader's now
          yield chunk;
        }
        if (this.#chunks.length > 0) continue;
        if (this.#over) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    } finally {
      this.#over = true;
      this.#ended();
    }
  }
}
