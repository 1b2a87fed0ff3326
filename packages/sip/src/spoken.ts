/** Allow, Accept and Supported as they were at one moment: ready header values, and what a request may ask for. Does not change. */

/** What this side says of itself at one moment: `core.capabilities()`. */
export class Spoken {
  /** Methods, for Allow. */
  readonly allow: string;
  /** Types of bodies, for Accept; empty while nobody has said what it reads. */
  readonly accept: string;
  /** Option tags, for Supported. */
  readonly supported: string;
  readonly #types: ReadonlySet<string>;
  readonly #tags: ReadonlySet<string>;

  /** @param accept, supported - lower-case */
  constructor(allow: Iterable<string>, accept: Iterable<string>, supported: Iterable<string>) {
    this.#types = new Set(accept);
    this.#tags = new Set(supported);
    this.allow = [...allow].join(', ');
    this.accept = [...this.#types].join(', ');
    this.supported = [...this.#tags].join(', ');
  }

  /** @param tag - option tag of a Require. */
  supports(tag: string): boolean {
    return this.#tags.has(tag.toLowerCase());
  }

  /** True for a type that some package reads, and for every type while none has said what it reads. @param type - lower-case. */
  accepts(type: string): boolean {
    const types = this.#types;
    return types.size === 0 || types.has(type) || types.has(`${type.slice(0, type.indexOf('/'))}/*`);
  }

  /** True when one of the ranges of an Accept header holds a type of ours. */
  accepted(ranges: readonly string[]): boolean {
    if (this.#types.size === 0) return true;
    for (const range of ranges) {
      const type = range.split(';', 1)[0]!.trim().toLowerCase();
      if (type.startsWith('multipart/')) continue; // what is in it has to be said as well
      if (type === '*/*' || this.#types.has(type)) return true;
      if (type.endsWith('/*')) for (const own of this.#types) if (own.startsWith(type.slice(0, -1))) return true;
    }
    return false;
  }
}
