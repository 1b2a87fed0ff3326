/** Parties with `registerRefer` on one simulated network: calls between them, and what is left when they are over. */
import { parseUri, type Session } from '@jackfield/session';
import { Testbed, type Party, type PartyOptions } from '@jackfield/session/testing';
import { registerRefer, type ReferSupplementOptions } from '../src/index.ts';

export class Desk {
  readonly bed: Testbed;
  /** Sessions of each party, in the order in which they began. */
  readonly calls = new Map<string, Session[]>();

  constructor(bed = new Testbed()) {
    this.bed = bed;
  }

  /** Accepts what calls it, unless `driver` says otherwise. */
  async party(
    name: string,
    options: ReferSupplementOptions = {},
    driver: (session: Session) => void | Promise<void> = (session) => session.accept(),
    more: PartyOptions = {},
  ): Promise<Party> {
    const party = await this.bed.party(name, more);
    const sessions: Session[] = [];
    this.calls.set(name, sessions);
    party.service.registerSupplement({ name: 'desk', sessionBegin: (session) => void sessions.push(session) });
    registerRefer(party.service, options);
    party.service.onIncoming(driver);
    return party;
  }

  /** `from` calls `to`, as itself. */
  async call(from: Party, to: Party): Promise<Session> {
    const session = from.service.create(to.uri(), { from: { uri: parseUri(from.uri())! } });
    session.established.catch(() => {});
    await this.pass(200);
    return session;
  }

  /** The session of a party that began as number `at`; -1: the last. */
  session(name: string, at = -1): Session {
    return this.calls.get(name)!.at(at)!;
  }

  pass(ms: number): Promise<void> {
    return this.bed.clock.advance(ms);
  }

  /** Messages from `mark` on, without ACKs. */
  wire(mark = 0): string[] {
    return this.bed.steps.slice(mark).filter((step) => / -> /.test(step) && !step.endsWith(' ACK'));
  }

  /** Ends what stands, and lets everything expire. */
  async leftOver(): Promise<unknown> {
    for (const { service } of this.bed.parties) for (const session of service.sessions) void session.end();
    await this.pass(100_000);
    return { left: this.bed.leftOver(), errors: this.bed.parties.flatMap(({ errors }) => errors.map(({ message }) => message)) };
  }
}

export const NOTHING = { left: {}, errors: [] };
