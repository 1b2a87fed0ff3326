import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { isSipError } from '@jackfield/base';
import { coreOf, reply, type Decision, type IncomingRequest, type SipService, type SipStack } from '@jackfield/sip';
import { requestText } from '@jackfield/sip/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LISTENERS, PEER, remains, rig, script, Usage } from './rig.ts';

const failures: { owner: string; error: unknown }[] = [];
const note = (message: unknown): void => void failures.push(message as { owner: string; error: unknown });
beforeEach(() => {
  failures.length = 0;
  subscribe('jackfield:sip:error', note);
});
afterEach(() => {
  unsubscribe('jackfield:sip:error', note);
});

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

describe('services', () => {
  it('are asked early, normal, late, then in the order of registration; the first decision stands', async () => {
    const { core, peer, say, hear } = await rig();
    const asked: string[] = [];
    const service = (name: string, order?: 'early' | 'late', decision?: Decision) =>
      core.registerService({ name, methods: ['MESSAGE'], order, handleRequest: () => (asked.push(name), decision) });
    service('late', 'late', reply(200));
    service('one');
    const two = service('two');
    service('early', 'early');
    service('promise', undefined, undefined);
    await say(requestText('MESSAGE', script(peer)));
    await hear(200);
    expect(asked).toEqual(['early', 'one', 'two', 'promise', 'late']);
    two.unregister();
    two.unregister();
    asked.length = 0;
    await say(requestText('MESSAGE', script(peer)));
    await hear(200);
    expect(asked).toEqual(['early', 'one', 'promise', 'late']);
  });

  it.each([
    { what: 'without a name', option: 'name', wrong: { name: undefined } },
    { what: 'with an empty name', option: 'name', wrong: { name: '' } },
    { what: 'without methods', option: 'methods', wrong: { methods: undefined } },
    { what: 'with one method and no list', option: 'methods', wrong: { methods: 'MESSAGE' } },
    { what: 'of another order', option: 'order', wrong: { order: 'first' } },
    { what: 'without handleRequest', option: 'handleRequest', wrong: { handleRequest: undefined } },
  ])('are refused $what, and nothing of them is kept', async ({ option, wrong }) => {
    const { core } = await rig();
    const service = { name: 'service', methods: ['MESSAGE'], handleRequest: () => reply(200) };
    expect(() => core.registerService({ ...service, ...wrong } as SipService)).toThrow(
      expect.objectContaining({ code: 'SIP_OPTION', info: { option } }),
    );
    expect(core.capabilities().allow).toBe('OPTIONS');
    expect(() => core.registerService(service)).not.toThrow();
  });

  it('may take time, and pass on to the next one even then', async () => {
    const test = await rig();
    const { core, peer, say, hear, clock } = test;
    const after = (ms: number): Promise<void> => new Promise((resolve) => core.clock.after(ms, resolve));
    core.registerService({ name: 'slow', methods: ['MESSAGE'], handleRequest: () => after(1000).then(() => undefined) });
    core.registerService({
      name: 'answer',
      methods: ['MESSAGE'],
      handleRequest: async () => reply(202, { reason: 'Kept', headers: { Expires: '60' } }),
    });
    await say(requestText('MESSAGE', script(peer)));
    await clock.advance(990);
    expect(peer.unread()).toEqual([]);
    const answer = await hear(202, 20);
    expect([answer.reason, answer.headers.get('Expires')]).toEqual(['Kept', '60']);
    expect(answer.to.tag).toMatch(/^[\da-f]{16}$/);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it.each<{ what: string; handleRequest: (request: IncomingRequest) => Decision | Promise<Decision>; status: number; code: unknown }>([
    {
      what: 'throws',
      handleRequest: () => {
        throw new Error('bug');
      },
      status: 500,
      code: undefined,
    },
    { what: 'rejects', handleRequest: () => Promise.reject(new Error('bug')), status: 500, code: undefined },
    { what: 'gives back nonsense', handleRequest: () => 'yes' as 'later', status: 500, code: 'SIP_SERVICE_FAILED' },
    {
      what: 'replies in its own time with what cannot be written',
      handleRequest: () => Promise.resolve(reply(200, { body: { type: 'no media type', bytes: new Uint8Array(1) } })),
      status: 500,
      code: 'SIP_MESSAGE_SYNTAX',
    },
    { what: 'never settles', handleRequest: () => new Promise<Decision>(() => undefined), status: 500, code: 'SIP_SERVICE_FAILED' },
  ])('costs its caller a 500 when it $what, and is reported with its name', async ({ handleRequest, status, code }) => {
    const test = await rig();
    const { core, peer, say, hear } = test;
    core.registerService({ name: 'buggy', methods: ['MESSAGE'], handleRequest });
    await say(requestText('MESSAGE', script(peer)));
    await hear(status, 5001);
    expect(failures.map(({ owner, error }) => [owner, codeOf(error)])).toEqual([['buggy', code]]);
    await say(requestText('OPTIONS', script(peer)));
    await hear(200);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it('cannot accept a call by a reply: that takes a dialog', async () => {
    const { core, peer, say, hear } = await rig();
    core.registerService({ name: 'pushy', methods: ['INVITE'], handleRequest: () => reply(200) });
    await say(requestText('INVITE', script(peer)));
    await hear(500);
    expect(failures.map(({ error }) => codeOf(error))).toEqual(['SIP_REPLY_RANGE']);
  });

  it('may answer later, once; a provisional response before; 504 when they do not', async () => {
    const test = await rig();
    const { core, peer, say, hear, clock } = test;
    const requests: IncomingRequest[] = [];
    core.registerService({ name: 'later', methods: ['MESSAGE'], handleRequest: (request) => (requests.push(request), 'later') });
    await say(requestText('MESSAGE', script(peer)));
    core.respond(requests[0]!, 100);
    await hear(100);
    core.respond(requests[0]!, 200, { headers: { 'X-Kept': 'yes' } });
    core.respond(requests[0]!, 500);
    expect((await hear(200)).headers.get('X-Kept')).toBe('yes');
    expect(requests[0]!.signal.aborted).toBe(true);
    expect(() => core.respond(requests[0]!, 42)).toThrow(/status/);
    await say(requestText('MESSAGE', script(peer)));
    await clock.advance(29_900);
    await hear(504, 200);
    core.respond(requests[1]!, 200);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it('and usages have names of their own', async () => {
    const { core } = await rig();
    core.registerService({ name: 'one', methods: ['MESSAGE'], handleRequest: () => undefined });
    let error: unknown;
    try {
      core.registerUsage({ name: 'one', methods: ['INVITE'], take: () => false });
    } catch (thrown) {
      error = thrown;
    }
    expect(isSipError(error, 'SIP_NAME_TAKEN') && error.info).toEqual({ name: 'one' });
  });
});

describe('message filters', () => {
  it('see every message once, copies not, and may change its headers; what they throw costs nothing', async () => {
    const { core, peer, say, hear } = await rig();
    const seen: string[] = [];
    const say_ = (way: string, message: object): void =>
      void seen.push(`${way} ${'status' in message ? String(message.status) : 'method' in message ? String(message.method) : ''}`);
    core.registerMessageFilter({
      name: 'bad',
      incoming: () => {
        throw new Error('bug');
      },
    });
    const filter = core.registerMessageFilter({
      name: 'good',
      incoming: (message) => say_('in', message),
      outgoing: (message) => {
        say_('out', message);
        message.headers.set('X-Seen', 'yes');
      },
    });
    const text = requestText('OPTIONS', script(peer));
    await say(text);
    expect((await hear(200)).headers.get('X-Seen')).toBe('yes');
    await say(text);
    await hear(200);
    void core.sendRequest('OPTIONS', `sip:peer@${PEER}`);
    peer.respond(await hear('OPTIONS'), 200);
    await say('');
    expect(seen).toEqual(['in OPTIONS', 'out 200', 'out OPTIONS', 'in 200']);
    expect(failures.map(({ owner }) => owner)).toEqual(['bad', 'bad']);
    filter.unregister();
    await say(requestText('OPTIONS', script(peer)));
    expect((await hear(200)).headers.has('X-Seen')).toBe(false);
  });
});

describe('requests of ours outside dialogs', () => {
  it('carry what was given and what they must; the response shows request, dialog and origin', async () => {
    const { core, peer, hear, clock } = await rig({ userAgent: 'Test/1' });
    const outcome = core.sendRequest('MESSAGE', `sip:peer@${PEER}`, {
      headers: { From: '"Us" <sip:us@example.com>', Subject: 'hi', 'Max-Forwards': '1', Route: `<sip:${peer.sentBy};lr>` },
      body: { type: 'text/plain', parameters: { charset: 'utf-8' }, bytes: Buffer.from('hello') },
    });
    const message = await hear('MESSAGE');
    expect([message.uri.toString(), message.from.displayName, message.maxForwards]).toEqual([`sip:peer@${PEER}`, 'Us', 70]);
    expect(message.from.tag).toMatch(/./);
    expect(message.headers.getAll('Route')).toEqual([`<sip:${peer.sentBy};lr>`]);
    expect([message.headers.get('Content-Type'), message.headers.get('User-Agent'), message.headers.has('Contact')]).toEqual([
      'text/plain;charset=utf-8',
      'Test/1',
      false,
    ]);
    peer.respond(message, 202, { toTag: 'x', fields: { Allow: 'MESSAGE', Supported: 'Path' } });
    await clock.advance(5);
    const response = await outcome;
    expect([response.status, response.origin, response.request.method, response.request.headers.get('Subject')]).toEqual([
      202,
      'remote',
      'MESSAGE',
      'hi',
    ]);
    expect(response.dialog).toMatchObject({ remoteTag: 'x', remoteAllow: new Set(['MESSAGE']), remoteSupported: new Set(['path']) });
  });

  it('of one Call-ID have a rising CSeq', async () => {
    const { core, peer, hear, clock } = await rig();
    const headers = { 'Call-ID': 'registration', Contact: '<sip:us@192.0.2.1>', From: '<sip:us@example.com>', To: '<sip:us@example.com>' };
    const sequences: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const outcome = core.sendRequest('REGISTER', `sip:${PEER}`, { headers });
      const register = await hear('REGISTER');
      expect(register.headers.get('Contact')).toBe('<sip:us@192.0.2.1>');
      sequences.push(register.cseq.sequence);
      peer.respond(register, 200);
      await clock.advance(5);
      await outcome;
    }
    expect(sequences).toEqual([1, 2, 3]);
  });

  it('reject with the reason of an aborted signal, and for what cannot be sent', async () => {
    const test = await rig();
    const { core, hear } = test;
    const abort = new AbortController();
    const outcome = core.sendRequest('OPTIONS', `sip:peer@${PEER}`, { signal: abort.signal });
    await hear('OPTIONS');
    abort.abort(new Error('enough'));
    await expect(outcome).rejects.toThrow('enough');
    await expect(core.sendRequest('OPTIONS', `sip:peer@${PEER}`, { signal: abort.signal })).rejects.toThrow('enough');
    await expect(core.sendRequest('INVITE', `sip:peer@${PEER}`)).rejects.toMatchObject({ code: 'SIP_OPTION' });
    await expect(core.sendRequest('OPTIONS', 'no uri')).rejects.toMatchObject({ code: 'SIP_URI_SYNTAX' });
    await expect(core.sendRequest('OPTIONS', 'sip:x@nowhere.example.com')).rejects.toMatchObject({ code: 'SIP_UNREACHABLE' });
    await expect(core.sendRequest('OPTIONS', `sip:x@${PEER}`, { headers: { Subject: 'a\r\nb' } })).rejects.toMatchObject({
      code: 'SIP_HEADER_SYNTAX',
    });
    expect(await remains(test)).toEqual(LISTENERS);
  });
});

describe('a stack', () => {
  it('answers OPTIONS itself with what its packages can do', async () => {
    const { core, peer, say, hear } = await rig({ userAgent: 'Test/1' });
    new Usage(core);
    core.registerService({ name: 'm', methods: ['MESSAGE'], handleRequest: () => undefined });
    core.registerCapabilities({ allow: ['BYE'], accept: ['application/sdp'], supported: ['100rel'] });
    await say(requestText('OPTIONS', script(peer)));
    const { headers } = await hear(200);
    expect(['Allow', 'Accept', 'Supported', 'Server'].map((name) => headers.get(name))).toEqual([
      'OPTIONS, INVITE, ACK, CANCEL, MESSAGE, BYE',
      'application/sdp',
      '100rel',
      'Test/1',
    ]);
  });

  it('says in an empty Supported that it knows no extension', async () => {
    const { peer, say, hear } = await rig();
    await say(requestText('OPTIONS', script(peer)));
    expect((await hear(200)).headers.get('Supported')).toBe('');
  });

  it('is known by coreOf, and nothing else is', async () => {
    const { core } = await rig();
    const stack: SipStack = core;
    expect(coreOf(stack)).toBe(core);
    expect(() => coreOf({ ...stack })).toThrow(expect.objectContaining({ code: 'SIP_STACK_FOREIGN' }));
  });

  it('refuses new requests while it drains, lets the others end, and then is closed', async () => {
    const { core, peer, say, hear, clock } = await rig();
    const requests: IncomingRequest[] = [];
    core.registerService({ name: 'later', methods: ['MESSAGE'], handleRequest: (request) => (requests.push(request), 'later') });
    await say(requestText('MESSAGE', script(peer)));
    let closed = false;
    const closing = core.close({ drain: true }).then(() => (closed = true));
    await say(requestText('MESSAGE', script(peer)));
    expect((await hear(503)).headers.get('Retry-After')).toMatch(/^\d+$/);
    await clock.advance(1000);
    expect(closed).toBe(false);
    core.respond(requests[0]!, 200);
    await hear(200);
    await clock.advance(200);
    await closing;
    expect(Object.values(core.stats().live).every((count) => count === 0)).toBe(true);
    await expect(core.sendRequest('OPTIONS', `sip:x@${PEER}`)).rejects.toMatchObject({ code: 'SIP_STACK_CLOSED' });
    await expect(core.listen()).rejects.toMatchObject({ code: 'SIP_STACK_CLOSED' });
    expect(clock.pending).toBe(0);
  });

  it('that closes at once, or whose drain is aborted, leaves no timer and no promise open', async () => {
    const { core, peer, say, clock } = await rig();
    const usage = new Usage(core);
    await say(requestText('INVITE', script(peer)));
    core.dialogs.fromRequest(usage.taken[0]!, 'us', usage);
    const outcome = core.sendRequest('OPTIONS', `sip:peer@${PEER}`);
    const abort = new AbortController();
    const closing = core.close({ drain: true, signal: abort.signal });
    await clock.advance(1000);
    abort.abort();
    const rejected = expect(outcome).rejects.toMatchObject({ code: 'SIP_STACK_CLOSED' });
    await clock.advance(200);
    await closing;
    await rejected;
    await core.close();
    expect(Object.values(core.stats().live).every((count) => count === 0)).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
