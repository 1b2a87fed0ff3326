/** What those hear who watch sessions. */
import { watch } from '@jackfield/base';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { defineCookie, reply, type FlowNews, type HookRun, type NegotiationNews, type SessionNews, type Supplement } from '../src/index.ts';
import type { IncomingRequest, Reply } from '@jackfield/sip';
import { Testbed, type Party } from '../src/testing.ts';

let bed: Testbed;
let alice: Party;
let bob: Party;
const watching: Disposable[] = [];
/** What bob decides about requests inside his calls. */
let refusing: ((request: IncomingRequest) => Reply | undefined) | undefined;
const LAST_HOOKS: ReadonlySet<string> = new Set(['rollbackStream', 'stopStream', 'destroy']);

beforeEach(async () => {
  bed = new Testbed();
  alice = await bed.party('alice', { traced: false });
  bob = await bed.party('bob', { traced: false });
  for (const { service, audio } of [alice, bob]) service.registerSdpHandler(audio, 'audio');
  refusing = undefined;
  const decide: Supplement['incomingRequest'] = (_session, request) => (request.initial ? undefined : refusing?.(request));
  bob.service.registerSupplement({ name: 'refusing', methods: ['INVITE', 'UPDATE'], incomingRequest: decide });
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
  const outcomes: string[] = [];
  beforeEach(() => {
    outcomes.length = 0;
    watching.push(
      watch('session:negotiation', (news) => {
        const side = news.session?.direction === 'incoming' ? 'bob' : 'alice';
        outcomes.push(`${side} ${news.outcome} ${whatOf(news)}`);
      }),
    );
  });

  function whatOf(news: NegotiationNews): string {
    if (news.outcome === 'refused') return `${news.response.status} ${news.response.request.method}`;
    if (news.outcome === 'failed') return news.error.code;
    const { exchange, before, after } = news.change;
    return `${exchange.role} ${before.length}>${after.length}`;
  }

  it('are told as they are agreed on, and as they fail', async () => {
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
      'alice refused 488 INVITE',
    ]);
  });

  it.each(['INVITE', 'UPDATE'] as const)(
    'are told as the peer refuses our offer in %s, once, and a refresh without one is none',
    async (method) => {
      bob.service.onIncoming((session) => session.accept());
      const call = alice.service.create(bob.uri());
      await bed.clock.advance(1000);
      const statuses = [491, 488];
      const refuses = (at: number): Reply | undefined => (statuses[at] === undefined ? undefined : reply(statuses[at]));
      outcomes.length = 0;
      let at = 0;
      refusing = (request) => (request.method === method ? refuses(at++) : undefined);
      void call.sendReinvite({ method, media: [{ kind: 'audio', direction: 'inactive' }] });
      await bed.clock.advance(10_000);
      expect([at, outcomes]).toEqual([2, [`alice refused 488 ${method}`]]);
      refusing = () => reply(500);
      void call.sendReinvite({ method: 'UPDATE', media: 'none' });
      await bed.clock.advance(1000);
      expect(outcomes).toHaveLength(1);
    },
  );

  it('are told as a call is refused for its offer, and not as one is that is refused for itself', async () => {
    const statuses = [488, 486, 606];
    bob.service.onIncoming((session) => session.reject(statuses.shift()!));
    for (let calls = 0; calls < 3; calls += 1) {
      alice.service.create(bob.uri()).established.catch(() => undefined);
      await bed.clock.advance(1000);
    }
    expect(outcomes).toEqual(['alice refused 488 INVITE', 'alice refused 606 INVITE']);
  });

  it('are told as a handler fails in its part, and it is an error all the same', async () => {
    const failures: string[] = [];
    bob.audio.applyNegotiatedStream = () => {
      throw new Error('no such device');
    };
    watching.push(
      watch('session:negotiation', (news) => {
        if (news.outcome === 'failed') failures.push(news.error.message);
      }),
    );
    bob.service.onIncoming((session) => session.accept());
    alice.service.create(bob.uri()).established.catch(() => undefined);
    await bed.clock.advance(1000);
    expect(failures).toEqual(['applyNegotiatedStream of test-audio failed: no such device']);
    expect(bob.errors.map(({ message }) => message)).toEqual(failures);
    expect(bob.service.stats().total).toMatchObject({ errors: 1, negotiationsFailed: 0 });
  });
});

it('handlers that roll back and stop, and cookies that are destroyed, are hooks as others', async () => {
  const heard: string[] = [];
  watching.push(
    watch('session:hook', ({ session, owner, hook, error }) => {
      const side = session === call.id ? 'alice' : 'bob';
      if (LAST_HOOKS.has(hook)) heard.push(`${side} ${hook} of ${owner}${error === undefined ? '' : `: ${error.message}`}`);
    }),
  );
  bob.service.onIncoming((session) => session.accept());
  const call = alice.service.create(bob.uri());
  const failing = defineCookie<string>('failing', () => {
    throw new Error('no such file');
  });
  call.cookies.add(failing, 'there');
  call.cookies.add(
    defineCookie<Set<string>>('log', (log) => log.clear()),
    new Set(['there']),
  );
  call.cookies.add(defineCookie<number>('plain'), 1);
  await bed.clock.advance(1000);
  refusing = (request) => (request.method === 'INVITE' ? reply(488) : undefined);
  void call.sendReinvite({ media: [{ kind: 'audio', direction: 'inactive' }] });
  await bed.clock.advance(1000);
  refusing = undefined;
  alice.audio.stopStream = () => {
    throw new Error('device is gone');
  };
  void call.end();
  await bed.clock.advance(1000);
  expect(heard.filter((step) => step.startsWith('alice'))).toEqual([
    'alice rollbackStream of test-audio',
    'alice stopStream of test-audio: stopStream of test-audio failed: device is gone',
    'alice destroy of log',
    'alice destroy of failing: destroy of failing failed: no such file',
  ]);
  expect(heard.filter((step) => step.startsWith('bob'))).toEqual(['bob stopStream of test-audio']);
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
