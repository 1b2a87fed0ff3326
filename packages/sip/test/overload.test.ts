import { watch } from '@jackfield/base';
import { buildResponse, type Overload, type SipResponse } from '@jackfield/sip';
import { ackText, cancelText, inDialogText, RawPeer, requestText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../src/transport/addresses.ts';
import { LISTENERS, US, accept, remains, rig, script, Usage, type Rig } from './rig.ts';

const HERE = { host: US, port: 5060 };
const FLOOD = 50_000;

async function another({ network }: Rig, host: string): Promise<RawPeer> {
  return RawPeer.bind(network.host(host), { host, port: 5060 });
}

async function stream({ there, clock }: Rig): Promise<RawPeer> {
  const connecting = RawPeer.connect(there, HERE);
  await clock.advance(10);
  return connecting;
}

/** What `peer` hears next, time being turned meanwhile. */
async function heard(test: Rig, peer: RawPeer, what: number): Promise<SipResponse> {
  const waiting = peer.expect(what);
  await test.clock.advance(10);
  return waiting;
}

const total = ({ core }: Rig, name: string): number | undefined => core.stats().total[name];

describe('a source that has all it may have at work', () => {
  it('may cancel its call, and nothing but that: the CANCEL takes no room, and makes some', async () => {
    const test = await rig({ limits: { maxTransactionsPerHost: 1 } });
    const { core, peer, say, hear } = test;
    const usage = new Usage(core, (transaction, own) => {
      if (own.taken.length === 1) accept(transaction, own);
      else transaction.respond(buildResponse(transaction.request, 180, { toTag: 'us' }));
    });
    const stands = script(peer);
    await say(requestText('INVITE', stands));
    const accepted = await hear(200);
    await say(ackText(stands, accepted));
    await say(inDialogText('INFO', stands, accepted, { branch: 'z9hG4bKinfo', cseq: 2 }));
    const rings = script(peer);
    await say(requestText('INVITE', rings));
    await hear(180);
    await say(inDialogText('INFO', stands, accepted, { branch: 'z9hG4bKmore', cseq: 3 }));
    await say(cancelText(script(peer))); // of no INVITE that is known
    expect([total(test, 'overload:host-dialogs'), peer.unread()]).toEqual([2, []]);
    await say(cancelText(rings));
    expect((await hear(200)).cseq.method).toBe('CANCEL');
    expect((await hear(487)).cseq.method).toBe('INVITE');
    usage.requests[0]!.respond(buildResponse(usage.requests[0]!.request, 200));
    await hear(200);
    await say(inDialogText('INFO', stands, accepted, { branch: 'z9hG4bKthen', cseq: 4 }));
    expect(usage.requests.map(({ request }) => request.cseq.sequence)).toEqual([2, 4]);
    expect(core.stats().live).toMatchObject({ sources: 1 });
  });
});

describe('a flood of INVITEs', () => {
  it(
    'T-47: from one source takes its own share and no more; calls of another, and every BYE, ACK and CANCEL, pass',
    { timeout: 30_000 },
    async () => {
      const test = await rig();
      const { core, peer, clock } = test;
      const usage = new Usage(core, (transaction, own) => {
        if (transaction.request.from.tag?.startsWith('flood') === true) return; // it rings
        accept(transaction, own);
      });
      const early = script(peer);
      peer.send(requestText('INVITE', early), HERE);
      const established = await heard(test, peer, 200);
      peer.send(ackText(early, established), HERE);
      const caller = await another(test, '192.0.2.9');

      const model = requestText(
        'INVITE',
        script(peer, { branch: 'z9hG4bKflood!', callId: 'flood-!', from: '<sip:x@example.com>;tag=flood!' }),
      );
      const flood = (at: number): string => model.replaceAll('!', String(at));
      let calls = 0;
      for (let at = 0; at < FLOOD; at += 1) {
        peer.send(flood(at), HERE);
        if (at % 1000 !== 999) continue;
        await clock.advance(10);
        // in the midst of it, somebody else calls, is answered, and hangs up
        const invite = script(caller);
        caller.send(requestText('INVITE', invite), HERE);
        const accepted = await heard(test, caller, 200);
        caller.send(ackText(invite, accepted), HERE);
        caller.send(inDialogText('BYE', invite, accepted, { branch: `z9hG4bKbye${at}`, cseq: 2 }), HERE);
        await clock.advance(10);
        const bye = usage.requests.at(-1)!;
        expect(bye.request.callId).toBe(invite.callId);
        bye.respond(buildResponse(bye.request, 200));
        await heard(test, caller, 200);
        core.dialogs.find(invite.callId, 'us', bye.request.from.tag)!.terminate();
        calls += 1;
      }
      expect(calls).toBe(50);
      expect(core.stats().live).toMatchObject({ pendingInvites: 10_000, serverTransactions: 10_000, sources: 1 });
      expect(total(test, 'overload')).toBe(FLOOD - 10_000);
      expect(total(test, 'overload:host-transactions')! + (total(test, 'overload:host-invites') ?? 0)).toBe(FLOOD - 10_000);
      const answered = peer.unread().filter((message) => message.kind === 'response' && message.status >= 200);
      expect(answered).toEqual([]); // UDP: whoever floods, or is named by him, hears no echo

      // of the flooder too, what belongs to a call that stands passes: BYE in its dialog, CANCEL of a call that rings, ACK
      peer.send(inDialogText('BYE', early, established, { branch: 'z9hG4bKlast', cseq: 2 }), HERE);
      await clock.advance(10);
      expect(usage.requests.at(-1)!.request.callId).toBe(early.callId);
      usage.requests.at(-1)!.respond(buildResponse(usage.requests.at(-1)!.request, 200));
      await heard(test, peer, 200);
      const ringing = usage.taken.find((transaction) => transaction.request.callId === 'flood-0')!;
      peer.send(cancelText(script(peer, { branch: 'z9hG4bKflood0', callId: 'flood-0', from: ringing.request.from.toString() })), HERE);
      expect((await heard(test, peer, 200)).cseq.method).toBe('CANCEL');
      peer.send(ackText(script(peer, { branch: 'z9hG4bKflood0', callId: 'flood-0' }), await heard(test, peer, 487)), HERE);
      await clock.advance(10);
      expect(usage.acks).toHaveLength(51);
      expect(core.stats().live['pendingInvites']).toBe(9999);
      for (const transaction of usage.taken)
        if (!transaction.answered) transaction.respond(buildResponse(transaction.request, 200, { toTag: 'us' }));
      core.dialogs.find(early.callId, 'us', established.from.tag)!.terminate();
      expect(await remains(test)).toEqual(LISTENERS);
    },
  );

  it('T-47: is answered 503 with Retry-After on a stream, and counted in silence on UDP', async () => {
    const test = await rig({ limits: { maxPendingInvitesPerHost: 2, retryAfterSeconds: 17 } });
    const { core, peer, say, clock } = test;
    const refusals: Overload[] = [];
    const watching = watch('sip:overload', (news) => refusals.push(news));
    const usage = new Usage(core);
    const tcp = await stream(test);
    for (let count = 0; count < 2; count += 1) await say(requestText('INVITE', script(peer)));
    const fourth = script(tcp, { transport: 'TCP' });
    tcp.send(requestText('INVITE', fourth));
    const refused = await heard(test, tcp, 503);
    expect(refused.headers.get('Retry-After')).toBe('17');
    expect(refused.to.tag).toBeDefined();
    await say(requestText('INVITE', script(peer)));
    watching[Symbol.dispose]();
    expect(peer.unread()).toEqual([]);
    expect(usage.taken).toHaveLength(2);
    expect(refusals).toMatchObject([
      { limit: 'host-invites', answered: true, request: { callId: fourth.callId } },
      { limit: 'host-invites', answered: false },
    ]);
    expect(core.stats().total).toMatchObject({ overload: 2, 'overload:host-invites': 2 });
    // stateless: nothing was kept for it, and its ACK is met with silence
    expect(core.stats().live).toMatchObject({ serverTransactions: 2, finishedTransactions: 0 });
    tcp.send(ackText(fourth, refused));
    await clock.advance(10);
    expect(tcp.unread()).toEqual([]);
    expect(total(test, 'strayAcks')).toBe(1);
  });
});

describe('the limits of new requests', () => {
  it.each<{ limit: string; limits: Record<string, number>; method: string; passes: number }>([
    { limit: 'transactions', limits: { maxTransactions: 3 }, method: 'MESSAGE', passes: 3 },
    { limit: 'host-transactions', limits: { maxTransactionsPerHost: 2 }, method: 'MESSAGE', passes: 2 },
    { limit: 'invites', limits: { maxPendingInvites: 3 }, method: 'INVITE', passes: 3 },
    { limit: 'host-invites', limits: { maxPendingInvitesPerHost: 2 }, method: 'INVITE', passes: 2 },
    { limit: 'rate', limits: { maxRequestsPerSecond: 4 }, method: 'OPTIONS', passes: 4 },
    { limit: 'host-rate', limits: { maxRequestsPerSecondPerHost: 3 }, method: 'OPTIONS', passes: 3 },
  ])('$limit: so many pass, and the rest is counted by this name', async ({ limit, limits, method, passes }) => {
    const test = await rig({ limits });
    const { core, peer, clock } = test;
    new Usage(core);
    core.registerService({ name: 'later', methods: ['MESSAGE'], handleRequest: () => 'later' });
    await clock.advance(1000 - (clock.now() % 1000)); // a second begins
    for (let count = 0; count < 10; count += 1) peer.send(requestText(method, script(peer)), HERE);
    await clock.advance(5);
    expect(core.stats().total).toMatchObject({ serverTransactions: passes, overload: 10 - passes, [`overload:${limit}`]: 10 - passes });
  });

  it('per second begin anew with each second, and are counted for each source', async () => {
    const test = await rig({ limits: { maxRequestsPerSecondPerHost: 2 } });
    const { peer, clock } = test;
    const second = await another(test, '192.0.2.9');
    await clock.advance(1000 - (clock.now() % 1000));
    const ask = async (from: RawPeer): Promise<void> => {
      for (let count = 0; count < 5; count += 1) from.send(requestText('OPTIONS', script(from)), HERE);
      await clock.advance(5);
    };
    await ask(peer);
    await ask(second);
    expect(total(test, 'serverTransactions')).toBe(4);
    await clock.advance(1000);
    await ask(peer);
    expect(total(test, 'serverTransactions')).toBe(6);
  });

  it('of calls leave other requests alone', async () => {
    const { core, peer, say, hear } = await rig({ limits: { maxPendingInvites: 1 } });
    new Usage(core);
    for (let count = 0; count < 3; count += 1) await say(requestText('INVITE', script(peer)));
    await say(requestText('OPTIONS', script(peer)));
    await hear(200);
    expect(core.stats().live['pendingInvites']).toBe(1);
  });

  it('do not hold for copies: what is known is answered again', async () => {
    const { core, peer, say, hear } = await rig({ limits: { maxTransactions: 1 } });
    const usage = new Usage(core, (transaction) => transaction.respond(buildResponse(transaction.request, 486, { toTag: 'us' })));
    const text = requestText('INVITE', script(peer));
    await say(text);
    await hear(486);
    await say(text);
    await hear(486);
    expect([usage.taken.length, core.stats().total['overload']]).toEqual([1, 0]);
  });

  it.each([
    'maxPendingInvites',
    'maxPendingInvitesPerHost',
    'maxRequestsPerSecond',
    'maxRequestsPerSecondPerHost',
    'retryAfterSeconds',
    'maxUnansweredMs',
  ])('want positive integers: %s', async (option) => {
    for (const wrong of [0, -1, 1.5, Number.NaN]) {
      await expect(rig({ limits: { [option]: wrong } })).rejects.toMatchObject({ code: 'SIP_OPTION', info: { option } });
    }
  });
});

describe('requests inside dialogs under load', () => {
  it('pass while those outside are refused: re-INVITE, INFO and BYE of a dialog that lives', async () => {
    const test = await rig({ limits: { maxTransactions: 1 } });
    const { core, peer, say, hear } = test;
    const usage = new Usage(core, (transaction, own) => {
      if (usage.taken.length === 1) accept(transaction, own);
    });
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    await say(ackText(invite, accepted));
    await say(requestText('INVITE', script(peer))); // it rings, and fills the table
    await say(requestText('INVITE', script(peer)));
    expect(total(test, 'overload:transactions')).toBe(1);
    for (const [cseq, method] of ['INVITE', 'INFO', 'BYE'].entries()) {
      await say(inDialogText(method, invite, accepted, { branch: `z9hG4bK${method}`, cseq: cseq + 2 }));
      const transaction = usage.requests.at(-1)!;
      expect(transaction.request.method).toBe(method);
      transaction.respond(buildResponse(transaction.request, 200));
      await hear(200);
    }
  });

  it('have an allowance of their own, so that one dialog cannot be made to hold any number', async () => {
    const test = await rig({ limits: { maxTransactions: 100, maxTransactionsPerHost: 3 } });
    const { core, peer, say, hear } = test;
    const usage = new Usage(core, accept);
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    for (let count = 0; count < 9; count += 1)
      await say(inDialogText('INFO', invite, accepted, { branch: `z9hG4bKi${count}`, cseq: 2 + count }));
    expect(usage.requests).toHaveLength(3);
    expect(total(test, 'overload:host-dialogs')).toBe(6);
    const other = await another(test, '192.0.2.9');
    other.send(inDialogText('INFO', { ...invite, via: other.sentBy }, accepted, { branch: 'z9hG4bKother', cseq: 20 }), HERE);
    await test.clock.advance(5);
    expect(usage.requests).toHaveLength(4);
  });

  it('that only claim a dialog count with those outside', async () => {
    const test = await rig({ limits: { maxTransactions: 2 } });
    const { peer, say } = test;
    for (let count = 0; count < 5; count += 1) await say(requestText('INVITE', script(peer, { to: `<sip:us@${US}>;tag=made-up` })));
    expect(test.core.stats().total).toMatchObject({ overload: 3, 'overload:transactions': 3 });
  });
});

describe('the source of a request', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8'],
    ['2001:db8:0:0:1::2', '2001:db8'],
    ['2001:db8:1:0:1::2', '2001:db8:1'],
    ['::1', ''],
    ['fe80::1%eth0', 'fe80'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ])('%s counts as %s: of IPv6, the network of 64 bits', (host, source) => {
    expect(sourceOf(host)).toBe(source);
  });
});
