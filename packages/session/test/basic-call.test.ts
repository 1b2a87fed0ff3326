import { expect, it } from 'vitest';
import { Testbed } from '../src/testing.ts';

it('places, answers and ends a call, and leaves nothing', async () => {
  const bed = new Testbed();
  const alice = await bed.party('alice');
  const bob = await bed.party('bob');
  bed.trace();
  bob.service.onIncoming(async (session) => {
    await session.progress(180);
    await session.accept();
  });
  const session = alice.service.create(bob.uri());
  await bed.clock.advance(1000);
  await session.established;
  expect(session.state).toBe('established');
  const ended = session.end();
  await bed.clock.advance(1000);
  await ended;
  await bed.clock.advance(64_000);
  console.log(bed.steps.join('\n'));
  expect([...alice.errors, ...bob.errors]).toEqual([]);
  expect(bed.leftOver()).toEqual({});
});
