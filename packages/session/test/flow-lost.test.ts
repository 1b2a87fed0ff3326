/** What becomes of a call whose connection is gone, where the endpoint says it, and who watches is told. The flow is F26. */
import { watch } from '@jackfield/base';
import { afterEach, expect, it } from 'vitest';
import { defineEndpoint, type FlowLost, type SessionEnd } from '../src/index.ts';
import { Testbed } from '../src/testing.ts';

const watching: Disposable[] = [];
afterEach(() => {
  for (const one of watching.splice(0)) one[Symbol.dispose]();
});

/** A call by TCP whose connection is cut. @returns what is told of it on the caller's side, and how it ended there */
async function lost(service: FlowLost, endpoint: FlowLost | undefined, transport: 'tcp' | 'udp' = 'tcp') {
  const bed = new Testbed();
  const alice = await bed.party('alice', { traced: false, flowLost: service });
  const bob = await bed.party('bob', { traced: false });
  for (const party of [alice, bob]) party.service.registerSdpHandler(party.audio, 'audio');
  const told: string[] = [];
  bob.service.onIncoming((session) => session.accept());
  const known = defineEndpoint({ name: 'bob', trusted: false, flowLost: endpoint });
  const session = alice.service.create(transport === 'tcp' ? bob.uri('bob', 'tcp') : bob.uri(), { endpoint: known });
  watching.push(
    watch('session:flow', (news) => {
      if (news.session !== session) return;
      expect(news.flow).toMatchObject({ kind: 'TCP', closed: true });
      told.push(news.policy);
    }),
  );
  let end: SessionEnd | undefined;
  void session.ended.then((ended) => (end = ended));
  await bed.clock.advance(200);
  expect(session.state).toBe('established');
  bed.network.cut(alice.host);
  await bed.clock.advance(200);
  const outcome = { told: [...told], end };
  await bed.close();
  expect(bed.leftOver()).toEqual({});
  return outcome;
}

it.each<{ service: FlowLost; endpoint: FlowLost | undefined; policy: FlowLost }>([
  { service: 'keep', endpoint: undefined, policy: 'keep' },
  { service: 'refresh', endpoint: undefined, policy: 'refresh' },
  { service: 'end', endpoint: undefined, policy: 'end' },
  { service: 'end', endpoint: 'keep', policy: 'keep' },
  { service: 'keep', endpoint: 'end', policy: 'end' },
])('of a service that says $service and an endpoint that says $endpoint: $policy', async ({ service, endpoint, policy }) => {
  const { told, end } = await lost(service, endpoint);
  expect(told).toEqual([policy]);
  if (policy === 'end') expect(end).toMatchObject({ by: 'core', status: 503, reason: 'the flow is gone' });
  else expect(end).toBeUndefined();
});

it('of a call by UDP nothing is told', async () => {
  expect(await lost('end', undefined, 'udp')).toEqual({ told: [], end: undefined });
});
