/** Phones that know no UPDATE, and callers who change their mind before anybody has answered: what they change goes in a PRACK (RFC 6337 §3.2). */
import type { SeededRandom } from '@jackfield/base/testing';
import type { Direction, Headers, StreamInit, Supplement } from '@jackfield/session';
import type { SessionWatch } from './session-watch.ts';

const DIRECTIONS: readonly Direction[] = ['sendonly', 'recvonly', 'inactive', 'sendrecv'];

export class EarlyChanges {
  readonly #random: SeededRandom;
  readonly #watch: SessionWatch;

  constructor(random: SeededRandom, watch: SessionWatch) {
    this.#random = random;
    this.#watch = watch;
  }

  supplement(party: string): Supplement {
    const random = this.#random;
    const knowsUpdate = random.chance(0.2);
    const edit = ({ headers }: { readonly headers: Headers }): void => {
      const allow = headers.get('Allow');
      if (!knowsUpdate && allow !== undefined) headers.set('Allow', allow.replace('UPDATE, ', ''));
    };
    return {
      name: 'early-changes',
      sessionBegin: (session) => {
        if (session.direction === 'incoming' || random.chance(0.2)) return;
        const media: StreamInit[] = [{ kind: 'audio', direction: random.pick(DIRECTIONS) }];
        if (random.chance(0.3)) media.push({ kind: 'video', direction: random.pick(DIRECTIONS) });
        void this.#watch.refresh(`${party} early change`, session, { media });
      },
      outgoingRequest: (_session, request) => edit(request),
      outgoingResponse: (_session, response) => edit(response),
    };
  }
}
