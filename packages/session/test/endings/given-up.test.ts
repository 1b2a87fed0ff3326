/** A call of ours that the program itself gives up before it is answered: that is no refusal. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '../../src/index.ts';
import { Testbed, type Party } from '../../src/testing.ts';

let bed: Testbed;
let alice: Party;
let bob: Party;

beforeEach(async () => {
  bed = new Testbed();
  [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
});
afterEach(() => bed.close());

const outcomeOf = (session: Session): Promise<unknown> =>
  session.established.then(
    () => 'established',
    (error: unknown) => error,
  );

describe('a call that its signal gives up', () => {
  const WHY = new Error('the user hung up');

  interface Row {
    readonly when: string;
    readonly driver?: (session: Session) => void;
    readonly away?: boolean;
    readonly afterMs: number;
    readonly status: number | undefined;
  }
  it.each<Row>([
    { when: 'before its INVITE has left', afterMs: 0, status: undefined },
    { when: 'while it rings', driver: (session) => void session.progress(180), afterMs: 1000, status: 487 },
    { when: 'while nobody answers at all', away: true, afterMs: 1000, status: 408 },
    { when: 'as it is refused', driver: (session) => void session.reject(486), afterMs: 7, status: 486 },
  ])('$when rejects SESSION_ENDED, with the reason of the abort as its cause', async ({ driver = () => {}, away, afterMs, status }) => {
    bob.service.onIncoming(driver);
    if (away === true) bed.network.partition(alice.host, bob.host);
    const control = new AbortController();
    const session = alice.service.create(bob.uri(), { signal: control.signal });
    const outcome = outcomeOf(session);
    if (afterMs > 0) await bed.clock.advance(afterMs);
    control.abort(WHY);
    await bed.clock.advance(64_000);
    expect(await outcome).toMatchObject({ code: 'SESSION_ENDED', cause: WHY });
    const end = await session.ended;
    expect([end.by, end.status]).toEqual(['local', status]);
  });

  it('when it has aborted before the call was placed, too', async () => {
    const inviting = alice.service.invite(bob.uri(), { signal: AbortSignal.abort(WHY) });
    const rejected = expect(inviting).rejects.toMatchObject({ code: 'SESSION_ENDED', cause: WHY });
    await bed.clock.advance(1000);
    await rejected;
  });

  it('is no error in a driver that calls on behalf of its caller', async () => {
    const carol = await bed.party('carol');
    carol.service.onIncoming((session) => session.progress(180));
    bob.service.onIncoming(async (session) => {
      await bob.service.invite(carol.uri(), { signal: session.signal });
      await session.accept();
    });
    const session = alice.service.create(bob.uri());
    await bed.clock.advance(1000);
    void session.end();
    await bed.clock.advance(64_000);
    expect([...alice.errors, ...bob.errors, ...carol.errors]).toEqual([]);
    expect(bed.leftOver()).toEqual({});
  });
});

describe('a call that', () => {
  it('end() gives up rejects SESSION_ENDED', async () => {
    bob.service.onIncoming((session) => session.progress(180));
    const session = alice.service.create(bob.uri());
    const outcome = outcomeOf(session);
    await bed.clock.advance(1000);
    void session.end();
    await bed.clock.advance(1000);
    expect(await outcome).toMatchObject({ code: 'SESSION_ENDED', message: 'the session has ended (487)', cause: undefined });
  });

  it('nobody takes in time is refused, by the core', async () => {
    const hasty = await bed.party('hasty', { ringMs: 2000 });
    bob.service.onIncoming((session) => session.progress(180));
    const outcome = outcomeOf(hasty.service.create(bob.uri()));
    await bed.clock.advance(64_000);
    expect(await outcome).toMatchObject({ code: 'SESSION_REFUSED', info: { status: 487 } });
  });
});
