/** A group of streams that share a transport, as handlers see it (RFC 8843): its members while an exchange is under way, and after; its cookies, closed once. */
import type { BundleGroup } from '../contract/media.ts';
import { OwnedCookies } from '../cookies.ts';

export class OwnBundle implements BundleGroup {
  mids: readonly string[] = [];
  tagged = '';
  /** Both sides have agreed on it: no member leaves it by an answer, but by being declined (§7.3.2). */
  agreed: readonly string[] | undefined;
  #cookies: OwnedCookies | undefined;
  #closed = false;
  readonly #report: (error: unknown, cookie: string) => void;

  constructor(report: (error: unknown, cookie: string) => void) {
    this.#report = report;
  }

  get cookies(): OwnedCookies {
    if (this.#cookies === undefined) {
      this.#cookies = new OwnedCookies(this.#report);
      if (this.#closed) this.#cookies.close();
    }
    return this.#cookies;
  }

  set(mids: readonly string[]): void {
    this.mids = mids;
    this.tagged = mids[0] ?? '';
  }

  /** The exchange has succeeded, or failed. */
  settle(success: boolean): void {
    if (success) this.agreed = this.mids;
    else this.set(this.agreed ?? []);
  }

  close(): void {
    this.#closed = true;
    this.#cookies?.close();
  }
}
