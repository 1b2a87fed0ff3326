/** A list of callers, prepared once: numbers are compared by their digits, other users as they are written, patterns by any of what is known. */
import { digitsOf, type Identity } from '@jackfield/identity';

/** A telephone number (any separators, with or without `+`), a user part, or a pattern for number, digits or URI. */
export type Caller = string | RegExp;

export class CallerList {
  readonly #numbers = new Set<string>();
  readonly #users = new Set<string>();
  readonly #patterns: readonly RegExp[];

  constructor(callers: readonly Caller[]) {
    const patterns: RegExp[] = [];
    for (const caller of callers) {
      if (typeof caller !== 'string')
        patterns.push(new RegExp(caller.source, caller.flags.replaceAll(/[gy]/g, ''))); // those two remember
      else {
        const digits = digitsOf(caller);
        if (digits === undefined) this.#users.add(caller);
        else this.#numbers.add(plain(digits));
      }
    }
    this.#patterns = patterns;
  }

  has({ number, digits, uri }: Identity): boolean {
    if (digits !== undefined && this.#numbers.has(plain(digits))) return true;
    if (number !== undefined && this.#users.has(number)) return true;
    if (this.#patterns.length === 0) return false;
    const address = uri.toString();
    return this.#patterns.some(
      (pattern) =>
        pattern.test(address) || (number !== undefined && pattern.test(number)) || (digits !== undefined && pattern.test(digits)),
    );
  }
}

function plain(digits: string): string {
  return digits.startsWith('+') ? digits.slice(1) : digits;
}
