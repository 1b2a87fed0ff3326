/** By which connection a request inside a dialog leaves (RFC 3261 §12.2.1.1, §18; RFC 5626; RFC 5922), and by which its ACK (§18.1.1). */
import {
  buildResponse,
  createSipStack,
  reply,
  tls,
  udp,
  type Dialog,
  type IncomingRequest,
  type SipRequest,
  type SipResponse,
} from '@jackfield/sip';
import { RawPeer, ackText, inDialogText, requestText } from '@jackfield/sip/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { Hearer, PEER, US, Usage, call, rig, script, type Rig } from './rig.ts';
import { authority, issue, type Authority } from './transport/certificates.ts';
import { turned, until } from './transport/pair.ts';

const ELSEWHERE = '192.0.2.3';

/** Answers INVITEs, and lets a target refresh be one. */
function answering({ core }: Rig): { readonly usage: Usage; readonly dialog: () => Dialog } {
  let dialog: Dialog | undefined;
  const usage = new Usage(core, (transaction, own) => {
    dialog = core.dialogs.fromRequest(transaction, 'us', own);
    const response = buildResponse(transaction.request, 200, { toTag: 'us', headers: { Contact: core.contactFor(transaction.flow) } });
    transaction.respond(response);
    dialog.confirm(response);
  });
  return { usage, dialog: () => dialog! };
}

async function connected({ there, clock }: Rig): Promise<RawPeer> {
  const connecting = RawPeer.connect(there, { host: US, port: 5060 });
  await clock.advance(10);
  return connecting;
}

const methods = (peer: RawPeer): string[] =>
  peer
    .unread()
    .filter((message) => message.kind === 'request')
    .map(({ method }) => method);

/** How many of its connections the usage was told were gone, when this one is. */
async function lostWith({ clock }: Rig, stream: RawPeer, { lost }: Usage): Promise<number> {
  stream.close();
  await clock.advance(10);
  return lost.length;
}

const behind = (invite: string, sentBy: string): string =>
  invite.replace(/(Via: [^\r]*\r\n)/, `$1Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bKorigin\r\n`);

describe('who is called by TCP, and answers with another place as its Contact', () => {
  it.each([
    { contact: `<sip:bob@${ELSEWHERE};transport=tcp>`, at: 'bob', because: 'another host' },
    { contact: `<sip:bob@${ELSEWHERE}>`, at: 'bob', because: 'another host, by UDP' },
    { contact: `<sip:bob@${PEER}:5070;transport=tcp>`, at: 'port', because: 'another port of the same host' },
    { contact: `<sip:bob@${PEER}:5060;transport=tcp>`, at: 'called', because: 'the one it was called at' },
    { contact: '<sip:bob@x.invalid;transport=tcp>', at: 'called', because: 'nobody can be found there' },
  ] as const)('gets ACK and BYE at $contact: $because', async ({ contact, at }) => {
    const world = await rig();
    const { core, clock, there, network } = world;
    const peers = {
      called: await RawPeer.listen(there, { host: PEER, port: 5060 }),
      port: await RawPeer.listen(there, { host: PEER, port: 5070 }),
      bob: await RawPeer.open(network.host(ELSEWHERE), { host: ELSEWHERE, port: 5060 }),
    };
    const hearer = new Hearer();
    const calling = call(core, hearer, `sip:bob@${PEER};transport=tcp`);
    await clock.advance(10);
    const invite = peers.called.expect('INVITE');
    const transaction = await calling;
    peers.called.respond(await invite, 200, { toTag: 'bob', contact });
    await clock.advance(10);
    const dialog = core.dialogs.fromResponse(transaction, hearer.responses[0]!);
    dialog.confirm(hearer.responses[0]!);
    dialog.acknowledge(transaction.request);
    dialog.request('BYE', {}, new Hearer());
    await clock.advance(30);
    const got = Object.entries(peers).map(([name, peer]) => [name, methods(peer)]);
    expect(Object.fromEntries(got)).toEqual({ called: [], port: [], bob: [], [at]: ['ACK', 'BYE'] });
    await core.close();
  });
});

describe('who calls by a TCP connection of its own', () => {
  it.each<{
    contact: string;
    via?: string;
    more?: (invite: string) => string;
    fields?: Record<string, string>;
    own: boolean;
    because: string;
  }>([
    { contact: '<sip:alice@10.0.0.5:5060;transport=tcp>', via: '10.0.0.5:5060', own: true, because: 'it is behind a NAT' },
    { contact: '<sip:alice@10.0.0.5>', via: '10.0.0.5:40000', own: true, because: 'its ports are its own' },
    { contact: `<sip:alice@${ELSEWHERE}>`, own: false, because: 'its Contact is elsewhere' },
    {
      contact: `<sip:alice@${ELSEWHERE}>`,
      more: (invite) => behind(invite, `${ELSEWHERE}:5060`),
      own: false,
      because: 'it is a proxy that does not stay in the way',
    },
    {
      contact: '<sip:alice@10.0.0.5>',
      via: `${PEER}:5060`,
      fields: { 'Record-Route': `<sip:${PEER};transport=tcp;lr>` },
      own: true,
      because: 'it is the proxy that the route set begins with',
    },
    {
      contact: '<sip:alice@10.0.0.5>',
      via: `${PEER}:5060`,
      fields: { 'Record-Route': `<sip:${ELSEWHERE};lr>` },
      own: false,
      because: 'the route set begins elsewhere',
    },
  ])('is sent BYE by it: $own, $because', async ({ contact, via, more = (invite) => invite, fields, own }) => {
    const world = await rig();
    const { clock, network } = world;
    const elsewhere = await RawPeer.open(network.host(ELSEWHERE), { host: ELSEWHERE, port: 5060 });
    const { dialog } = answering(world);
    const stream = await connected(world);
    stream.send(more(requestText('INVITE', script(stream, { transport: 'TCP', contact, fields, ...(via === undefined ? {} : { via }) }))));
    await clock.advance(10);
    dialog().request('BYE', {}, new Hearer());
    await clock.advance(30);
    expect([methods(stream), methods(elsewhere)]).toEqual(own ? [['BYE'], []] : [[], ['BYE']]);
    await world.core.close();
  });

  /** A call by a connection of its own, Contact and all, whose UPDATE has come. */
  async function refreshed(
    contact: string,
  ): Promise<{ readonly stream: RawPeer; readonly moved: RawPeer; readonly world: Rig; readonly dialog: Dialog }> {
    const world = await rig();
    const { clock, network } = world;
    const { usage, dialog } = answering(world);
    const moved = await RawPeer.open(network.host(ELSEWHERE), { host: ELSEWHERE, port: 5060 });
    const stream = await connected(world);
    const invite = script(stream, { transport: 'TCP', contact: `<sip:alice@${PEER}:5999;transport=tcp>` });
    stream.send(requestText('INVITE', invite));
    await clock.advance(10);
    const ok = await stream.expect(200);
    dialog().request('INFO', {}, new Hearer()); // the way is known now
    stream.send(inDialogText('UPDATE', { ...invite, contact }, ok, { branch: 'z9hG4bKu', cseq: 2 }));
    await clock.advance(10);
    const update = usage.requests[0]!;
    update.respond(buildResponse(update.request, 200));
    dialog().refreshTarget(update.request);
    dialog().request('BYE', {}, new Hearer());
    await clock.advance(30);
    return { stream, moved, world, dialog: dialog() };
  }

  it('is followed where its UPDATE says that it has moved', async () => {
    const { stream, moved, dialog } = await refreshed(`<sip:alice@${ELSEWHERE};transport=tcp>`);
    expect(dialog.remoteTarget.toString()).toBe(`sip:alice@${ELSEWHERE};transport=tcp`);
    expect([methods(stream), methods(moved)]).toEqual([['INFO'], ['BYE']]);
  });

  it('stays where it is when its UPDATE says so', async () => {
    const { stream, moved } = await refreshed(`<sip:other@${PEER}:6001;transport=tcp>`);
    expect([methods(stream), methods(moved)]).toEqual([['INFO', 'BYE'], []]);
  });

  it('is heard by a new connection, and sent to by that', async () => {
    const world = await rig();
    const { clock } = world;
    const { usage, dialog } = answering(world);
    const first = await connected(world);
    const invite = script(first, { transport: 'TCP', via: '10.0.0.5:5060', contact: '<sip:alice@10.0.0.5>' });
    first.send(requestText('INVITE', invite));
    await clock.advance(10);
    const ok = await first.expect(200);
    first.close();
    const second = await connected(world);
    second.send(inDialogText('INFO', invite, ok, { branch: 'z9hG4bKi', cseq: 2 }));
    await clock.advance(10);
    usage.requests[0]!.respond(buildResponse(usage.requests[0]!.request, 200));
    dialog().request('BYE', {}, new Hearer());
    await clock.advance(10);
    expect(methods(second)).toEqual(['BYE']);
  });

  it('is sent to by the connection that counts, when another was heard that proves nothing', async () => {
    const world = await rig();
    const { clock } = world;
    const { usage, dialog } = answering(world);
    const [own, other] = [await connected(world), await connected(world)];
    const invite = script(own, { transport: 'TCP', via: '10.0.0.5:5060', contact: '<sip:alice@10.0.0.5>' });
    own.send(requestText('INVITE', invite));
    await clock.advance(10);
    const ok = await own.expect(200);
    other.send(behind(inDialogText('INFO', invite, ok, { branch: 'z9hG4bKi', cseq: 2 }), '10.0.0.5:5060'));
    await clock.advance(10);
    usage.requests[0]!.respond(buildResponse(usage.requests[0]!.request, 401));
    dialog().request('BYE', {}, new Hearer());
    await clock.advance(10);
    expect([methods(own), methods(other)]).toEqual([['BYE'], []]);
  });

  it.each([
    { what: 'the Via of the call, by a connection of its own', contact: '<sip:alice@10.0.0.5>', by: 'connection', own: false },
    {
      what: 'the tags alone, where the Contact is under .invalid',
      contact: '<sip:alice@x.invalid;transport=tcp>',
      by: 'connection',
      own: true,
    },
    { what: 'the tags alone, by UDP', contact: '<sip:alice@10.0.0.5>', by: 'datagram', own: true },
  ])('keeps what is sent to it from a stranger whose ACK has $what', async ({ contact, by, own: ownVia }) => {
    const world = await rig();
    const { clock, network } = world;
    const { usage, dialog } = answering(world);
    const own = await connected(world);
    const invite = script(own, { transport: 'TCP', via: '10.0.0.5:5060', contact });
    own.send(requestText('INVITE', invite));
    await clock.advance(10);
    const ok = await own.expect(200);
    const elsewhere = network.host(ELSEWHERE);
    const stranger =
      by === 'datagram' ? await RawPeer.bind(elsewhere, { host: ELSEWHERE, port: 5060 }) : await connected({ ...world, there: elsewhere });
    const via = ownVia ? stranger.sentBy : invite.via;
    stranger.send(inDialogText('ACK', { ...invite, via }, ok, { branch: 'z9hG4bKack', cseq: 77 }), { host: US, port: 5060 });
    await clock.advance(10);
    expect(usage.acks).toHaveLength(1);
    dialog().request('BYE', {}, new Hearer());
    await clock.advance(10);
    expect([methods(own), methods(stranger)]).toEqual([['BYE'], []]);
    expect(await lostWith(world, own, usage)).toBe(1);
  });

  it('is sent to by the connection of its ACK, when the one before is gone', async () => {
    const world = await rig();
    const { clock } = world;
    const { usage, dialog } = answering(world);
    const first = await connected(world);
    const invite = script(first, { transport: 'TCP', via: '10.0.0.5:5060', contact: '<sip:alice@10.0.0.5>' });
    first.send(requestText('INVITE', invite));
    await clock.advance(10);
    const ok = await first.expect(200);
    expect(await lostWith(world, first, usage)).toBe(1);
    const second = await connected(world);
    second.send(ackText(invite, ok));
    await clock.advance(10);
    dialog().request('BYE', {}, new Hearer());
    await clock.advance(10);
    expect(methods(second)).toEqual(['BYE']);
  });

  it('is sent to where it was heard from, whatever its Contact says, where the program wants that', async () => {
    const world = await rig();
    const { dialog } = answering(world);
    const stream = await connected(world);
    stream.send(requestText('INVITE', script(stream, { transport: 'TCP', contact: `<sip:alice@${ELSEWHERE}>` })));
    await world.clock.advance(10);
    dialog().toSource = true;
    dialog().request('BYE', {}, new Hearer());
    await world.clock.advance(10);
    expect(methods(stream)).toEqual(['BYE']);
  });

  it('is called by it as well: it answers from behind its NAT, and is left when it says that it has moved', async () => {
    const world = await rig();
    const { core, clock, network } = world;
    const moved = await RawPeer.open(network.host(ELSEWHERE), { host: ELSEWHERE, port: 5060 });
    core.registerService({ name: 'registrar', methods: ['OPTIONS'], handleRequest: () => reply(200) });
    const stream = await connected(world);
    stream.send(requestText('OPTIONS', script(stream, { transport: 'TCP' })));
    await clock.advance(10);
    await stream.expect(200);
    const hearer = new Hearer();
    const transaction = await call(core, hearer, `sip:alice@${stream.sentBy};transport=tcp`);
    await clock.advance(10);
    stream.respond(await stream.expect('INVITE'), 200, { toTag: 'alice', contact: '<sip:alice@10.0.0.5>' });
    await clock.advance(10);
    const usage = new Usage(core);
    const dialog = core.dialogs.fromResponse(transaction, hearer.responses[0]!, usage);
    dialog.confirm(hearer.responses[0]!);
    dialog.acknowledge(transaction.request);
    const renewal = new Hearer();
    dialog.request('UPDATE', {}, renewal);
    await clock.advance(10);
    await stream.expect('ACK');
    stream.respond(await stream.expect('UPDATE'), 200, { contact: `<sip:alice@${ELSEWHERE}>` });
    await clock.advance(10);
    dialog.refreshTarget(renewal.responses[0]!);
    const info = { callId: dialog.callId, from: '<sip:alice@example.com>;tag=alice', to: `<sip:us@${US}>;tag=us` };
    stream.send(requestText('INFO', { ...script(stream, { transport: 'TCP' }), ...info }));
    await clock.advance(10);
    usage.requests[0]!.respond(buildResponse(usage.requests[0]!.request, 401)); // which takes back nothing but the INFO
    await clock.advance(10);
    dialog.request('BYE', {}, new Hearer());
    await clock.advance(10);
    expect([methods(stream), methods(moved)]).toEqual([[], ['BYE']]);
  });
});

describe('inside a dialog over TLS', () => {
  let ca: Authority;
  beforeAll(async () => {
    ca = await authority('our ca');
  });

  /** A call to `sips`, answered over TLS: what comes by that of ACK, UPDATE and BYE, what of it by UDP, and how the BYE ends. */
  async function called(contact: string, more: { readonly recorded?: string; readonly moved?: string } = {}) {
    const certificate = await issue(ca, [`ip:${PEER}`]);
    const world = await rig({ transports: [udp({ host: US, port: 5060 }), tls({ ca: ca.cert })] });
    const { core, clock, there, network } = world;
    network.name('bank.example', [PEER]); // even where DNS points at whom we are connected to
    const clear = await RawPeer.bind(there, { host: PEER, port: 5070 });
    const other = createSipStack({ transports: [tls({ host: PEER, port: 5061, certificate })], clock, network: there });
    await other.listen();
    const secured: IncomingRequest[] = [];
    other.registerMessageFilter({ name: 'seen', incoming: (message) => void ('method' in message && secured.push(message)) });
    const moved = more.moved === undefined ? {} : { headers: { Contact: more.moved } };
    other.registerUsage({
      name: 'bob',
      methods: ['INVITE'],
      take(transaction) {
        const user = {
          request: (heard: typeof transaction) => heard.respond(buildResponse(heard.request, 200, moved)),
          ack: () => undefined,
        };
        const dialog = other.dialogs.fromRequest(transaction, 'bob', user);
        const recorded = more.recorded === undefined ? {} : { 'Record-Route': more.recorded };
        const response = buildResponse(transaction.request, 200, { toTag: 'bob', headers: { Contact: contact, ...recorded } });
        transaction.respond(response);
        dialog.confirm(response);
        return true;
      },
    });
    const hearer = new Hearer();
    const transaction = await turned(clock, call(core, hearer, `sips:bob@${PEER}:5061`));
    await until(clock, () => hearer.responses.some(({ status }) => status === 200));
    const response = hearer.responses.at(-1)!;
    const dialog = core.dialogs.fromResponse(transaction, response);
    dialog.confirm(response);
    dialog.acknowledge(transaction.request);
    const [update, bye] = [new Hearer(), new Hearer()];
    dialog.request('UPDATE', {}, update);
    await until(clock, () => update.news.length > 0);
    for (const heard of update.responses) dialog.refreshTarget(heard);
    dialog.request('BYE', {}, bye);
    await until(clock, () => bye.news.length > 0);
    const inside = secured.filter(({ method }) => method !== 'INVITE');
    return { inside, reached: inside.map(({ method }) => method), clear: methods(clear), news: bye.news[0] };
  }

  it.each([
    { contact: '<sips:bob@bank.example>', reached: [], news: 'failed transport' },
    { contact: `<sips:bob@${PEER}:5061>`, reached: ['ACK', 'UPDATE', 'BYE'], news: '200' },
  ])('T-43: a connection carries nothing for $contact but what its certificate proves', async ({ contact, reached, news }) => {
    expect(await called(contact)).toMatchObject({ reached, news });
  });

  const CLEAR = `sip:bob@${PEER}:5070`;
  const SECURE = `<sips:bob@${PEER}:5061>`;
  it.each([
    { what: 'its answer has another Contact', contact: `<${CLEAR}>`, reached: [] },
    { what: 'its answer has one by UDP', contact: `<${CLEAR};transport=udp>`, reached: [] },
    { what: 'its answer names a route', contact: SECURE, more: { recorded: `<sip:${PEER}:5070;lr>` }, reached: [] },
    { what: 'it moves', contact: SECURE, more: { moved: `<${CLEAR}>` }, reached: ['ACK', 'UPDATE'] },
  ])('nothing of a call to sips leaves in the clear when $what', async ({ contact, more, reached }) => {
    expect(await called(contact, more)).toMatchObject({ reached, clear: [], news: 'failed transport' });
  });

  it('a call to sips goes on over TLS where the answer says sip and means the same place, and as sips', async () => {
    const { inside, reached, news } = await called(`<sip:bob@${PEER}:5061;transport=tls>`);
    expect([reached, news]).toEqual([['ACK', 'UPDATE', 'BYE'], '200']);
    expect(inside.map(({ uri }) => uri.scheme)).toEqual(['sips', 'sips', 'sips']);
    expect(inside[1]!.headers.get('Contact')).toMatch(/^<sips:/);
  });
});

describe('an ACK that is too long for a datagram, RFC 3261 §18.1.1', () => {
  const body = { type: 'application/sdp', bytes: Buffer.alloc(2000, 'a') };

  /** A call by UDP that is answered. */
  async function answered(options: Parameters<typeof rig>[0] = {}) {
    const world = await rig(options);
    const hearer = new Hearer();
    const transaction = await call(world.core, hearer);
    const invite: SipRequest = await world.hear('INVITE');
    world.peer.respond(invite, 200, { toTag: 'peer', contact: world.peer.contact() });
    await world.clock.advance(10);
    const response: SipResponse = hearer.responses[0]!;
    const dialog = world.core.dialogs.fromResponse(transaction, response);
    dialog.confirm(response);
    return { ...world, dialog, transaction };
  }

  it('leaves by TCP, and so does each copy of it', async () => {
    const { dialog, transaction, clock, there, peer } = await answered();
    const tcpPeer = await RawPeer.listen(there, { host: PEER, port: 5060 });
    const again = dialog.acknowledge(transaction.request, { body });
    await clock.advance(20);
    const ack = await tcpPeer.expect('ACK');
    expect([ack.via.transport, ack.content.length, ack.cseq.sequence]).toEqual(['TCP', 2000, 1]);
    again();
    await clock.advance(20);
    expect((await tcpPeer.expect('ACK')).via.branch).toBe(ack.via.branch);
    expect(methods(peer)).toEqual([]);
  });

  it('leaves by TCP where it was a filter that made it long', async () => {
    const { core, dialog, transaction, clock, there, peer } = await answered();
    const tcpPeer = await RawPeer.listen(there, { host: PEER, port: 5060 });
    core.registerMessageFilter({ name: 'adds', outgoing: ({ headers }) => headers.set('X-Added', 'a'.repeat(1000)) });
    dialog.acknowledge(transaction.request, { body: { ...body, bytes: body.bytes.subarray(0, 500) } });
    await clock.advance(20);
    const ack = await tcpPeer.expect('ACK');
    expect([ack.via.transport, ack.vias.length, ack.headers.getAll('X-Added').length]).toEqual(['TCP', 1, 1]);
    expect(methods(peer)).toEqual([]);
  });

  it('leaves by UDP after all where nobody takes it', async () => {
    const { dialog, transaction, clock, peer } = await answered();
    dialog.acknowledge(transaction.request, { body });
    await clock.advance(20);
    expect(methods(peer)).toEqual(['ACK']);
  });

  it('leaves by UDP where it is short, or the program says so', async () => {
    for (const [length, above] of [
      [100, undefined],
      [2000, Infinity],
    ] as const) {
      const { dialog, transaction, clock, there, peer } = await answered({ longRequests: { above } });
      const tcpPeer = await RawPeer.listen(there, { host: PEER, port: 5060 });
      dialog.acknowledge(transaction.request, { body: { ...body, bytes: Buffer.alloc(length, 'a') } });
      await clock.advance(20);
      expect([methods(peer), methods(tcpPeer)]).toEqual([['ACK'], []]);
    }
  });
});

it('a target that no stream and no server leads to is told as a failure', async () => {
  const world = await rig();
  const { dialog } = answering(world);
  const stream = await connected(world);
  stream.send(requestText('INVITE', script(stream, { transport: 'TCP', contact: '<sip:alice@192.0.2.77;transport=tcp>' })));
  await world.clock.advance(10);
  const hearer = new Hearer();
  dialog().request('BYE', {}, hearer);
  await world.clock.advance(20_000);
  expect(hearer.news).toEqual(['failed transport']);
});
