/** Session timers in small: each side refreshes its calls at an interval, so that one left alone finds out (RFC 4028 without its headers). */
import type { SeededRandom } from '@jackfield/base/testing';
import type { Session, Supplement } from '@jackfield/session';
import type { SessionWatch } from './session-watch.ts';

export const REFRESH_MS = 40_000;

export class Refreshing {
  on = true;
  readonly #random: SeededRandom;
  readonly #watch: SessionWatch;
  readonly #updates: boolean;

  /** @param updates - by UPDATE alone; else some by re-INVITE */
  constructor(random: SeededRandom, watch: SessionWatch, updates = false) {
    this.#random = random;
    this.#watch = watch;
    this.#updates = updates;
  }

  supplement(party: string): Supplement {
    return {
      name: 'refreshing',
      sessionBegin: (session) =>
        void session.established.then(
          () => this.#wait(party, session),
          () => undefined,
        ),
    };
  }

  #wait(party: string, session: Session): void {
    session.after(REFRESH_MS / 2 + this.#random.integer(REFRESH_MS / 2), () => {
      if (!this.on) return;
      const options = this.#random.chance(0.6) || this.#updates ? ({ method: 'UPDATE', media: 'none' } as const) : {};
      void this.#watch.refresh(`${party} refresh`, session, options).then(() => this.#wait(party, session));
    });
  }
}
