/** What those hear who watch sessions. */
import { watch } from '@jackfield/base';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import type { FlowNews, HookRun, NegotiationNews, SessionNews } from '../src/index.ts';
import { Testbed, type Party } from '../src/testing.ts';

let bed: Testbed;
let alice: Party;
let bob: Party;
const watching: Disposable[] = [];

beforeEach(async () => {
  bed = new Testbed();
  alice = await bed.party('alice', { traced: false });
  bob = await bed.party('bob', { traced: false });
  for (const { service, audio } of [alice, bob]) service.registerSdpHandler(audio, 'audio');
});
afterEach(() => {
  for (const one of watching.splice(0)) one[Symbol.dispose]();
});

it('`watch` knows what the channels of this package publish', () => {
  watching.push(watch('session:state', (news) => expectTypeOf(news).toEqualTypeOf<SessionNews>()));
  watching.push(watch('session:hook', (run) => expectTypeOf(run).toEqualTypeOf<HookRun>()));
  watching.push(watch('session:negotiation', (news) => expectTypeOf(news).toEqualTypeOf<NegotiationNews>()));
  watching.push(watch('session:flow', (news) => expectTypeOf(news).toEqualTypeOf<FlowNews>()));
  expect(watching).toHaveLength(4);
});

describe('states', () => {
  const states: string[] = [];
  beforeEach(() => {
    states.length = 0;
    watching.push(
      watch('session:state', ({ session, state, before, end }) => {
        const side = session.direction === 'incoming' ? 'bob' : 'alice';
        expect(session.state).toBe(state);
        states.push(`${side} ${before ?? ''}>${state}${end === undefined ? '' : ` by ${end.by}`}`);
      }),
    );
  });

  it('of a call that is answered and ended', async () => {
    bob.service.onIncoming(async (session) => {
      await session.progress(180);
      await session.accept();
    });
    const call = alice.service.create(bob.uri());
    await bed.clock.advance(1000);
    void call.end();
    await bed.clock.advance(1000);
    expect(states.filter((step) => step.startsWith('alice'))).toEqual([
      'alice >starting',
      'alice starting>early',
      'alice early>established',
      'alice established>ending',
      'alice ending>ended by local',
    ]);
    expect(states.filter((step) => step.startsWith('bob'))).toEqual([
      'bob >starting',
      'bob starting>early',
      'bob early>established',
      'bob established>ending by remote',
      'bob ending>ended by remote',
    ]);
  });

  it('of one that is refused: it is never early', async () => {
    bob.service.onIncoming((session) => session.reject(486));
    alice.service.create(bob.uri()).established.catch(() => undefined);
    await bed.clock.advance(1000);
    expect(states).toEqual([
      'alice >starting',
      'bob >starting',
      'bob starting>ending by local',
      'bob ending>ended by local',
      'alice starting>ending by remote',
      'alice ending>ended by remote',
    ]);
  });
});

describe('negotiations', () => {
  it('are told as they are agreed on, and as they fail', async () => {
    const outcomes: string[] = [];
    watching.push(
      watch('session:negotiation', (news) => {
        const side = news.session?.direction === 'incoming' ? 'bob' : 'alice';
        const what =
          news.outcome === 'agreed'
            ? `${news.change.exchange.role} ${news.change.before.length}>${news.change.after.length}`
            : news.error.code;
        outcomes.push(`${side} ${news.outcome} ${what}`);
      }),
    );
    bob.service.onIncoming((session) => session.accept());
    const call = alice.service.create(bob.uri());
    await bed.clock.advance(1000);
    const video = { kind: 'video', port: 5000, protocol: 'RTP/AVP', formats: ['96'], lines: [] };
    void call.sendReinvite({ media: [{ kind: 'audio', direction: 'inactive' }] });
    await bed.clock.advance(1000);
    alice.service.create(bob.uri(), { media: [{ kind: 'video', section: video }] }).established.catch(() => undefined);
    await bed.clock.advance(1000);
    expect(outcomes).toEqual([
      'bob agreed answerer 0>1',
      'alice agreed offerer 0>1',
      'bob agreed answerer 1>1',
      'alice agreed offerer 1>1',
      'bob failed SESSION_NEGOTIATION',
    ]);
  });
});

it('how long each plug-in took, by its name', async () => {
  const took: Record<string, number> = {};
  watching.push(
    watch('session:hook', ({ owner, hook, durationMs, error }) => {
      if (error !== undefined) took[`${owner} failed in ${hook}`] = durationMs;
      else took[`${owner} ${hook}`] = (took[`${owner} ${hook}`] ?? 0) + durationMs;
    }),
  );
  const wait = (ms: number) => new Promise<undefined>((resolve) => bed.clock.after(ms, () => resolve(undefined)));
  bob.service.registerSupplement({
    name: 'slow',
    admitSession: () => wait(300),
    incomingRequest: (_session, { method }) => (method === 'INVITE' ? wait(40) : undefined),
  });
  bob.service.registerSupplement({ name: 'quick', sessionBegin: () => undefined });
  bob.service.registerSupplement({ name: 'stuck', methods: ['INFO'], incomingRequest: () => new Promise(() => undefined) });
  bob.service.onIncoming((session) => session.accept());
  const call = alice.service.create(bob.uri());
  await bed.clock.advance(1000);
  void call.sendRequest('INFO');
  await bed.clock.advance(6000);
  expect(took).toMatchObject({
    'slow admitSession': 300,
    'slow incomingRequest': 40,
    'quick sessionBegin': 0,
    'stuck failed in incomingRequest': 5000,
  });
});

it('which message each hook was about', async () => {
  const heard: string[] = [];
  watching.push(
    watch('session:hook', ({ owner, hook, about }) => {
      if (owner === 'all') heard.push(`${hook} ${about ?? '-'}`);
    }),
  );
  bob.service.registerSupplement({
    name: 'all',
    admitSession: () => undefined,
    sessionBegin: () => undefined,
    incomingRequest: () => undefined,
    outgoingRequest: () => undefined,
    outgoingResponse: () => undefined,
    incomingResponse: () => undefined,
    mediaChanged: () => undefined,
    sessionEnd: () => undefined,
  });
  bob.service.onIncoming((session) => session.accept());
  alice.service.create(bob.uri());
  await bed.clock.advance(1000);
  for (const session of bob.service.sessions) void session.end();
  await bed.clock.advance(1000);
  expect(heard).toEqual([
    'admitSession INVITE',
    'sessionBegin -',
    'incomingRequest INVITE',
    'outgoingResponse 200 INVITE',
    'mediaChanged -',
    'incomingRequest ACK',
    'outgoingRequest BYE',
    'incomingResponse 200 BYE',
    'sessionEnd -',
  ]);
});
