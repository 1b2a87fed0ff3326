/** Where peers see what plug-ins can do, as long as they are registered. */
import type { SipResponse } from '@jackfield/sip';
import { requestText, type RawPeer } from '@jackfield/sip/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { defineInfoSupplement, reply, type Registration, type Session, type Supplement } from '@jackfield/session';
import { Testbed, type Party } from '@jackfield/session/testing';

const BODY = 'v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n';
let bed: Testbed;
let bob: Party;
let peer: RawPeer;
let registered: Registration[];
let session: Session | undefined;
let sent: number;

beforeEach(async () => {
  bed = new Testbed();
  bob = await bed.party('bob');
  peer = await bed.peer('peer');
  bob.service.onIncoming((incoming) => {
    session = incoming;
    return incoming.accept();
  });
  registered = [
    bob.service.registerSupplement({ name: 'tags', optionTags: ['X-Tag'], allow: ['X-PLUG'] }),
    bob.service.registerSupplement(defineInfoSupplement({ name: 'info', handlers: { 'application/x-plug': () => undefined } })),
  ];
  sent = 0;
});

const inside = (answer: SipResponse) => ({ to: answer.to.toString() });

async function ask(
  method: string,
  more: { to?: string; fields?: Record<string, string>; body?: string; type?: string } = {},
): Promise<SipResponse> {
  sent += 1;
  const script = {
    uri: bob.uri(),
    via: peer.sentBy,
    branch: `z9hG4bK${sent}`,
    from: '<sip:peer@example.com>;tag=p',
    to: '<sip:bob@example.com>',
    callId: 'c',
    cseq: sent,
    contact: peer.contact(),
    ...more,
  };
  peer.send(requestText(method, script), { host: '192.0.2.1', port: 5060 });
  await bed.clock.advance(100);
  const answer = peer.received.findLast(
    (message): message is SipResponse => message.kind === 'response' && message.cseq.sequence === sent,
  )!;
  if (method === 'INVITE')
    peer.send(
      requestText('ACK', { ...script, branch: answer.status < 300 ? `z9hG4bKa${sent}` : script.branch, to: answer.to.toString() }),
      { host: '192.0.2.1', port: 5060 },
    );
  await bed.clock.advance(100);
  return answer;
}

const has = (message: { readonly headers: { get(name: string): string | undefined } }, name: string): boolean =>
  /x-plug|X-PLUG|x-tag/.test(message.headers.get(name) ?? '');

const call = (): Promise<SipResponse> => ask('INVITE', { body: BODY });

it.each<{ where: string; shows: string[]; answer: () => Promise<SipResponse>; status: number }>([
  { where: '200 to OPTIONS outside', status: 200, shows: ['Allow', 'Accept', 'Supported'], answer: () => ask('OPTIONS') },
  { where: '200 to INVITE', status: 200, shows: ['Allow', 'Accept', 'Supported'], answer: call },
  {
    where: '200 to OPTIONS inside',
    status: 200,
    shows: ['Allow', 'Accept', 'Supported'],
    answer: async () => ask('OPTIONS', inside(await call())),
  },
  { where: '200 to UPDATE', status: 200, shows: ['Allow', 'Accept', 'Supported'], answer: async () => ask('UPDATE', inside(await call())) },
  { where: '405 outside', status: 405, shows: ['Allow'], answer: () => ask('PUBLISH') },
  { where: '405 inside', status: 405, shows: ['Allow'], answer: async () => ask('MESSAGE', inside(await call())) },
  { where: '501', status: 501, shows: ['Allow'], answer: () => ask('X-NEW') },
  { where: '415 to INVITE', status: 415, shows: ['Accept'], answer: () => ask('INVITE', { body: 'x', type: 'text/plain' }) },
  {
    where: '415 to INFO',
    status: 415,
    shows: ['Accept'],
    answer: async () => ask('INFO', { ...inside(await call()), body: 'x', type: 'text/plain' }),
  },
  { where: '420 outside', status: 420, shows: ['Supported'], answer: () => ask('INVITE', { body: BODY, fields: { Require: 'x-other' } }) },
  {
    where: '420 inside',
    status: 420,
    shows: ['Supported'],
    answer: async () => ask('INFO', { ...inside(await call()), fields: { Require: 'x-other' } }),
  },
])('a $where shows it in $shows, and no longer when it is unregistered', async ({ status, shows, answer }) => {
  const before = await answer();
  expect(before.status).toBe(status);
  for (const name of shows) expect(has(before, name), name).toBe(true);
  void session?.end();
  for (const one of registered) one.unregister();
  const after = await ask('OPTIONS', {});
  for (const name of ['Allow', 'Accept', 'Supported']) expect(has(after, name), name).toBe(false);
});

it('INVITE, re-INVITE and UPDATE of ours show it', async () => {
  const alice = await bed.party('alice');
  const seen: (readonly [string, boolean[]])[] = [];
  bed.network.tap(({ what, from, bytes }) => {
    const text = Buffer.from(bytes).toString();
    const method = text.slice(0, text.indexOf(' '));
    if (what !== 'sent' || from.host !== '192.0.2.1' || !['INVITE', 'UPDATE'].includes(method)) return;
    seen.push([
      method,
      [
        /^Allow: .*X-PLUG/m.test(text),
        /^Supported: .*x-tag/m.test(text),
        /^Accept: application\/sdp, multipart\/mixed, .*application\/x-plug/m.test(text),
      ],
    ]);
  });
  alice.service.onIncoming((incoming) => incoming.accept());
  const ours = bob.service.create(alice.uri());
  await bed.clock.advance(1000);
  void ours.sendReinvite();
  void ours.sendReinvite({ method: 'UPDATE' });
  await bed.clock.advance(1000);
  expect(seen).toEqual([
    ['INVITE', [true, true, true]],
    ['INVITE', [true, true, true]],
    ['UPDATE', [true, true, true]],
  ]);
});

it('a required option tag of a plug-in is admitted as long as it is there', async () => {
  const require = { body: BODY, fields: { Require: 'X-Tag' } };
  expect((await ask('INVITE', require)).status).toBe(200);
  registered[0]!.unregister();
  expect((await ask('INVITE', { ...require, to: '<sip:bob@example.com>' })).status).toBe(420);
});

describe('inside a call that began with the plug-ins, when they are gone and another is there', () => {
  let to: string;
  beforeEach(async () => {
    to = (await call()).to.toString();
    for (const one of registered) one.unregister();
    bob.service.registerSupplement({ name: 'late', optionTags: ['x-late'], allow: ['X-LATE'], accept: ['application/x-late'] });
  });

  it.each([
    { method: 'OPTIONS', status: 200, shows: ['Allow', 'Accept', 'Supported'] },
    { method: 'UPDATE', status: 200, shows: ['Allow', 'Accept', 'Supported'] },
    { method: 'MESSAGE', status: 405, shows: ['Allow'] },
    { method: 'INFO', body: 'x', type: 'text/plain', status: 415, shows: ['Accept'] },
    { method: 'INFO', fields: { Require: 'x-late' }, status: 420, shows: ['Supported'] },
    { method: 'UPDATE', body: 'x', type: 'application/x-late', status: 415, shows: ['Accept'] },
  ])('$status to $method shows in $shows what it began with', async ({ method, status, shows, ...more }) => {
    const answer = await ask(method, { to, ...more });
    expect(answer.status).toBe(status);
    for (const name of shows) {
      expect(has(answer, name), name).toBe(true);
      expect(answer.headers.get(name)).not.toMatch(/late/i);
    }
  });

  it.each([
    { what: 'their option tag', method: 'INFO', fields: { Require: 'x-TAG' } },
    { what: 'a body that one of them reads', method: 'UPDATE', body: 'x', type: 'application/x-plug' },
  ])('$what is taken', async ({ method, ...more }) => {
    expect((await ask(method, { to, ...more })).status).toBe(200);
  });

  it('the next call is shown the other', async () => {
    expect((await call()).headers.get('Allow')).toMatch(/X-LATE/);
    expect((await ask('OPTIONS')).headers.get('Supported')).toMatch(/x-late/);
  });
});

it('Accept is not written where it would say what goes without saying', async () => {
  for (const one of registered) one.unregister();
  expect((await call()).headers.get('Accept')).toBeUndefined();
});

it.each<Omit<Supplement, 'name'>>([
  { optionTags: ['good', 'foo bar'] },
  { optionTags: ['a,b'] },
  { allow: ['GOOD', 'BAD METHOD'] },
  { accept: ['text/plain; charset=x'] },
  { accept: ['nonsense'] },
])('%j is refused whole: no hook of it runs, it shows nowhere, and its name is free', async (bad) => {
  const before = await ask('OPTIONS');
  let begun = 0;
  expect(() => bob.service.registerSupplement({ name: 'bad', ...bad, sessionBegin: () => void (begun += 1) })).toThrow(
    expect.objectContaining({ code: 'SESSION_PLUGIN_SHAPE', info: { name: 'bad', member: Object.keys(bad)[0] } }),
  );
  await call();
  expect([session?.state, begun]).toEqual(['established', 0]);
  const after = await ask('OPTIONS');
  for (const name of ['Allow', 'Accept', 'Supported']) expect(after.headers.get(name), name).toBe(before.headers.get(name));
  expect(() => bob.service.registerSupplement({ name: 'bad' })).not.toThrow();
});

describe('once the service is closed', () => {
  const SHOWN = ['Allow', 'Accept', 'Supported'];
  const closed = async (): Promise<void> => {
    const closing = bob.service.close();
    await bed.clock.advance(1000);
    await closing;
  };

  it('nothing of the plug-ins is shown any more, and they can be unregistered nevertheless', async () => {
    await closed();
    const answer = await ask('OPTIONS');
    expect([answer.status, ...SHOWN.map((name) => answer.headers.get(name))]).toEqual([200, 'OPTIONS', undefined, '']);
    for (const one of registered) one.unregister();
    expect((await ask('OPTIONS')).headers.get('Allow')).toBe('OPTIONS');
  });

  it('nor of one that comes too late', async () => {
    await closed();
    const late = bob.service.registerSupplement({ name: 'late', optionTags: ['x-tag'], allow: ['X-PLUG'], accept: ['application/x-plug'] });
    const answer = await ask('OPTIONS');
    for (const name of SHOWN) expect(has(answer, name), name).toBe(false);
    late.unregister();
    expect(() => bob.service.registerSupplement({ name: 'late' })).not.toThrow();
  });

  it('while it drains they show what the calls that are left can do', async () => {
    await call();
    void bob.service.close({ drain: true });
    const answer = await ask('OPTIONS');
    for (const name of SHOWN) expect(has(answer, name), name).toBe(true);
  });
});

describe('inside a call, of an event that nobody has', () => {
  const subscription = { Event: 'presence', 'Subscription-State': 'active' };
  const inCall = async (method: string, fields: Record<string, string> = {}): Promise<[number, string | undefined]> => {
    const { status, headers } = await ask(method, { ...inside(await call()), fields });
    return [status, headers.get('Allow')];
  };

  it.each([
    { method: 'NOTIFY', fields: subscription, status: 481, because: 'it matches no subscription (RFC 6665 §4.1.3)' },
    { method: 'NOTIFY', fields: {}, status: 481, because: 'it matches none either' },
    { method: 'SUBSCRIBE', fields: { Event: 'presence' }, status: 489, because: 'the event is unknown (RFC 6665 §4.2.1.1)' },
  ])('$method is $status where a plug-in has the method: $because', async ({ method, fields, status }) => {
    bob.service.registerSupplement({ name: 'events', allow: ['SUBSCRIBE', 'NOTIFY'] });
    expect(await inCall(method, fields)).toEqual([status, undefined]);
    expect(session?.state).toBe('established');
  });

  it.each(['NOTIFY', 'SUBSCRIBE'])('%s is 405 where none has', async (method) => {
    bob.service.registerSupplement({ name: 'like', allow: ['X-NOTIFY', 'X-SUBSCRIBE'] }); // whose names only end like these
    const [status, allow] = await inCall(method, subscription);
    expect(status).toBe(405);
    expect(allow?.split(', ')).not.toContain(method);
  });

  it('a plug-in behind the one that has the method may still take it', async () => {
    bob.service.registerSupplement({ name: 'events', allow: ['NOTIFY'], order: 'early' });
    bob.service.registerSupplement({ name: 'mine', methods: ['NOTIFY'], order: 'late', incomingRequest: () => reply(200) });
    expect((await inCall('NOTIFY', subscription))[0]).toBe(200);
  });
});
