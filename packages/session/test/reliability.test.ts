import { describe, expect, it } from 'vitest';
import { testAudio, Testbed } from '../src/testing.ts';
import type { Session } from '../src/index.ts';

/** Two services that call each other; what is lost is drawn from the seed. */
async function call(seed: number, loss: number): Promise<{ alice: Session; bob: Session; bed: Testbed }> {
  const bed = new Testbed({ seed, conditions: { loss } });
  const alice = await bed.party('alice', { traced: false, reliable: 'required' });
  const bob = await bed.party('bob', { traced: false });
  for (const { service } of [alice, bob]) service.registerSdpHandler(testAudio(), 'audio');
  const calls: Session[] = [];
  bob.service.onIncoming((session) => void calls.push(session));
  const caller = alice.service.create(bob.uri());
  await bed.clock.advance(8000);
  return { alice: caller, bob: calls[0]!, bed };
}

describe('a reliable provisional response, RFC 3262', () => {
  it('begins anywhere between 1 and 2^31 - 1, and counts by one', async () => {
    const firsts: number[] = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const bed = new Testbed({ seed });
      const bob = await bed.party('bob', { traced: false, reliable: 'required' });
      const alice = await bed.party('alice', { traced: false });
      for (const { service } of [alice, bob]) service.registerSdpHandler(testAudio(), 'audio');
      bob.service.onIncoming(async (session) => {
        await session.progress(180);
        await session.progress(181);
        await session.reject(486);
      });
      const sequences: number[] = [];
      alice.service.create(bob.uri(), {
        onResponse: ({ status, headers }) => void (status < 200 && sequences.push(Number(headers.get('RSeq')))),
      });
      await bed.clock.advance(1000);
      const [first = 0, second] = sequences;
      expect(second).toBe(first + 1);
      firsts.push(first);
      await bed.close();
    }
    expect(firsts.every((first) => first >= 1 && first < 2 ** 31)).toBe(true);
    expect(new Set(firsts).size).toBe(20);
    expect(Math.max(...firsts)).toBeGreaterThan(2 ** 29);
  });

  it.each([1, 2, 3, 4, 5, 6])('arrives, is acknowledged, and an UPDATE follows, however much is lost: seed %i', async (seed) => {
    const { alice, bob, bed } = await call(seed, 0.3);
    const progress = bob.progress(183);
    const held = alice.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await bed.clock.until(progress, 60_000);
    expect((await bed.clock.until(held, 60_000)).kind).toBe('agreed');
    expect([alice.state, bob.state]).toEqual(['early', 'early']);
    const accepted = bob.accept();
    await bed.clock.until(accepted, 60_000);
    await bed.clock.until(alice.established, 60_000);
    const [mine, theirs] = [alice.streams[0]!, bob.streams[0]!];
    expect([mine.local.lines, theirs.local.lines]).toEqual([theirs.remote.lines, mine.remote.lines]);
    await bed.clock.until(alice.end(), 60_000);
    await bed.clock.until(bob.ended, 60_000);
    await bed.close();
    expect(bed.leftOver()).toEqual({});
  });

  it('between two services leaves one stream on each side, and nothing after the call', async () => {
    const bed = new Testbed({ seed: 3 });
    const alice = await bed.party('alice', { reliable: 'required' });
    const bob = await bed.party('bob', { traced: false });
    bob.service.registerSdpHandler(testAudio(), 'audio');
    bob.service.onIncoming(async (session) => {
      await session.progress(183);
      await session.accept();
    });
    const session = await bed.clock.until(alice.service.invite(bob.uri()), 60_000);
    expect([session.state, alice.audio.live, alice.service.stats().live['streams']]).toEqual(['established', 1, 1]);
    await bed.close();
    expect(bed.leftOver()).toEqual({});
  });
});
