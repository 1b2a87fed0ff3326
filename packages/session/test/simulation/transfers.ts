/** Blind transfer in small (RFC 3515): who is asked to, calls the target, and reports once when it is through. */
import type { SeededRandom } from '@jackfield/base/testing';
import { reply, type Session, type Supplement } from '@jackfield/session';
import type { SessionWatch } from './session-watch.ts';

/** Of one scenario; each of them has actions of its own, which may be further transfers. */
const MOST = 2;

export class Transfers {
  readonly #random: SeededRandom;
  readonly #watch: SessionWatch;
  #made = 0;

  constructor(random: SeededRandom, watch: SessionWatch) {
    this.#random = random;
    this.#watch = watch;
  }

  supplement(party: string, call: (uri: string) => Session): Supplement {
    return {
      name: 'transfers',
      allow: ['REFER', 'NOTIFY'],
      incomingRequest: (session, { method, headers }) => {
        if (method === 'NOTIFY' && headers.get('Event') === 'refer') return reply(200);
        const target = method === 'REFER' ? headers.get('Refer-To') : undefined;
        if (target === undefined || this.#made === MOST) return undefined;
        this.#made += 1;
        this.#follow(party, session, call(target.slice(1, -1)));
        return reply(202);
      },
    };
  }

  #follow(party: string, session: Session, other: Session): void {
    const report = (state: string): void => {
      const headers = { Event: 'refer', 'Subscription-State': state };
      void this.#watch.track(`${party} NOTIFY`, 'verb', session.sendRequest('NOTIFY', { headers }));
    };
    if (this.#random.chance(0.5)) report('active;expires=60');
    other.established.then(
      () => report('terminated;reason=noresource'),
      () => report('terminated;reason=noresource'),
    );
  }
}
