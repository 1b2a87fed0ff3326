import { ladder, readLadders, Testbed, testAudio, type SessionLadder } from '@jackfield/session/testing';
import { describe, expect, it } from 'vitest';

/** Written by hand. A pause may be a window, where chance has a say in it. */
const LADDERS = readLadders(`
== rings for a while
alice -> bob INVITE sdp
bob: admitSession incoming
bob: sessionBegin
bob: incomingRequest INVITE sdp
bob: handleIncomingStream 0
bob: outgoingResponse 180 INVITE (application)
bob -> alice 180 INVITE
(+1000..3000 ms)
(bob has had enough)
# what the driver says
bob: outgoingResponse 486 INVITE (application)
bob -> alice 486 INVITE
bob: sessionEnd by local 486
alice -> bob ACK

== another
`);

/** Alice calls bob, who writes down his hooks, rings for `ms`, and is busy. */
async function played(ms: number): Promise<SessionLadder> {
  const bed = new Testbed();
  const on = ladder(bed);
  const alice = await bed.party('alice', { traced: false });
  alice.service.registerSdpHandler(testAudio(), 'audio');
  const bob = await bed.party('bob');
  bob.service.onIncoming(async (session) => {
    await session.progress(180);
    session.after(ms, () => {
      on.note('bob has had enough');
      void session.reject(486);
    });
  });
  alice.service.create(bob.uri()).established.catch(() => undefined);
  await bed.clock.advance(5000);
  await bed.close();
  expect(bed.leftOver()).toEqual({});
  return on;
}

describe('a ladder with hooks', () => {
  const expected = LADDERS.get('rings for a while')!;

  it('has messages, hooks, notes and pauses in one list, and takes the words of a window that a pause falls into', async () => {
    const on = await played(2000);
    expect(on.against(expected)).toEqual(expected);
    expect(on.steps).toContain('(+2000 ms)');
    expect(on.toString().split('\n')).toEqual(on.steps);
  });

  it('differs where a pause falls out of its window', async () => {
    const on = await played(3500);
    expect(on.against(expected)).not.toEqual(expected);
    expect(on.against(expected)[7]).toBe('(+3500 ms)');
  });

  it('has a window from 0 on where there was no pause that could be seen', async () => {
    const on = await played(50);
    const window = expected.map((line) => (line.startsWith('(+') ? '(+0..3000 ms)' : line));
    expect(on.against(window)).toEqual(window);
  });

  it('forgets what was before the cut', async () => {
    const on = await played(2000);
    on.cut();
    on.note('and then');
    expect(on.steps).toEqual(['(and then)']);
  });

  it('is read from a text by its heading, without comments and blank lines', () => {
    expect([...LADDERS.keys()]).toEqual(['rings for a while', 'another']);
    expect(LADDERS.get('another')).toEqual([]);
    expect(expected).not.toContain('# what the driver says');
  });
});
