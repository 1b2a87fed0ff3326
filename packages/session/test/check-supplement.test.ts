/** What `checkSupplement` finds: a plug-in for each thing that the contract does not allow, and some that keep to it. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { defineCookie, reply, type Session, type SessionService, type Supplement } from '@jackfield/session';
import type { Headers } from '@jackfield/sip';
import { checkSupplement, tracer, type CheckOptions } from '@jackfield/session/testing';

import { failuresOf, never, registering, TIMEOUT_MS } from './checked.ts';

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

  it.each<{ what: string; start: (sessions: SessionService) => () => void }>([
    {
      what: 'on the clock of the stack',
      start: ({ stack: { clock } }) => {
        let waits: Disposable;
        const sweep = (): void => void (waits = clock.after(60_000, sweep));
        sweep();
        return () => waits[Symbol.dispose]();
      },
    },
    {
      what: 'of Node',
      start: () => {
        const timer = setInterval(() => undefined, 60_000).unref();
        return () => clearInterval(timer);
      },
    },
  ])('one with a timer for all calls, $what, that its unregister() takes back', async ({ start }) => {
    const register = (sessions: SessionService) => {
      const stop = start(sessions);
      const registered = sessions.registerSupplement({ name: 'suspect', sessionBegin: () => undefined });
      const unregister = (): void => {
        stop();
        registered.unregister();
      };
      return { unregister, [Symbol.dispose]: unregister };
    };
    expect(await failuresOf(register)).toBe('');
  });

  it('one that keeps the last calls', async () => {
    const last: Session[] = [];
    const register = registering({ sessionEnd: (session) => void (last.unshift(session), last.splice(3)) });
    expect(await failuresOf(register, { memoryCalls: 20 })).toBe('');
    expect(last).toHaveLength(3);
  });

  it('one whose headers are other ones in each message', async () => {
    const register = registering({
      outgoingRequest: (_session, request) => request.headers.set('X-Id', randomUUID()),
      outgoingResponse: (_session, response) => response.headers.set('X-Time', String(performance.now())),
    });
    expect(await failuresOf(register)).toBe('');
  });

  it('one that refuses every call, with time', async () => {
    expect(await failuresOf(registering({ admitSession: () => Promise.resolve(reply(603)) }))).toBe('');
  });
});

const nonsense = (): never => 'yes' as never; // sound: it is what is found
/** For calls of ours alone. */
const ofOurs =
  <R>(answer: () => R) =>
  ({ direction }: { readonly direction: string }): R | undefined =>
    direction === 'outgoing' ? answer() : undefined;
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
    { what: 'a 2xx at admission', bad: { admitSession: () => reply(200) }, failure: '200 cannot be given here' },
    {
      what: 'a 2xx at the admission of a call of ours',
      bad: { admitSession: ofOurs(() => reply(200)) },
      failure: 'admitSession of suspect failed: 200 cannot be given here',
    },
    {
      what: 'an admission of a call of ours that throws',
      bad: { admitSession: ofOurs(never) },
      failure: 'admitSession of suspect failed: no',
    },
    {
      what: 'one that rejects',
      bad: { admitSession: ofOurs(() => Promise.reject(new Error('no'))) },
      failure: 'admitSession of suspect failed: no',
    },
    {
      what: 'one that is nonsense',
      bad: { admitSession: ofOurs(nonsense) },
      failure: 'admitSession of suspect gave back what its contract does not allow',
    },
    {
      what: 'one that takes for ever',
      bad: { admitSession: ofOurs(() => new Promise<undefined>(() => undefined)) },
      failure: 'admitSession of suspect took over 5000 ms',
    },
    {
      what: 'a task of session.after that throws',
      bad: { sessionBegin: (session) => void session.after(10, never) },
      failure: 'a task of session.after failed: no',
    },
    {
      what: 'an answer that is given twice',
      bad: {
        methods: ['INFO'],
        incomingRequest: (session, request) => {
          for (const ms of [10, 20]) session.after(ms, () => session.sendResponse(request, 200));
          return 'later';
        },
      },
      failure: 'a task of session.after failed: this INFO is answered already',
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
      failure: '20 of 20 sessions are kept in memory after their end: incoming calls, answered',
      options: { memoryCalls: 20 },
    },
    {
      what: 'sessions that are kept of calls of ours alone',
      bad: { sessionEnd: (session) => void (session.direction === 'outgoing' && kept.push(session)) },
      failure: '20 of 20 sessions are kept in memory after their end: outgoing calls, answered',
      options: { memoryCalls: 20 },
    },
    {
      what: 'sessions that are kept of refused calls alone',
      bad: { sessionEnd: (session, { status }) => void (status !== undefined && kept.push(session)) },
      failure: '20 of 20 sessions are kept in memory after their end: incoming calls, refused',
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
    {
      what: 'a value that depends on what is registered before it',
      bad: {
        outgoingRequest: (_session, { headers }) => headers.set('X-Seen', headers.get('X-Neighbour') === undefined ? 'no' : 'yes'),
      },
      failure: 'other messages leave',
    },
    {
      what: 'one that writes over what another plug-in wrote',
      bad: { order: 'late', outgoingResponse: (_session, { headers }) => headers.set('X-Neighbour', 'mine') },
      failure: 'outgoingResponse of suspect writes over X-Neighbour, which another plug-in wrote',
    },
    {
      what: 'one that takes back what another plug-in wrote',
      bad: { order: 'late', outgoingRequest: (_session, { headers }) => void headers.delete('X-Neighbour') },
      failure: 'outgoingRequest of suspect deletes X-Neighbour, which another plug-in wrote',
    },
    {
      what: 'one that edits a request that came',
      bad: { incomingRequest: (_session, { headers }) => void (headers as Headers).delete('Via') },
      failure: 'incomingRequest of suspect failed: the headers of a message that came cannot be edited',
    },
    {
      what: 'one that edits a response that came',
      bad: { incomingResponse: (_session, { headers }) => (headers as Headers).set('X-Seen', '1') },
      failure: 'incomingResponse of suspect failed: the headers of a message that came cannot be edited',
    },
    {
      what: 'a field that is taken away at admission, so that no INVITE leaves',
      bad: { admitSession: ({ headers }) => void headers?.delete('From') },
      failure: 'what it wrote keeps a message from leaving: From is no address',
    },
    {
      what: 'a field that no message leaves without',
      bad: { methods: ['INVITE'], outgoingRequest: (_session, { headers }) => void headers.delete('From') },
      failure: 'outgoingRequest of suspect deletes From, which no message leaves without',
    },
  ])('$what', async ({ bad, failure, options }) => {
    expect(await failuresOf(registering(bad), options)).toContain(failure);
    kept.length = 0;
    process.removeAllListeners('SIGUSR2');
  });

  it.each(['driver', 'application', 'neighbour', 'driver-pool', 'application-log', '@jackfield/session'])(
    'what a plug-in does that is called %s',
    async (name) => {
      const failures = await failuresOf(registering({ mediaChanged: never, admitSession: ofOurs(nonsense) }, name));
      expect(failures).toContain(`mediaChanged of ${name} failed: no`);
      expect(failures).toContain(`admitSession of ${name} gave back what its contract does not allow`);
    },
  );

  it('an answer that is given twice, on the clock of the stack', async () => {
    const register = (sessions: SessionService) =>
      sessions.registerSupplement({
        name: 'suspect',
        methods: ['INFO'],
        incomingRequest: (session, request) => {
          for (const ms of [10, 20]) sessions.stack.clock.after(ms, () => session.sendResponse(request, 200));
          return 'later';
        },
      });
    expect(await failuresOf(register)).toContain('a task on the clock of the stack failed: this INFO is answered already');
  });

  it('a timer that is set anew at once and for ever', async () => {
    const register = (sessions: SessionService) => {
      const { clock } = sessions.stack;
      const again = (): void => void clock.after(0, again);
      return sessions.registerSupplement({ name: 'suspect', sessionBegin: again });
    };
    expect(await failuresOf(register)).toContain('over 20000 hooks and timers in a call or two: it is not looked at any further');
  });

  it('calls without end, each of which makes another', async () => {
    const register = (sessions: SessionService) => {
      const sessionEnd = (): void => {
        sessions.create('sip:peer@192.0.2.2').established.catch(() => undefined);
      };
      return sessions.registerSupplement({ name: 'suspect', sessionEnd });
    };
    expect(await failuresOf(register)).toContain('it is not looked at any further');
  });

  it('timers of calls that unregister() takes back, and their ends do not', async () => {
    const register = (sessions: SessionService) => {
      const timers: Disposable[] = [];
      const sessionBegin = (): void => void timers.push(sessions.stack.clock.after(24 * 3_600_000, () => undefined));
      const registered = sessions.registerSupplement({ name: 'suspect', sessionBegin });
      const unregister = (): void => {
        for (const timer of timers) timer[Symbol.dispose]();
        registered.unregister();
      };
      return { unregister, [Symbol.dispose]: unregister };
    };
    expect(await failuresOf(register, { memoryCalls: 20 })).toMatch(/\d+ timers wait after 80 calls that are over/);
  });

  it('a timer that registering starts and unregister() leaves', async () => {
    const register = (sessions: SessionService) => {
      sessions.stack.clock.after(24 * 3_600_000, () => undefined);
      return sessions.registerSupplement({ name: 'suspect' });
    };
    expect(await failuresOf(register)).toContain('1 timers left when all calls are over');
  });

  it('an unregister() that throws', async () => {
    const register = (sessions: SessionService) => {
      sessions.registerSupplement({ name: 'suspect' });
      return { unregister: never, [Symbol.dispose]: never };
    };
    expect(await failuresOf(register)).toContain('unregistering failed: no');
  });

  it('what each of several does that are checked at once, and nothing is left to the process', async () => {
    const heard = process.listenerCount('unhandledRejection');
    const all = await Promise.all([
      failuresOf(registering({})),
      failuresOf(registering({ sessionBegin: () => void Promise.reject(new Error('floats')) })),
      failuresOf(registering({})),
    ]);
    expect(all).toEqual(['', expect.stringContaining('nobody heard: floats'), '']);
    expect(process.listenerCount('unhandledRejection')).toBe(heard);
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
