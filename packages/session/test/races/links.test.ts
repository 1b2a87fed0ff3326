/** The races of RFC 5407 §3 between two services: links so slow, or so lossy for a moment, that messages cross. What both make of it in the end. */
import { describe, expect, it } from 'vitest';
import type { RefreshOutcome, Session } from '../../src/index.ts';
import { Testbed, type Party } from '../../src/testing.ts';

const WAY = 100;
const HOLD = [{ kind: 'audio', direction: 'sendonly' }] as const;

interface Scene {
  readonly bed: Testbed;
  readonly alice: Party;
  readonly bob: Party;
  readonly caller: Session;
  /** Set when the INVITE is there. */
  readonly callee: () => Session;
  /** From alice to bob, or back, everything is lost until it is disposed. */
  readonly lost: (from: 'alice' | 'bob') => Disposable;
  readonly go: (ms: number) => Promise<void>;
  /** Messages since the last time, copies included, as they were sent: `a INVITE`, `b 200 INVITE`. */
  readonly messages: () => string[];
}

/** Alice calls Bob, and nothing has arrived yet. Bob rings when the INVITE is there. */
async function scene(late = false): Promise<Scene> {
  const bed = new Testbed({ conditions: { minDelayMs: WAY, maxDelayMs: WAY } });
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  bed.trace();
  let callee: Session | undefined;
  bob.service.onIncoming((session) => {
    callee = session;
    void session.progress(180);
  });
  const caller = alice.service.create(bob.uri(), late ? { media: 'late' } : {});
  let seen = 0;
  return {
    bed,
    alice,
    bob,
    caller,
    callee: () => callee!,
    lost: (from) => {
      const [here, there] = from === 'alice' ? [alice, bob] : [bob, alice];
      return bed.network.path(here.host, there.host, { loss: 1 });
    },
    go: (ms) => bed.clock.advance(ms),
    messages: () => {
      const fresh = bed.steps.slice(seen);
      seen = bed.steps.length;
      return fresh.flatMap((step) => {
        const [, from, text] = /^(alice|bob) -[>x] (?:alice|bob) (\S+(?: [A-Z]+)?)/.exec(step) ?? [];
        return from === undefined || text!.startsWith('100') ? [] : [`${from[0]} ${text}`];
      });
    },
  };
}

/** Answered: the 200 is on its way. */
async function answered(late = false): Promise<Scene> {
  const on = await scene(late);
  await on.go(2 * WAY + 10);
  void on.callee().accept();
  await on.go(0);
  return on;
}

async function established(): Promise<Scene> {
  const on = await answered();
  await on.go(2 * WAY + 10);
  expect([on.caller.state, on.callee().state]).toEqual(['established', 'established']);
  on.messages();
  return on;
}

const said = (session: Session): unknown =>
  (session.streams[0]?.stream as { agreed?: { direction: string } } | undefined)?.agreed?.direction;

/** Both have ended once, everybody was told once, and nothing is left. */
async function over({ bed, caller, callee, alice, bob, go }: Scene): Promise<void> {
  void caller.end();
  await go(64_000);
  expect([caller.state, callee().state]).toEqual(['ended', 'ended']);
  for (const name of ['alice', 'bob']) expect(bed.steps.filter((step) => step.startsWith(`${name}: sessionEnd`))).toHaveLength(1);
  expect([...alice.errors, ...bob.errors]).toEqual([]);
  expect(bed.leftOver()).toEqual({});
}

describe('RFC 5407 §3.1', () => {
  it('3.1.1: the 180 is lost, and the INVITE repeated while the 200 is on its way', async () => {
    const on = await scene();
    const silence = on.lost('bob');
    await on.go(450);
    silence[Symbol.dispose]();
    void on.callee().accept();
    await on.go(1000);
    expect([on.caller.state, on.callee().state]).toEqual(['established', 'established']);
    expect(on.bob.service.stats().total['incoming']).toBe(1);
    await over(on);
  });

  it('3.1.2: CANCEL crosses the 200: both end, by ACK and BYE', async () => {
    const on = await answered();
    on.messages();
    void on.caller.end();
    await on.go(1000);
    expect(on.messages()).toEqual(['a CANCEL', 'a ACK', 'a BYE', 'b 200 CANCEL', 'b 200 BYE']);
    expect([(await on.caller.ended).by, (await on.callee().ended).by]).toEqual(['local', 'remote']);
    await over(on);
  });

  it('3.1.4: the ACK is lost, and an INVITE inside the call meets the 200 that is repeated', async () => {
    const on = await answered();
    const silence = on.lost('alice');
    await on.go(WAY + 10); // the 200 is in, its ACK is not
    silence[Symbol.dispose]();
    const done = on.caller.sendReinvite({ media: HOLD });
    await on.go(6000);
    expect((await done).kind).toBe('agreed');
    expect([said(on.caller), said(on.callee())]).toEqual(['sendonly', 'recvonly']);
    await over(on);
  });

  it('3.1.5: the same, with the answer in the ACK that is lost', async () => {
    const on = await answered(true);
    const silence = on.lost('alice');
    await on.go(WAY + 10);
    silence[Symbol.dispose]();
    const done = on.caller.sendReinvite({ media: HOLD });
    await on.go(6000);
    expect((await done).kind).toBe('agreed');
    expect([said(on.caller), said(on.callee())]).toEqual(['sendonly', 'recvonly']);
    await over(on);
  });

  it('3.1.6: the ACK is lost, and BYE meets the 200 that is repeated', async () => {
    const on = await answered();
    const silence = on.lost('alice');
    await on.go(WAY + 10);
    silence[Symbol.dispose]();
    void on.caller.end();
    await on.go(1000);
    expect([(await on.caller.ended).by, (await on.callee().ended).by]).toEqual(['local', 'remote']);
    await over(on);
  });
});

describe('RFC 5407 §3.2', () => {
  it('3.2.1: both hang up at once', async () => {
    const on = await established();
    void on.caller.end();
    void on.callee().end();
    await on.go(1000);
    expect(on.messages()).toEqual(['a BYE', 'b BYE', 'b 200 BYE', 'a 200 BYE']);
    await over(on);
  });

  it('3.2.2: one hangs up while the other makes an INVITE', async () => {
    const on = await established();
    void on.caller.end();
    const done = on.callee().sendReinvite({ media: HOLD });
    await on.go(1000);
    expect((await done).kind).toBe('ended');
    expect(on.messages()).toEqual(expect.arrayContaining(['a BYE', 'b INVITE', 'a 481 INVITE', 'b 200 BYE', 'b ACK']));
    await over(on);
  });

  it('3.2.3: one makes an INVITE and hangs up at once', async () => {
    const on = await established();
    const done = on.callee().sendReinvite({ media: HOLD });
    await on.go(20);
    void on.callee().end();
    await on.go(1000);
    expect((await done).kind).toBe('ended');
    expect(on.messages()).toEqual(expect.arrayContaining(['b INVITE', 'b BYE', 'a 200 INVITE', 'a 200 BYE', 'b ACK']));
    await over(on);
  });

  it('3.2.4: the callee hangs up while the ACK is on its way', async () => {
    const on = await answered();
    void on.callee().end();
    await on.go(1000);
    expect(on.messages().slice(-3)).toEqual(['a ACK', 'b BYE', 'a 200 BYE']);
    expect([(await on.caller.ended).by, (await on.callee().ended).by]).toEqual(['remote', 'local']);
    await over(on);
  });
});

describe('RFC 5407 §3.3', () => {
  async function crossing(callers: 'INVITE' | 'UPDATE', callees: 'INVITE' | 'UPDATE', refresh = false): Promise<Scene> {
    const on = await established();
    const outcomes: Promise<RefreshOutcome>[] = [
      on.caller.sendReinvite({ media: refresh ? 'none' : HOLD, method: callers }),
      on.callee().sendReinvite({ media: HOLD, method: callees }),
    ];
    await on.go(8000);
    expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual(['agreed', 'agreed']);
    return on;
  }

  it('3.3.1: INVITE crosses INVITE: each is refused once, the callee’s goes first, both are agreed on', async () => {
    const on = await crossing('INVITE', 'INVITE');
    const messages = on.messages();
    expect(messages.filter((text) => text.includes('491')).toSorted()).toEqual(['a 491 INVITE', 'b 491 INVITE']);
    expect(messages.filter((text) => text.endsWith(' 200 INVITE'))).toEqual(['a 200 INVITE', 'b 200 INVITE']);
    expect([said(on.caller), said(on.callee())]).toEqual(['inactive', 'inactive']);
    await over(on);
  });

  it.each([
    ['UPDATE', 'INVITE'],
    ['INVITE', 'UPDATE'],
    ['UPDATE', 'UPDATE'],
  ] as const)('3.3.2: %s of the caller crosses %s, with offers: each is refused once, and both are agreed on', async (callers, callees) => {
    const on = await crossing(callers, callees);
    expect(on.messages().filter((text) => text.includes('491'))).toHaveLength(2);
    expect([said(on.caller), said(on.callee())]).toEqual(['inactive', 'inactive']);
    await over(on);
  });

  it('3.3.2: an UPDATE that only refreshes crosses an INVITE: neither is refused', async () => {
    const on = await crossing('UPDATE', 'INVITE', true);
    expect(on.messages().filter((text) => text.includes('491'))).toEqual([]);
    await over(on);
  });

  it('3.3.3: one hangs up while the other sends a request of its own: 481', async () => {
    const on = await established();
    void on.caller.end();
    const asked = on.callee().sendRequest('MESSAGE');
    asked.catch(() => undefined);
    await on.go(1000);
    expect(on.messages()).toEqual(expect.arrayContaining(['a BYE', 'b MESSAGE', 'a 481 MESSAGE', 'b 200 BYE']));
    await expect(asked).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    await over(on);
  });
});
