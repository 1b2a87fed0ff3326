/** Refreshes that the end of the call overtakes: their outcome names the end, however far they came. */
import { describe, expect, it } from 'vitest';
import type { Session, Supplement } from '@jackfield/session';
import { Testbed } from '@jackfield/session/testing';

/** A call that is up, with this supplement at alice. */
async function up(supplement: Partial<Supplement> = {}): Promise<{ bed: Testbed; caller: Session; callee: Session }> {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  alice.service.registerSupplement({ name: 'plug-in', ...supplement });
  let callee: Session | undefined;
  bob.service.onIncoming((session) => {
    callee = session;
    void session.accept();
  });
  const caller = alice.service.create(bob.uri());
  await bed.clock.advance(1000);
  return { bed, caller, callee: callee! };
}

describe('a refresh that the end overtakes resolves with the end', () => {
  it('where it is out, and where it waits for the one that is', async () => {
    const { bed, caller, callee } = await up();
    const all = [caller.sendReinvite(), caller.sendReinvite({ method: 'UPDATE', media: 'none' })];
    void callee.end();
    await bed.clock.advance(64_000);
    const ended = { kind: 'ended', end: await caller.ended };
    expect(await Promise.all(all)).toEqual([ended, ended]);
  });

  it('where a hook is under way when it is asked for, and never comes back', async () => {
    const incomingRequest: Supplement['incomingRequest'] = (_session, { method }) =>
      method === 'INFO' ? new Promise(() => {}) : undefined;
    const { bed, caller, callee } = await up({ incomingRequest });
    void callee.sendRequest('INFO');
    await bed.clock.advance(1000);
    const refresh = caller.sendReinvite();
    const asked = caller.sendRequest('OPTIONS');
    await bed.clock.advance(1000);
    void callee.end();
    await bed.clock.advance(64_000);
    expect(await refresh).toEqual({ kind: 'ended', end: await caller.ended });
    await expect(asked).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });
});
