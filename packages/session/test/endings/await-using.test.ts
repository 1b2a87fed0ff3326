/** `await using`: a call that is over when its block is. */
import type { Session, SessionService } from '@jackfield/session';
import { Testbed, type Party } from '@jackfield/session/testing';
import { beforeEach, expect, it } from 'vitest';

let bed: Testbed;
let alice: Party;
let bob: Party;

beforeEach(async () => {
  bed = new Testbed();
  alice = await bed.party('alice');
  bob = await bed.party('bob');
});

/** Calls, talks for ten seconds, and goes. @returns the states in which the session was: in its block, and when that was left */
async function visit(service: SessionService, uri: string, fails: boolean): Promise<Session['state'][]> {
  const states: Session['state'][] = [];
  const of = async (): Promise<Session> => {
    // oxlint-disable-next-line typescript/await-thenable -- the rule knows `AsyncDisposable` by its name alone
    await using session = await service.invite(uri);
    await new Promise<void>((resolve) => void session.after(10_000, resolve));
    states.push(session.state);
    if (fails) throw new Error('of the program');
    return session;
  };
  const left = of().then((session) => states.push(session.state));
  await (fails ? expect(left).rejects.toThrow('of the program') : left);
  return states;
}

it.each([
  { how: 'by its end', fails: false, states: ['established', 'ended'] },
  { how: 'by an error', fails: true, states: ['established'] },
])('is ended by BYE, and waited for, when its block is left $how', async ({ fails, states }) => {
  bob.service.onIncoming((session) => session.accept());
  bed.trace();
  const visited = visit(alice.service, bob.uri(), fails);
  await bed.clock.advance(11_000);
  expect(await visited).toEqual(states);
  expect(bed.steps.filter((step) => step.endsWith(' BYE') && step.includes('->'))).toHaveLength(2);
  await bed.clock.advance(64_000);
  expect(bed.leftOver()).toEqual({});
});

it('takes back a call that nobody answers, and costs nothing when it is over already', async () => {
  bob.service.onIncoming((session) => session.progress());
  const session = alice.service.create(bob.uri());
  session.established.catch(() => undefined);
  await bed.clock.advance(1000);
  const disposed = session[Symbol.asyncDispose]();
  await bed.clock.advance(1000);
  expect(await disposed).toBeUndefined();
  expect(await session.ended).toMatchObject({ by: 'local' });
  expect(await session[Symbol.asyncDispose]()).toBeUndefined();
});
