import { expect, it } from 'vitest';
import { Testbed, type Party } from '@jackfield/session/testing';
import { join } from '../src/join.ts';

async function bed(): Promise<{ bed: Testbed; us: Party; a: Party; b: Party }> {
  const made = new Testbed();
  const [us, a, b] = [await made.party('us'), await made.party('a'), await made.party('b')];
  return { bed: made, us, a, b };
}

it("sends A's media to B and B's to A, past us", async () => {
  const { bed: testbed, us, a, b } = await bed();
  for (const { service } of [a, b]) service.onIncoming((session) => session.accept());
  const joining = join(us.service, a.uri(), b.uri(), () => {});
  await testbed.clock.advance(2000);
  const joined = await joining;
  const [atA] = a.service.sessions;
  const [atB] = b.service.sessions;
  const [streamA, streamB] = [atA!.streams[0]!, atB!.streams[0]!];
  expect(streamA.remote.port).toBe(streamB.local.port);
  expect(streamB.remote.port).toBe(streamA.local.port);
  expect(streamA.remote.lines).toContain('c=IN IP4 192.0.2.3');
  expect(streamB.remote.lines).toContain('c=IN IP4 192.0.2.2');

  void atA!.end();
  await testbed.clock.advance(2000);
  await expect(joined.over).resolves.toMatchObject([{ by: 'remote' }, { by: 'local' }]);
  await testbed.clock.advance(64_000);
  expect([...us.errors, ...a.errors, ...b.errors]).toEqual([]);
  expect(testbed.leftOver()).toEqual({});
});

it('hangs up on A when B is busy', async () => {
  const { bed: testbed, us, a, b } = await bed();
  a.service.onIncoming((session) => session.accept());
  b.service.onIncoming((session) => session.reject(486));
  const joining = join(us.service, a.uri(), b.uri(), () => {});
  joining.catch(() => {});
  await testbed.clock.advance(3000);
  await expect(joining).rejects.toMatchObject({ code: 'SESSION_REFUSED', info: { status: 486 } });
  await testbed.clock.advance(64_000);
  expect(testbed.leftOver()).toEqual({});
});
