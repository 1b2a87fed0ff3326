/** What `checkSupplement` finds: a plug-in for each thing that the contract does not allow, and some that keep to it. */
import { describe, expect, it } from 'vitest';
import { defineCookie, defineHeaderSupplement, reply, type Session, type SessionService, type Supplement } from '@jackfield/session';
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

describe('checkSupplement lets pass', () => {
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
    expect(report.scenarios.length).toBeGreaterThan(25);
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

  it('one that refuses every call, with time', async () => {
    expect(await failuresOf(registering({ admitSession: () => Promise.resolve(reply(603)) }))).toBe('');
  });
});

const never = (): never => {
  throw new Error('no');
};
const kept: Session[] = [];

describe('checkSupplement finds', () => {
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
      bad: { sessionBegin: () => void process.once('SIGUSR2', kept.at.bind(kept)) },
      failure: `a listener is left on process 'SIGUSR2'`,
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

describe('defineHeaderSupplement', () => {
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
