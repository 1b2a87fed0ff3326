/** Seeded days of four parties who call, transfer, join and hang up at random over a bad network: every promise settles, and nothing is left. */
import { describe, expect, it } from 'vitest';
import { parseUri, type Session } from '@jackfield/session';
import { SeededRandom, Testbed, type Party } from '@jackfield/session/testing';
import { follow, refer, type Referral, type Transfer } from '../src/index.ts';
import { Desk, NOTHING } from './desk.ts';

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed + 1);
const NAMES = ['alice', 'bob', 'carol', 'dave'] as const;

class Storm {
  readonly desk: Desk;
  readonly referrals: Referral[] = [];
  readonly #random: SeededRandom;
  #parties: Party[] = [];

  constructor(seed: number) {
    this.#random = new SeededRandom(seed * 7919);
    const loss = this.#random.integer(5) / 10;
    this.desk = new Desk(new Testbed({ seed, conditions: { loss, duplication: 0.1, minDelayMs: 1, maxDelayMs: 80 } }));
  }

  async run(): Promise<void> {
    for (const name of NAMES) {
      const onRefer = (transfer: Transfer): void =>
        this.#decide(
          transfer,
          this.#parties.find((party) => party.name === name)!,
        );
      const answer = async (session: Session): Promise<void> => {
        if (this.#one(3)) await session.progress(180);
        if (this.#one(6)) return session.reject(486);
        await session.accept();
      };
      this.#parties.push(await this.desk.party(name, { onRefer, expiresMs: 20_000, authorize: () => !this.#one(5) }, answer));
    }
    for (let turn = 0; turn < 40; turn += 1) {
      this.#move();
      await this.desk.pass(this.#random.integer(1500));
    }
  }

  #one(of: number): boolean {
    return this.#random.integer(of) === 0;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.integer(list.length)]!;
  }

  #decide(transfer: Transfer, { service }: Party): void {
    const how = this.#random.integer(6);
    if (how === 0) return void transfer.reject();
    if (how === 1) return void transfer.session.after(1000, () => transfer.accept()); // and never says more
    if (how === 2) {
      transfer.accept();
      return void transfer.session.end();
    }
    follow(service, transfer);
  }

  #move(): void {
    const party = this.#pick(this.#parties);
    const other = this.#pick(this.#parties);
    const sessions = [...party.service.sessions];
    if (sessions.length < 2 || this.#one(3)) {
      party.service.create(other.uri(), { from: { uri: parseUri(party.uri())! } }).established.catch(() => {});
      return;
    }
    const session = this.#pick(sessions);
    if (this.#one(4)) return void session.end();
    if (session.state !== 'established') return;
    const second = this.#pick(sessions);
    const target = second !== session && second.state === 'established' && this.#one(2) ? second : other.uri();
    const referral = refer(session, target, { news: !this.#one(5), timeoutMs: 40_000 });
    this.referrals.push(referral);
    if (this.#one(6)) referral.stop();
  }
}

describe('transfers at random', () => {
  it.each(SEEDS)('seed %i', async (seed) => {
    const storm = new Storm(seed);
    await storm.run();
    const { desk, referrals } = storm;
    desk.bed.network.change({ loss: 0, duplication: 0 });
    expect(await desk.leftOver()).toEqual(NOTHING);
    const settled = await Promise.all(
      referrals.flatMap(({ accepted, done }) => [
        done,
        accepted.then(
          () => true,
          () => true,
        ),
      ]),
    );
    expect(settled).toHaveLength(2 * referrals.length);
  });

  it('covers what it is meant to', async () => {
    const kinds = new Set<string>();
    for (const seed of SEEDS.slice(0, 10)) {
      const storm = new Storm(seed);
      await storm.run();
      await storm.desk.leftOver();
      for (const { done } of storm.referrals) kinds.add((await done).kind);
    }
    expect([...kinds].toSorted()).toEqual(['done', 'ended', 'refused', 'stopped', 'terminated', 'untold']);
  });
});
