/** What `checkSupplement` finds: a plug-in for each thing that the contract does not allow, and some that keep to it. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  defineCookie,
  defineHeaderSupplement,
  reply,
  type SdpHandler,
  type Session,
  type SessionService,
  type StreamKind,
  type Supplement,
} from '@jackfield/session';
import { checkSupplement, SupplementUnfit, tracer, type CheckOptions, type SupplementReport } from '@jackfield/session/testing';

const registering = (supplement: Omit<Supplement, 'name'>) => (sessions: SessionService) =>
  sessions.registerSupplement({ name: 'suspect', ...supplement });

async function failuresOf(register: Parameters<typeof checkSupplement>[0], options: CheckOptions = { memoryCalls: 0 }): Promise<string> {
  const report = await checkSupplement(register, options).then(
    (fit): SupplementReport => fit,
    (error: unknown) => {
      if (error instanceof SupplementUnfit) return error.report;
      throw error;
    },
  );
  return report.failures.join('\n');
}

/** Each of these takes a second of a processor that is free. */
const TIMEOUT_MS = 30_000;

describe('checkSupplement lets pass', { timeout: TIMEOUT_MS }, () => {
  it('a supplement that hears everything and does nothing, and says which hooks ran', async () => {
    const report = await checkSupplement((sessions) => sessions.registerSupplement(tracer(() => undefined)));
    expect(report.failures).toEqual([]);
    expect(report.supplements).toEqual(['tracer']);
    expect(Object.keys(report.hooks).toSorted()).toEqual([
      'admitSession',
      'incomingRequest',
      'incomingResponse',
      'mediaChanged',
      'outgoingRequest',
      'outgoingResponse',
      'redirected',
      'sessionBegin',
      'sessionEnd',
    ]);
    expect(report.handlers).toEqual([]);
    expect(report.scenarios.length).toBeGreaterThan(40);
  });

  it('one that writes headers, keeps cookies and sets timers of the session', async () => {
    const cookie = defineCookie<string>('kept');
    const register = registering({
      sessionBegin: (session) => {
        session.cookies.set(cookie, 'value');
        session.after(3_600_000, () => undefined);
      },
      outgoingRequest: (_session, request) => request.headers.set('Reason', 'Q.850;cause=16'),
    });
    expect(await failuresOf(register)).toBe('');
  });

  it('one that holds back the end of each call for a while, and decides on requests later', async () => {
    const register = (sessions: SessionService) =>
      sessions.registerSupplement({
        name: 'suspect',
        methods: ['INFO'],
        sessionBegin: (session) => {
          const held = session.deferEnd();
          sessions.stack.clock.after(20_000, () => held[Symbol.dispose]());
        },
        incomingRequest: (session, request) => {
          session.after(1000, () => session.sendResponse(request, 200));
          return 'later';
        },
      });
    expect(await failuresOf(register)).toBe('');
  });

  it('one that refuses every call, with time', async () => {
    expect(await failuresOf(registering({ admitSession: () => Promise.resolve(reply(603)) }))).toBe('');
  });
});

const never = (): never => {
  throw new Error('no');
};
const kept: Session[] = [];

describe('checkSupplement finds', { timeout: TIMEOUT_MS }, () => {
  it.each<{ what: string; bad: Omit<Supplement, 'name'>; failure: string; options?: CheckOptions }>([
    { what: 'a hook that throws', bad: { mediaChanged: never }, failure: 'mediaChanged of suspect failed: no' },
    {
      what: 'a question that rejects',
      bad: { admitSession: () => Promise.reject(new Error('no')) },
      failure: 'admitSession of suspect failed: no',
    },
    {
      what: 'a question that takes for ever',
      bad: { methods: ['INFO'], incomingRequest: () => new Promise(() => undefined) },
      failure: 'incomingRequest of suspect took over 5000 ms',
    },
    {
      what: 'a question that reads a file',
      bad: { methods: ['INFO'], incomingRequest: async () => void (await readFile(import.meta.filename)) },
      failure: 'incomingRequest of suspect took over 5000 ms: no file, socket or timer of Node is waited for here, so pass look-ups in',
    },
    {
      what: 'news that gives back a promise',
      bad: { sessionBegin: (() => Promise.resolve()) as never },
      failure: 'sessionBegin of suspect gave back what its contract does not allow',
    },
    {
      what: 'a reply to ACK',
      bad: { methods: ['ACK'], incomingRequest: () => reply(403) },
      failure: 'incomingRequest of suspect gave back what its contract does not allow',
    },
    { what: 'a 2xx to INVITE', bad: { methods: ['INVITE'], incomingRequest: () => reply(200) }, failure: '200 cannot be given here' },
    {
      what: 'a rejection that nobody hears',
      bad: { sessionBegin: () => void Promise.reject(new Error('floats')) },
      failure: 'a promise of the plug-in was rejected and nobody heard: floats',
    },
    {
      what: 'a Node timer, also one that a promise of the hook started',
      bad: {
        sessionEnd: () => {
          void Promise.resolve().then(() => setTimeout(() => undefined, 5).unref());
        },
      },
      failure: 'sessionEnd of suspect left a Node timer',
    },
    {
      what: 'a listener on the process',
      bad: {
        sessionBegin: () => {
          if (process.listenerCount('SIGUSR2') < 5) process.once('SIGUSR2', kept.at.bind(kept));
        },
      },
      failure: `a listener is left on process 'SIGUSR2'`,
    },
    {
      what: 'a hook that throws at PRACK alone',
      bad: { methods: ['PRACK'], outgoingRequest: never },
      failure: 'outgoingRequest of suspect failed: no',
    },
    {
      what: 'one that throws at a challenge alone',
      bad: { incomingResponse: (_session, { status }) => (status === 407 ? never() : undefined) },
      failure: 'incomingResponse of suspect failed: no',
    },
    {
      what: 'one that throws where changes cross',
      bad: {
        methods: ['INVITE'],
        outgoingResponse: (_session, { status, request }) => (status === 491 && !request.initial ? never() : undefined),
      },
      failure: 'outgoingResponse of suspect failed: no',
    },
    {
      what: 'one that throws when a call has forked',
      bad: {
        incomingRequest: () => undefined,
        outgoingRequest: ({ state }, { method, origin }) =>
          method === 'BYE' && origin === 'core' && state === 'established' ? never() : undefined,
      },
      failure: 'outgoingRequest of suspect failed: no',
    },
    {
      what: 'a header that is the stack`s',
      bad: { outgoingRequest: (_session, request) => request.headers.set('Contact', '<sip:me@example.com>') },
      failure: 'outgoingRequest of suspect writes Contact, which the stack writes',
    },
    {
      what: 'a malformed header',
      bad: { outgoingResponse: (_session, response) => response.headers.set('Retry-After', 'soon') },
      failure: 'outgoingResponse of suspect writes a malformed Retry-After: soon',
    },
    {
      what: 'a header value that would break the message',
      bad: { outgoingResponse: (_session, response) => response.headers.set('X-Note', 'a\r\nVia: b') },
      failure: 'outgoingResponse of suspect failed',
    },
    {
      what: 'a cookie that cannot be destroyed',
      bad: { sessionBegin: (session) => session.cookies.set(defineCookie<number>('sticky', never), 1) },
      failure: 'destroy of sticky failed: no',
    },
    {
      what: 'a cookie put down after the end',
      bad: {
        sessionBegin: (session) => void session.ended.then(() => session.cookies.set(defineCookie<number>('late'), 1)),
      },
      failure: 'a promise of the plug-in was rejected and nobody heard: cookie late: the session has ended',
    },
    {
      what: 'an end that is held back and never let go',
      bad: { sessionBegin: (session) => void session.deferEnd() },
      failure: 'the end of 1 session is held back by a deferEnd() that is never disposed',
    },
    {
      what: "a request that it takes with 'later' and never decides on",
      bad: { methods: ['INFO'], incomingRequest: () => 'later' },
      failure: "INFO is taken with 'later' and not decided on in time: the core answers 504",
    },
    {
      what: 'sessions that are kept',
      bad: { sessionEnd: (session) => void kept.push(session) },
      failure: '20 of 20 sessions are kept in memory after their end',
      options: { memoryCalls: 20 },
    },
    {
      what: 'work that depends on what is registered before it',
      bad: {
        outgoingRequest: (_session, request) => {
          if (request.method === 'INFO' && request.headers.get('X-Neighbour') !== undefined) request.headers.set('X-Seen', '1');
        },
      },
      failure: 'other messages leave',
    },
  ])('$what', async ({ bad, failure, options }) => {
    expect(await failuresOf(registering(bad), options)).toContain(failure);
    kept.length = 0;
    process.removeAllListeners('SIGUSR2');
  });

  it('a timer left on the clock of the stack', async () => {
    const register = (sessions: SessionService) =>
      sessions.registerSupplement({
        name: 'suspect',
        sessionBegin: () => void sessions.stack.clock.after(24 * 3_600_000, () => undefined),
      });
    expect(await failuresOf(register)).toMatch(/\d+ timers left when all calls are over/);
  });

  it('a registration that does not take everything back', async () => {
    const register = (sessions: SessionService) => {
      sessions.registerSupplement({ name: 'first', optionTags: ['first'] });
      return sessions.registerSupplement({ name: 'second' });
    };
    expect(await failuresOf(register)).toMatch(/^it cannot be registered again once it was unregistered: .*first/m);
  });

  it('a registration that takes back nothing: its hooks run on', async () => {
    let count = 0;
    const register = (sessions: SessionService) => {
      count += 1;
      sessions.registerSupplement({ name: `left ${count}`, sessionBegin: () => undefined });
      return { unregister: () => undefined, [Symbol.dispose]: () => undefined };
    };
    expect(await failuresOf(register)).toContain('runs on a session that began after it was unregistered');
  });
});

describe('a supplement is walked past', { timeout: TIMEOUT_MS }, () => {
  const passed = new Set<string>();
  beforeAll(async () => {
    const register = registering({
      incomingRequest: (_session, { method }) => void passed.add(`hears ${method}`),
      outgoingRequest: (_session, { method }) => void passed.add(`sends ${method}`),
      incomingResponse: (_session, { status, request }) => void passed.add(`hears ${status} ${request.method}`),
      outgoingResponse: (_session, { status, request }) => void passed.add(`sends ${status} ${request.method}`),
    });
    expect(await failuresOf(register)).toBe('');
  }, TIMEOUT_MS);

  it.each(['INVITE', 'ACK', 'CANCEL', 'BYE', 'PRACK', 'UPDATE', 'INFO', 'REFER', 'NOTIFY', 'MESSAGE', 'OPTIONS'])(
    '%s, both ways',
    (method) => {
      expect(passed).toContain(`hears ${method}`);
      expect(passed).toContain(`sends ${method}`);
    },
  );

  it.each([401, 407, 422, 488, 491, 500])('%i that it hears, to INVITE, UPDATE and INFO, and sends', (status) => {
    for (const method of ['INVITE', 'UPDATE', 'INFO']) expect(passed).toContain(`hears ${status} ${method}`);
    expect(passed).toContain(`sends ${status} INVITE`);
  });

  it('488 and 491 of the core to what the peer changes', () => {
    expect(passed).toContain('sends 488 UPDATE');
    expect(passed).toContain('sends 491 UPDATE');
  });
});

interface Strange {
  live: boolean;
}
const SECTION = { kind: 'x-strange', port: 6000, protocol: 'UDP', formats: ['x'], lines: [] };
/** An SDP handler of a kind that nobody else has. */
const strange: SdpHandler<Strange> = {
  name: 'strange',
  handleIncomingStream: (_session, { remote }) => (remote.formats.includes('x') ? 'claimed' : undefined),
  createOutgoingStream: (_session, { current, direction }) => ({
    stream: current ?? { live: true },
    section: { ...SECTION, lines: [`a=${direction}`] },
  }),
  applyNegotiatedStream: () => undefined,
  rollbackStream: () => undefined,
  stopStream: (_session, stream) => void (stream.live = false),
};
const handling =
  (handler: Partial<SdpHandler<Strange>>, kind: StreamKind = 'x-strange') =>
  (sessions: SessionService) =>
    sessions.registerSdpHandler({ ...strange, ...handler }, kind);

describe('of an SDP handler, checkSupplement', { timeout: TIMEOUT_MS }, () => {
  it('offers it its streams, has it offer them, and counts its hooks', async () => {
    const report = await checkSupplement(handling({}), { memoryCalls: 10 });
    expect(report.handlers).toEqual(['strange']);
    expect(Object.keys(report.hooks).toSorted()).toEqual([
      'applyNegotiatedStream',
      'createOutgoingStream',
      'handleIncomingStream',
      'rollbackStream',
      'stopStream',
    ]);
    expect(report.hooks.rollbackStream).toBeGreaterThan(10);
  });

  it('lets pass one for audio that takes nothing of what is offered: another takes it', async () => {
    expect(await failuresOf(handling({ handleIncomingStream: () => undefined, createOutgoingStream: () => undefined }, 'audio'))).toBe('');
  });

  it('lets pass one that takes its time', async () => {
    const created = (): Promise<{ stream: Strange; section: typeof SECTION }> =>
      Promise.resolve({ stream: { live: true }, section: SECTION });
    expect(await failuresOf(handling({ handleIncomingStream: () => Promise.resolve('claimed'), createOutgoingStream: created }))).toBe('');
  });

  it.each<{ what: string; bad: Partial<SdpHandler<Strange>>; failure: string }>([
    { what: 'a claim that throws', bad: { handleIncomingStream: never }, failure: 'handleIncomingStream of strange failed: no' },
    {
      what: 'a creation that rejects',
      bad: { createOutgoingStream: () => Promise.reject(new Error('no')) },
      failure: 'createOutgoingStream of strange failed: no',
    },
    {
      what: 'a stream that cannot be applied',
      bad: { applyNegotiatedStream: never },
      failure: 'applyNegotiatedStream of strange failed: no',
    },
    { what: 'one that cannot go back', bad: { rollbackStream: never }, failure: 'rollbackStream of strange failed: no' },
    { what: 'one that cannot be stopped', bad: { stopStream: never }, failure: 'stopStream of strange failed: no' },
    {
      what: 'a section of another kind',
      bad: { createOutgoingStream: () => ({ stream: { live: true }, section: { ...SECTION, kind: 'audio' } }) },
      failure: 'createOutgoingStream of strange gave back what its contract does not allow',
    },
    {
      what: 'a Node timer',
      bad: { stopStream: () => void setTimeout(() => undefined, 60_000).unref() },
      failure: 'stopStream of strange left a Node timer',
    },
  ])('finds $what', async ({ bad, failure }) => {
    expect(await failuresOf(handling(bad))).toContain(failure);
  });

  it('finds all five of one that is bad in all', async () => {
    const calls: Record<string, number> = {};
    const sometimes = <R>(hook: string, result: R): R => {
      const call = (calls[hook] ?? 0) + 1;
      calls[hook] = call;
      if (call % 5 === 0) throw new Error('no');
      return result;
    };
    const register = handling({
      handleIncomingStream: (...given) => sometimes('claim', strange.handleIncomingStream(...given)),
      createOutgoingStream: (...given) => sometimes('create', strange.createOutgoingStream(...given)),
      applyNegotiatedStream: () => sometimes('apply', undefined),
      rollbackStream: () => sometimes('roll back', undefined),
      stopStream: () => sometimes('stop', undefined),
    });
    const failures = await failuresOf(register);
    for (const hook of ['handleIncomingStream', 'createOutgoingStream', 'applyNegotiatedStream', 'rollbackStream', 'stopStream']) {
      expect(failures).toContain(`${hook} of strange failed: no`);
    }
  });
});

describe('defineHeaderSupplement', { timeout: TIMEOUT_MS }, () => {
  it('makes supplements that are fit', async () => {
    const seen: string[] = [];
    const register = (sessions: SessionService) =>
      sessions.registerSupplement(
        defineHeaderSupplement({
          name: 'account',
          in: (headers, { method, status }) => void seen.push(`${method} ${status ?? ''} ${headers.get('X-Account') ?? ''}`),
          out: (headers, { session }) => headers.set('X-Account', session.endpoint.name),
        }),
      );
    expect((await checkSupplement(register, { memoryCalls: 0 })).failures).toEqual([]);
    expect(seen.length).toBeGreaterThan(50);
  });
});
