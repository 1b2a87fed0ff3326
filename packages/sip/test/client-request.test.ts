/** What mends a request of ours below those who sent it: another target, credentials, a stream (RFC 3263 §4.3, RFC 3261 §22 and §18.1.1). */
import {
  HeaderList,
  buildResponse,
  createDigestAuthenticator,
  parseUri,
  udp,
  writeMessage,
  type Dialog,
  type IncomingResponse,
  type SipRequest,
} from '@jackfield/sip';
import { RawPeer, ZoneResolver, requestText, type SimulatedHost } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { Hearer, PEER, US, Usage, remains, rig, script, type Rig } from './rig.ts';
import { a, srv } from './resolve/desk.ts';

const OTHER = '192.0.2.3';
const FARM = {
  '_sip._udp.farm.example': [srv('one.example', 5060), srv('two.example', 5060, 1)],
  'one.example': [a(PEER)],
  'two.example': [a(OTHER)],
};
const TARGET = 'sip:farm.example;transport=udp';
const alice = { username: 'alice', password: 'wonderland' };

interface Farm extends Rig {
  readonly other: RawPeer;
  readonly otherHost: SimulatedHost;
}

async function farm(options: Parameters<typeof rig>[0] = {}): Promise<Farm> {
  const base = await rig({ resolver: new ZoneResolver(FARM), ...options });
  const otherHost = base.network.host(OTHER);
  const other = await RawPeer.bind(otherHost, { host: OTHER, port: 5060 });
  return { ...base, other, otherHost };
}

function ask(
  { core, clock }: Rig,
  method = 'MESSAGE',
  target = TARGET,
  init: Parameters<Rig['core']['sendRequest']>[2] = {},
): { readonly answer: Promise<IncomingResponse>; done: () => number | undefined; readonly turn: (ms: number) => Promise<void> } {
  let status: number | undefined;
  const answer = core.sendRequest(method, target, init);
  answer.then(
    (response) => (status = response.status),
    () => undefined,
  );
  return { answer, done: () => status, turn: (ms) => clock.advance(ms) };
}

async function heard(peer: RawPeer, what: string, { clock }: Rig, ms = 10): Promise<SipRequest> {
  const request = peer.expect(what, { skipOthers: true });
  await clock.advance(ms);
  return request;
}

/** An INVITE that may be repeated, as the session core sends it. */
async function invite(world: Rig, hearer: Hearer, target = TARGET): Promise<ReturnType<Rig['core']['startInitial']>> {
  const uri = parseUri(target)!;
  let sequence = 0;
  const headers = new HeaderList({ From: `<sip:us@${US}>;tag=us`, To: `<${target}>`, 'Call-ID': `our-call@${US}` });
  return world.core.startInitial('INVITE', uri, { headers, nextSequence: () => (sequence += 1) }, await world.core.wayTo(uri), hearer);
}

describe('a request whose target fails, RFC 3263 §4.3', () => {
  it('goes to the next one after a 503, with a branch of its own, and that target is left alone as long as Retry-After says', async () => {
    const world = await farm();
    const first = ask(world);
    const sent = await heard(world.peer, 'MESSAGE', world);
    world.peer.respond(sent, 503, { fields: { 'Retry-After': '60' } });
    const again = await heard(world.other, 'MESSAGE', world);
    expect(again.via.branch).not.toBe(sent.via.branch);
    expect([again.callId, again.cseq.sequence]).toEqual([sent.callId, sent.cseq.sequence]);
    world.other.respond(again, 200);
    await first.turn(10);
    expect(first.done()).toBe(200);

    ask(world);
    await heard(world.other, 'MESSAGE', world); // the one that works is first now
    await world.clock.advance(61_000);
    ask(world);
    await heard(world.peer, 'MESSAGE', world);
    expect(await remains(world)).toEqual({ listeners: 2 });
  });

  it('goes to the next one when the first says nothing for 64·T1', async () => {
    const world = await farm();
    const first = ask(world);
    await heard(world.peer, 'MESSAGE', world);
    await first.turn(31_980);
    expect(world.other.unread()).toEqual([]);
    world.other.respond(await heard(world.other, 'MESSAGE', world, 50), 200);
    await first.turn(10);
    expect(first.done()).toBe(200);
  });

  it('goes to the next one when nothing can be sent to the first', async () => {
    const world = await farm({
      resolver: new ZoneResolver({
        '_sip._tcp.farm.example': [srv('one.example', 5999), srv('two.example', 5060, 1)],
        'one.example': [a(PEER)],
        'two.example': [a(OTHER)],
      }),
    });
    const stream = await RawPeer.listen(world.otherHost, { host: OTHER, port: 5060 });
    const first = ask(world, 'MESSAGE', 'sip:farm.example;transport=tcp');
    stream.respond(await heard(stream, 'MESSAGE', world, 100), 200);
    await first.turn(10);
    expect(first.done()).toBe(200);
  });

  it('fails with what the last one said when there are no more', async () => {
    const world = await farm();
    const first = ask(world);
    world.peer.respond(await heard(world.peer, 'MESSAGE', world), 503);
    world.other.respond(await heard(world.other, 'MESSAGE', world), 503, { reason: 'Full Too' });
    await first.turn(10);
    expect((await first.answer).reason).toBe('Full Too');
  });

  it('carries credentials that are counted anew, RFC 7616 §3.4', async () => {
    const world = await farm({ credentials: [alice] });
    const challenge = { 'WWW-Authenticate': 'Digest realm="here", nonce="n", qop="auth", algorithm=MD5' };
    const first = ask(world);
    world.peer.respond(await heard(world.peer, 'MESSAGE', world), 401, { fields: challenge });
    const shown = await heard(world.peer, 'MESSAGE', world);
    world.peer.respond(shown, 503);
    const again = await heard(world.other, 'MESSAGE', world);
    const counts = [shown, again].map(({ headers }) => /nc=(\d+)/.exec(headers.get('Authorization')!)![1]);
    expect(counts).toEqual(['00000001', '00000002']);
    expect(again.headers.getAll('Authorization')).toHaveLength(1);
    world.other.respond(again, 401, { fields: challenge });
    await first.turn(10);
    expect(first.done()).toBe(401); // they were wrong there too
  });

  it('stays where it is once a server has taken it, and when it was refused otherwise', async () => {
    const world = await farm();
    const hearer = new Hearer();
    await invite(world, hearer);
    const sent = await heard(world.peer, 'INVITE', world);
    world.peer.respond(sent, 486);
    await world.clock.advance(10);
    expect(hearer.news).toEqual(['486']);
    const second = new Hearer();
    await invite(world, second);
    const rung = await heard(world.peer, 'INVITE', world);
    world.peer.respond(rung, 180);
    await world.clock.advance(10);
    world.peer.respond(rung, 503);
    await world.clock.advance(10);
    expect(second.news).toEqual(['180', '503']); // it has rung there: it does not ring elsewhere as if nothing had been
    expect(world.other.unread()).toEqual([]);
  });

  it.each([
    { first: 503, unanswered: false, because: 'a 503 says that it was not taken' },
    { first: undefined, unanswered: true, because: 'who says nothing may have taken it' },
  ])('knows after $first whether a copy of it may have been taken elsewhere: $because', async ({ first, unanswered }) => {
    const world = await farm();
    const hearer = new Hearer();
    const request = await invite(world, hearer);
    expect(request.unanswered).toBe(false);
    const sent = await heard(world.peer, 'INVITE', world);
    if (first === undefined) await world.clock.advance(31_980);
    else world.peer.respond(sent, first);
    world.other.respond(await heard(world.other, 'INVITE', world, 50), 486);
    await world.clock.advance(10);
    expect(hearer.news).toEqual(['486']);
    expect(request.unanswered).toBe(unanswered);
  });

  it('is not repeated once it is cancelled, and what waits for a way is not sent', async () => {
    const world = await farm({ resolver: new ZoneResolver({ ...FARM, 'two.example': [] }, { delayMs: 0 }) });
    const hearer = new Hearer();
    const request = await invite(world, hearer);
    const sent = await heard(world.peer, 'INVITE', world);
    request.stopRepeating();
    world.peer.respond(sent, 503);
    await world.clock.advance(10);
    expect(hearer.news).toEqual(['503']);
    expect(request.repeats).toBe(0);
  });

  it('fails at once when it is cancelled while the next name is looked up', async () => {
    const resolver = new ZoneResolver(FARM);
    const world = await farm({ resolver });
    const hearer = new Hearer();
    const request = await invite(world, hearer);
    const sent = await heard(world.peer, 'INVITE', world);
    const asked = resolver.resolveA.bind(resolver);
    resolver.resolveA = (name) => new Promise((resolve) => world.clock.after(3000, () => resolve(asked(name))));
    resolver.resolveAaaa = () => new Promise((resolve) => world.clock.after(3000, () => resolve([])));
    world.peer.respond(sent, 503);
    await world.clock.advance(100);
    expect(hearer.news).toEqual([]);
    request.cancel();
    expect(hearer.news[0]).toBe('503');
    await world.clock.advance(10_000);
    expect(world.other.unread()).toEqual([]);
    expect(await remains(world)).toEqual({ listeners: 2 });
  });
});

describe('a stream that had served and breaks under a request, though its server is up', () => {
  const CHALLENGE = { 'WWW-Authenticate': 'Digest realm="here", nonce="n", qop="auth", algorithm=MD5' };
  const STREAMS = 'sip:farm.example;transport=tcp';

  /** Two servers by TCP, and what each was asked: `first` says what the one that is asked first does. */
  async function streams(first: (request: SipRequest, peer: RawPeer, count: number, world: Rig) => void) {
    const zone = { '_sip._tcp.farm.example': FARM['_sip._udp.farm.example'], 'one.example': [a(PEER)], 'two.example': [a(OTHER)] };
    const world = await farm({ resolver: new ZoneResolver(zone), credentials: [alice] });
    const here = await RawPeer.listen(world.there, { host: PEER, port: 5060 });
    const there = await RawPeer.listen(world.otherHost, { host: OTHER, port: 5060 });
    const asked: string[] = [];
    here.always('MESSAGE', (request) => {
      asked.push(request.headers.has('Authorization') ? 'one with credentials' : 'one');
      first(request, here, asked.length, world);
    });
    there.always('MESSAGE', (request) => {
      asked.push('two');
      there.respond(request, 200);
    });
    return { ...world, asked };
  }

  it('is opened anew where it had brought the challenge: the server ends it behind each refusal', async () => {
    const world = await streams((request, peer, count) => {
      if (count > 1) return peer.respond(request, 200);
      peer.respond(request, 401, { fields: CHALLENGE });
    });
    const tap = world.network.tap(({ what, from, bytes }) => {
      if (what !== 'sent' || from.host !== US || !Buffer.from(bytes).includes('\r\nAuthorization: ')) return;
      tap[Symbol.dispose]();
      world.clock.after(0, () => world.network.cut(world.there));
    });
    const asking = ask(world, 'MESSAGE', STREAMS);
    await asking.turn(200);
    expect([asking.done(), world.asked]).toEqual([200, ['one', 'one with credentials']]);
    expect((await asking.answer).request.headers.get('Authorization')).toContain('nc=00000002');
  });

  it('is opened anew where it was there before the request, and its server is still the first', async () => {
    const world = await streams((request, peer, count, { network, there }) => {
      if (count === 2) network.cut(there);
      else peer.respond(request, 200);
    });
    const answers = [];
    for (let asked = 0; asked < 3; asked += 1) {
      const asking = ask(world, 'MESSAGE', STREAMS);
      await asking.turn(200);
      answers.push(asking.done());
    }
    expect([answers, world.asked]).toEqual([
      [200, 200, 200],
      ['one', 'one', 'one', 'one'],
    ]);
  });

  it('is opened anew once: then the next server is asked, and first from then on', async () => {
    const world = await streams((request, peer, count, { network, there }) => {
      if (count > 1) network.cut(there);
      else peer.respond(request, 200);
    });
    const answers = [];
    for (let asked = 0; asked < 3; asked += 1) {
      const asking = ask(world, 'MESSAGE', STREAMS);
      await asking.turn(200);
      answers.push(asking.done());
    }
    expect([answers, world.asked]).toEqual([
      [200, 200, 200],
      ['one', 'one', 'one', 'two', 'two'],
    ]);
  });

  it('is not opened anew where it was made for the request: the next server is asked', async () => {
    const world = await streams((_, __, ___, { network, there }) => network.cut(there));
    const asking = ask(world, 'MESSAGE', STREAMS);
    await asking.turn(200);
    expect([asking.done(), world.asked]).toEqual([200, ['one', 'two']]);
  });
});

describe('a request that is challenged, RFC 3261 §22', () => {
  const challenger = (realm: string, proxy = false): ReturnType<typeof createDigestAuthenticator> =>
    createDigestAuthenticator({ realm, proxy, lookup: (name) => (name === 'alice' ? 'wonderland' : undefined) });

  /** Judges what comes as a stack would, and answers as it says. */
  async function judge(peer: RawPeer, request: SipRequest, by: ReturnType<typeof challenger>): Promise<number> {
    const verdict = await by.check(request);
    const status = verdict.ok ? 200 : verdict.reply.status;
    peer.respond(request, status, verdict.ok ? {} : { fields: verdict.reply.headers });
    return status;
  }

  it('is sent again with credentials and a higher CSeq; the next one carries them from the start', async () => {
    const world = await rig({ credentials: [alice] });
    const guard = challenger('here');
    const first = ask(world, 'REGISTER', `sip:${PEER}`, { headers: { 'Call-ID': 'one' } });
    const bare = await heard(world.peer, 'REGISTER', world);
    expect(await judge(world.peer, bare, guard)).toBe(401);
    const shown = await heard(world.peer, 'REGISTER', world);
    expect(shown.cseq.sequence).toBe(bare.cseq.sequence + 1);
    expect(await judge(world.peer, shown, guard)).toBe(200);
    await first.turn(10);
    expect(first.done()).toBe(200);

    const second = ask(world, 'REGISTER', `sip:${PEER}`, { headers: { 'Call-ID': 'one' } });
    const next = await heard(world.peer, 'REGISTER', world);
    expect(next.cseq.sequence).toBe(shown.cseq.sequence + 1);
    expect(await judge(world.peer, next, guard)).toBe(200);
    await second.turn(10);
    expect(second.done()).toBe(200);
  });

  it('is sent again for the proxy, then for the one behind it, and carries both', async () => {
    const world = await rig({ credentials: [alice] });
    const first = ask(world, 'MESSAGE', `sip:${PEER}`);
    const outer = challenger('outer', true);
    const inner = challenger('inner');
    expect(await judge(world.peer, await heard(world.peer, 'MESSAGE', world), outer)).toBe(407);
    expect(await judge(world.peer, await heard(world.peer, 'MESSAGE', world), inner)).toBe(401);
    const both = await heard(world.peer, 'MESSAGE', world);
    expect([both.headers.has('Authorization'), both.headers.has('Proxy-Authorization')]).toEqual([true, true]);
    expect(await judge(world.peer, both, inner)).toBe(200);
    await first.turn(10);
    expect(first.done()).toBe(200);
  });

  it.each(['INVITE', 'BYE', 'REGISTER', 'MESSAGE'])('T-30: a %s that is challenged for ever ends after three repeats', async (method) => {
    const world = await rig({ credentials: [alice] });
    let nonces = 0;
    const hearer = new Hearer();
    let copies = 0;
    world.peer.always(method, (request) => {
      copies += 1;
      nonces += 1;
      world.peer.respond(request, 401, { fields: { 'WWW-Authenticate': `Digest realm="here", nonce="${nonces}", stale=true` } });
    });
    if (method === 'INVITE') await invite(world, hearer, `sip:${PEER}`);
    else if (method === 'BYE') {
      const usage = new Usage(world.core, (transaction) => {
        const dialog = world.core.dialogs.fromRequest(transaction, 'us', usage);
        dialog.request('BYE', {}, hearer);
      });
      await world.say(requestText('INVITE', script(world.peer)));
    } else void ask(world, method, `sip:${PEER}`).answer.then(({ status }) => hearer.news.push(String(status)));
    await world.clock.advance(40_000);
    expect(copies).toBe(4);
    expect(hearer.news[0]).toBe('401');
  });

  it('is answered as it is where nobody knows credentials, and where a function that should know them throws', async () => {
    for (const credentials of [
      undefined,
      [{ ...alice, realm: 'elsewhere' }],
      (): never => {
        throw new Error('no keys');
      },
    ]) {
      const world = await rig({ credentials });
      const first = ask(world, 'MESSAGE', `sip:${PEER}`);
      await judge(world.peer, await heard(world.peer, 'MESSAGE', world), challenger('here'));
      await first.turn(10);
      expect(first.done()).toBe(401);
    }
  });

  it('has its credentials repeated in the ACK of its 2xx, RFC 3261 §22.1', async () => {
    const world = await rig({ credentials: [alice] });
    const hearer = new Hearer();
    const usage = new Usage(world.core);
    hearer.onResponse = (response, transaction) => {
      const dialog = world.core.dialogs.fromResponse(transaction, response, usage);
      dialog.confirm(response);
      dialog.acknowledge(transaction.request);
    };
    await invite(world, hearer, `sip:${PEER}`);
    const guard = challenger('here');
    await judge(world.peer, await heard(world.peer, 'INVITE', world), guard);
    const shown = await heard(world.peer, 'INVITE', world);
    world.peer.respond(shown, 200, { toTag: 'them', contact: world.peer.contact() });
    const ack = await heard(world.peer, 'ACK', world); // that of the 401
    expect(ack.headers.has('Authorization')).toBe(false);
    const second = await heard(world.peer, 'ACK', world);
    expect(second.headers.get('Authorization')).toBe(shown.headers.get('Authorization'));
    expect(second.cseq.sequence).toBe(shown.cseq.sequence);
  });

  const countOf = (request: SipRequest): string | undefined => /nc=(\d+)/.exec(request.headers.get('Proxy-Authorization') ?? '')?.[1];

  it('has its proxy known inside the dialog as well, whose Request-URI is a Contact elsewhere', async () => {
    const world = await farm({ credentials: [alice] });
    const hearer = new Hearer();
    await invite(world, hearer);
    const guard = challenger('the proxy', true);
    await judge(world.peer, await heard(world.peer, 'INVITE', world), guard);
    const shown = await heard(world.peer, 'INVITE', world);
    const recorded = { 'Record-Route': `<sip:${PEER};lr>` };
    world.peer.respond(shown, 200, { toTag: 'them', contact: '<sip:bob@10.0.0.5>', fields: recorded });
    await world.clock.advance(10);
    const dialog = world.core.dialogs.fromResponse(hearer.transaction!, hearer.responses[0]!);
    dialog.confirm(hearer.responses[0]!);
    for (const method of ['INFO', 'BYE']) dialog.request(method, {}, new Hearer());
    const info = await heard(world.peer, 'INFO', world);
    const bye = await heard(world.peer, 'BYE', world);
    expect(info.uri.toString()).toBe('sip:bob@10.0.0.5');
    expect([shown, info, bye].map(countOf)).toEqual(['00000001', '00000002', '00000003']);
    expect(await judge(world.peer, bye, guard)).toBe(200);
  });

  it('has a proxy known inside the call of a peer, and in no other, whatever domain that claims', async () => {
    const world = await rig({ credentials: [alice] });
    const { core, clock, peer, say, hear } = world;
    const usage = new Usage(core, (transaction, own) => {
      const dialog = core.dialogs.fromRequest(transaction, 'us', own);
      const response = buildResponse(transaction.request, 200, { toTag: 'us', headers: { Contact: core.contactFor(transaction.flow) } });
      transaction.respond(response);
      dialog.confirm(response);
    });
    const calls: Dialog[] = [];
    for (let made = 0; made < 2; made += 1) {
      await say(requestText('INVITE', script(peer)));
      await hear(200);
      const { callId, from } = usage.taken.at(-1)!.request;
      calls.push(core.dialogs.find(callId, 'us', from.tag)!);
    }
    const sent = async (of: number, method: string): Promise<SipRequest> => {
      calls[of]!.request(method, {}, new Hearer());
      return heard(peer, method, world);
    };
    await judge(peer, await sent(0, 'INFO'), challenger('the proxy', true));
    expect(countOf(await heard(peer, 'INFO', world))).toBe('00000001');
    expect(countOf(await sent(1, 'INFO'))).toBeUndefined();
    expect(countOf(await sent(0, 'BYE'))).toBe('00000002');
    await clock.advance(40_000);
  });

  it('has the proxy of a telephone number known by the number', async () => {
    const world = await rig({ credentials: [alice] });
    const guard = challenger('the proxy', true);
    const to = { headers: { To: '<tel:+15550123>' } };
    ask(world, 'MESSAGE', `sip:+15550123@${PEER}`, to);
    await judge(world.peer, await heard(world.peer, 'MESSAGE', world), guard);
    await judge(world.peer, await heard(world.peer, 'MESSAGE', world), guard);
    ask(world, 'MESSAGE', `sip:+15550123@${PEER};user=phone`, to);
    expect(countOf(await heard(world.peer, 'MESSAGE', world))).toBe('00000002');
  });
});

describe('a request that is too long for a datagram, RFC 3261 §18.1.1', () => {
  const body = { type: 'text/plain', bytes: new Uint8Array(1400).fill(97) };

  it('leaves by TCP, and its Via says so', async () => {
    const world = await rig();
    const stream = await RawPeer.listen(world.there, { host: PEER, port: 5060 });
    const first = ask(world, 'MESSAGE', `sip:${PEER}`, { body });
    const sent = await heard(stream, 'MESSAGE', world, 30);
    expect(sent.via.transport).toBe('TCP');
    stream.respond(sent, 200);
    await first.turn(10);
    expect(first.done()).toBe(200);
    expect(world.peer.unread()).toEqual([]);
  });

  it.each<{ what: string; userAgent?: string; adds?: string }>([
    { what: 'as it is' },
    { what: 'with a long User-Agent', userAgent: 'Long Telephones 12.4.1 (of Linux x86_64; built 20261101 by hand) with everything' },
    { what: 'with what a filter adds', adds: `<sip:${'a'.repeat(300)}@example.com>` },
  ])('leaves by TCP from 1301 bytes on, $what', async ({ userAgent, adds }) => {
    const lengths: Record<string, number[]> = { UDP: [], TCP: [] };
    for (let size = 500; size < 1250; size += 15) {
      const world = await rig({ userAgent });
      const stream = await RawPeer.listen(world.there, { host: PEER, port: 5060 });
      if (adds !== undefined)
        world.core.registerMessageFilter({ name: 'adds', outgoing: ({ headers }) => headers.set('P-Asserted-Identity', adds) });
      ask(world, 'MESSAGE', `sip:${PEER}`, { body: { ...body, bytes: body.bytes.subarray(0, size) } });
      await world.clock.advance(20);
      const heard = [...world.peer.unread(), ...stream.unread()];
      expect(heard).toHaveLength(1);
      lengths[heard[0]!.via.transport]!.push(writeMessage(heard[0]!).length);
    }
    expect(Math.max(...lengths['UDP']!)).toBeLessThanOrEqual(1300);
    expect(Math.min(...lengths['TCP']!)).toBeGreaterThan(1250); // whose Via is shorter, and not always as long
  });

  it.each([
    { added: 0, size: 100, shown: ['UDP'], because: 'it is short' },
    { added: 0, size: 1400, shown: ['TCP'], because: 'it is long to begin with' },
    { added: 400, size: 600, shown: ['UDP', 'TCP'], because: 'the filter makes it long' },
  ])('is seen by a filter as $shown where $because, and counts its nonce once', async ({ added, size, shown }) => {
    const world = await rig({ credentials: [alice] });
    const stream = await RawPeer.listen(world.there, { host: PEER, port: 5060 });
    const challenge = { 'WWW-Authenticate': 'Digest realm="here", nonce="n", qop="auth", algorithm=MD5' };
    world.peer.always('OPTIONS', (request) => {
      if (request.headers.has('Authorization')) world.peer.respond(request, 200);
      else world.peer.respond(request, 401, { fields: challenge });
    });
    ask(world, 'OPTIONS', `sip:${PEER}`);
    await world.clock.advance(20);
    const seen: string[] = [];
    world.core.registerMessageFilter({
      name: 'adds',
      outgoing: ({ headers }) => {
        seen.push(/SIP\/2\.0\/(\w+)/.exec(headers.get('Via')!)![1]!);
        if (added > 0) headers.set('X-Added', 'a'.repeat(added));
      },
    });
    world.peer.unread();
    ask(world, 'MESSAGE', `sip:${PEER}`, { body: { ...body, bytes: body.bytes.subarray(0, size) } });
    const sent = await heard(shown.at(-1) === 'TCP' ? stream : world.peer, 'MESSAGE', world, 30);
    expect(seen).toEqual(shown);
    expect([sent.headers.get('X-Added')?.length ?? 0, sent.headers.get('Authorization')]).toEqual([
      added,
      expect.stringContaining('nc=00000002') as string,
    ]);
  });

  it('leaves by UDP after all where there is no TCP, and the next one at once', async () => {
    const world = await rig();
    ask(world, 'MESSAGE', `sip:${PEER}`, { body });
    expect((await heard(world.peer, 'MESSAGE', world, 30)).via.transport).toBe('UDP');
    const before = world.core.stats().total['connectionsOut'];
    ask(world, 'MESSAGE', `sip:${PEER}`, { body });
    await heard(world.peer, 'MESSAGE', world, 30);
    expect(world.core.stats().total['connectionsOut']).toBe(before);
  });

  it('leaves by UDP after 2 s where TCP does not answer', async () => {
    const world = await rig();
    world.network.path(world.here, world.there, { streamBreaks: 0 });
    const partition = world.network.path(world.there, world.here, { loss: 1 });
    const first = ask(world, 'MESSAGE', `sip:${PEER}`, { body });
    await first.turn(1900);
    partition[Symbol.dispose]();
    world.peer.respond(await heard(world.peer, 'MESSAGE', world, 200), 200);
    await first.turn(10);
    expect(first.done()).toBe(200);
  });

  it('leaves by UDP where that is all we have, and where it is told to', async () => {
    for (const options of [{ transports: [udp({ host: US, port: 5060 })] }, { longRequests: { above: Infinity } }]) {
      const world = await rig(options);
      ask(world, 'MESSAGE', `sip:${PEER}`, { body });
      expect((await heard(world.peer, 'MESSAGE', world, 30)).via.transport).toBe('UDP');
    }
  });
});
