/** What a peer may send that no party of ours would: news out of order, REFERs that are none, subscriptions renewed and ended. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '@jackfield/session';
import type { Party, RawPeer } from '@jackfield/session/testing';
import type { SipRequest } from '@jackfield/sip';
import { requestText, type Fields } from '@jackfield/sip/testing';
import { refer, type Referral, type ReferSupplementOptions, type Transfer } from '../src/index.ts';
import { Desk, NOTHING } from './desk.ts';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n';
const SIPFRAG = 'message/sipfrag;version=2.0';

let desk: Desk;
let alice: Party;
let peer: RawPeer;
let call: Session; // of alice, to the peer
let invite: SipRequest;
let sequence: number;
let transfers: Transfer[];

/** Alice in a call with a scripted peer. */
async function begin(options: ReferSupplementOptions = {}): Promise<void> {
  desk = new Desk();
  sequence = 0;
  transfers = [];
  const onRefer = (transfer: Transfer): void => {
    transfers.push(transfer);
    transfer.accept();
  };
  alice = await desk.party('alice', options.follow === undefined ? { onRefer, ...options } : options);
  peer = await desk.bed.peer('peer');
  call = alice.service.create(`sip:peer@${peer.sentBy}`);
  await desk.pass(100);
  invite = await peer.expect('INVITE');
  peer.respond(invite, 200, { toTag: 'b', contact: peer.contact(), body: SDP });
  await desk.pass(100);
  await peer.expect('ACK');
}
beforeEach(() => begin());

/** Sends a request in the dialog. @returns what it is answered */
async function ask(
  method: string,
  fields: Fields,
  body?: string,
): Promise<{ status: number; headers: { get(name: string): string | undefined } }> {
  tell(method, fields, body);
  await desk.pass(50);
  const answers = peer.received.filter((message) => message.kind === 'response' && message.cseq.method === method);
  const last = answers.at(-1);
  if (last?.kind !== 'response') throw new Error(`${method} was not answered`);
  return last;
}

function tell(method: string, fields: Fields, body?: string): void {
  sequence += 1;
  peer.send(
    requestText(method, {
      uri: /<(.*)>/.exec(invite.headers.get('Contact') ?? '')![1]!,
      via: peer.sentBy,
      branch: `z9hG4bK-${method}-${sequence}`,
      from: `${invite.headers.get('To')};tag=b`,
      to: invite.headers.get('From')!,
      callId: invite.callId,
      cseq: sequence,
      contact: peer.contact(),
      fields,
      body,
      type: SIPFRAG,
    }),
  );
}

const news = (status: number, state = 'active;expires=60', id?: number | string): [Fields, string] => [
  { Event: id === undefined ? 'refer' : `refer;id=${id}`, 'Subscription-State': state },
  `SIP/2.0 ${status} Scripted`,
];

/** The NOTIFYs that came to the peer, answered as they came: id, state, status line. */
function heard(answer = 200): string[] {
  const list: string[] = [];
  for (const message of peer.unread()) {
    if (message.kind !== 'request' || message.method !== 'NOTIFY') continue;
    peer.respond(message, answer);
    const { headers, body } = message;
    list.push(`${headers.get('Event')} ${headers.get('Subscription-State')} ${Buffer.from(body!.bytes).toString().trim()}`);
  }
  return list;
}

describe('a REFER that is none', () => {
  it.each([
    { what: 'no Refer-To', fields: {} },
    { what: 'two of them', fields: { 'Refer-To': ['<sip:a@example.com>', '<sip:b@example.com>'] } },
    { what: 'a list of two', fields: { 'Refer-To': '<sip:a@example.com>, <sip:b@example.com>' } },
    { what: 'one that cannot be read', fields: { 'Refer-To': '<sip:>' } },
    { what: 'headers in its URI that cannot be read', fields: { 'Refer-To': '<sip:a@example.com?X=%0d%0aY>' } },
    { what: 'a Replaces that cannot be read', fields: { 'Refer-To': '<sip:a@example.com?Replaces=abc>' } },
  ])('has $what, and is 400', async ({ fields }) => {
    expect((await ask('REFER', fields)).status).toBe(400);
    expect([transfers, call.state]).toEqual([[], 'established']);
  });
});

describe('the subscription of a REFER', () => {
  const asking = { 'Refer-To': '<sip:carol@192.0.2.77>' };

  it('begins with 202 and 100, and has the CSeq of the REFER for its id', async () => {
    sequence = 76;
    const { status, headers } = await ask('REFER', asking);
    expect([status, headers.get('Refer-Sub')]).toEqual([202, undefined]);
    expect(headers.get('Contact')).toBe('<sip:192.0.2.1:5060>');
    expect(peer.received.at(-1)?.headers.get('Contact')).toBe('<sip:192.0.2.1:5060>'); // of the NOTIFY
    expect(heard()).toEqual(['refer;id=77 active;expires=180 SIP/2.0 100 Trying']);
    await desk.pass(50);
    transfers[0]!.notify(180);
    await desk.pass(50);
    expect(heard()).toEqual(['refer;id=77 active;expires=180 SIP/2.0 180 Ringing']);
    await desk.pass(50);
    transfers[0]!.notify(200);
    await desk.pass(50);
    expect(heard()).toEqual(['refer;id=77 terminated;reason=noresource SIP/2.0 200 OK']);
    await desk.pass(50);
  });

  it.each([
    { how: 'Refer-Sub: false', fields: { 'Refer-Sub': 'false' } },
    { how: 'Require: norefersub', fields: { Require: 'norefersub', 'Refer-Sub': 'false' } },
  ])('does not begin with $how', async ({ fields }) => {
    const { status, headers } = await ask('REFER', { ...asking, ...fields });
    expect([status, headers.get('Refer-Sub')]).toEqual([200, 'false']);
    transfers[0]!.notify(180);
    transfers[0]!.notify(200);
    await desk.pass(1000);
    expect(heard()).toEqual([]);
  });

  it('tells what is newest when the peer takes its time to answer, and one thing at a time', async () => {
    await ask('REFER', asking);
    for (const status of [180, 181, 182, 183]) transfers[0]!.notify(status);
    await desk.pass(50);
    expect(heard()).toEqual([expect.stringContaining('100 Trying')]);
    await desk.pass(50);
    expect(heard()).toEqual([expect.stringContaining('183 Session Progress')]);
    transfers[0]!.notify(200);
    transfers[0]!.notify(486);
    await desk.pass(50);
    expect(heard()).toEqual([expect.stringContaining('terminated;reason=noresource SIP/2.0 200 OK')]);
    await desk.pass(1000);
    expect(heard()).toEqual([]);
  });

  it.each([
    { status: 481, left: 'established' },
    { status: 489, left: 'established' },
    { status: 404, left: 'ending' }, // the peer is not there any more: nothing that shares the dialog goes on (RFC 5057 §5.1)
  ])('is over when a NOTIFY is answered $status, and the call is $left', async ({ status, left }) => {
    await ask('REFER', asking);
    expect(heard(status)).toHaveLength(1);
    await desk.pass(50);
    transfers[0]!.notify(200);
    await desk.pass(1000);
    expect(heard()).toEqual([]);
    expect(call.state).toBe(left);
  });

  it('goes on when a NOTIFY fails for itself alone', async () => {
    await ask('REFER', asking);
    expect(heard(500)).toHaveLength(1);
    await desk.pass(50);
    transfers[0]!.notify(200);
    await desk.pass(50);
    expect(heard()).toEqual([expect.stringContaining('200 OK')]);
  });

  it('is renewed by SUBSCRIBE, no longer than its whole term, and told where it stands', async () => {
    await begin({ expiresMs: 60_000 });
    await ask('REFER', asking);
    heard();
    await desk.pass(30_000);
    transfers[0]!.notify(180);
    await desk.pass(50);
    expect(heard()).toEqual([expect.stringContaining('active;expires=30 SIP/2.0 180')]);
    await desk.pass(50);
    for (const [wanted, given] of [
      [600, 60],
      [45, 45],
      [undefined, 60],
    ] as const) {
      const { status, headers } = await ask('SUBSCRIBE', {
        Event: 'refer;id=1',
        Expires: wanted === undefined ? undefined : String(wanted),
      });
      expect([status, headers.get('Expires')]).toEqual([200, String(given)]);
      await desk.pass(50);
      expect(heard()).toEqual([expect.stringContaining('SIP/2.0 180 Ringing')]);
      await desk.pass(50);
    }
    await desk.pass(59_000);
    expect(heard()).toEqual([]);
    await desk.pass(1000);
    expect(heard()).toEqual([expect.stringContaining('terminated;reason=timeout SIP/2.0 180 Ringing')]);
  });

  it('T-33: ends with one last NOTIFY at Expires: 0, cannot be renewed then, and what was asked for goes on', async () => {
    await begin({ follow: true });
    const carol = await desk.party('carol');
    await ask('REFER', { 'Refer-To': `<${carol.uri()}>` });
    heard();
    await desk.pass(1000);
    heard();
    await desk.pass(50);
    expect((await ask('SUBSCRIBE', { Event: 'refer', Expires: '0' })).status).toBe(403); // it had its end with the 200
    await begin();
    await ask('REFER', asking);
    heard();
    await desk.pass(50);
    expect((await ask('SUBSCRIBE', { Event: 'refer', Expires: '0' })).status).toBe(200);
    expect(heard()).toEqual(['refer;id=1 terminated;reason=timeout SIP/2.0 100 Trying']);
    await desk.pass(50);
    for (const Expires of ['0', '60']) expect((await ask('SUBSCRIBE', { Event: 'refer;id=1', Expires })).status).toBe(403);
    transfers[0]!.notify(180);
    transfers[0]!.notify(200);
    await desk.pass(1000);
    expect([heard(), transfers[0]!.state, call.state]).toEqual([[], 'over', 'established']);
    peer.always('BYE', 200);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  describe('after BYE', () => {
    const hangsUp = async (): Promise<void> => {
      await ask('REFER', asking);
      heard();
      await desk.pass(50);
      expect((await ask('BYE', {})).status).toBe(200);
    };

    it('goes on until its end is told, and the session with it', async () => {
      await hangsUp();
      transfers[0]!.notify(180);
      await desk.pass(50);
      expect(heard()).toEqual([expect.stringContaining('active;expires=180 SIP/2.0 180')]);
      await desk.pass(50);
      transfers[0]!.notify(200);
      await desk.pass(50);
      expect(call.state).toBe('ending');
      expect(heard()).toEqual([expect.stringContaining('terminated;reason=noresource SIP/2.0 200')]);
      await desk.pass(50);
      expect(call.state).toBe('ended');
      expect(await desk.leftOver()).toEqual(NOTHING);
    });

    it('is renewed by SUBSCRIBE, and yet told about no longer than the end may wait', async () => {
      await hangsUp();
      for (let turn = 0; turn < 3; turn += 1) {
        await desk.pass(9500);
        expect((await ask('SUBSCRIBE', { Event: 'refer', Expires: '180' })).status).toBe(200);
        expect(heard()).toEqual([expect.stringContaining('active;expires=180 SIP/2.0 100')]);
        await desk.pass(50);
      }
      expect(call.state).toBe('ending');
      await desk.pass(5000);
      expect(call.state).toBe('ended');
      transfers[0]!.notify(200);
      expect((await ask('SUBSCRIBE', { Event: 'refer', Expires: '180' })).status).toBe(481);
      expect([heard(), transfers[0]!.state]).toEqual([[], 'over']);
      expect(await desk.leftOver()).toEqual(NOTHING);
    });

    it('runs out when its term is over', async () => {
      await begin({ expiresMs: 5000 });
      await hangsUp();
      await desk.pass(4900);
      expect(heard()).toEqual(['refer;id=1 terminated;reason=timeout SIP/2.0 100 Trying']);
      await desk.pass(50);
      expect(call.state).toBe('ended');
    });

    it('holds nothing back where nobody listens any more, was told all, or wants no news', async () => {
      await ask('REFER', asking);
      expect(heard(481)).toHaveLength(1);
      await ask('REFER', asking);
      heard();
      await desk.pass(50);
      transfers[1]!.end();
      await desk.pass(50);
      heard();
      await ask('REFER', { ...asking, 'Refer-Sub': 'false' });
      await ask('REFER', asking);
      expect(transfers).toHaveLength(4);
      heard();
      await desk.pass(50);
      transfers[3]!.notify(486);
      await desk.pass(50);
      expect(heard()).toHaveLength(1);
      await desk.pass(50);
      expect((await ask('BYE', {})).status).toBe(200);
      expect(call.state).toBe('ended');
      expect(await desk.leftOver()).toEqual(NOTHING);
    });

    it('waits for a peer that is gone as long as for one that is there, and no longer', async () => {
      await hangsUp();
      transfers[0]!.notify(200);
      await desk.pass(31_000);
      expect(call.state).toBe('ending');
      await desk.pass(1000);
      expect(call.state).toBe('ended');
      expect(await desk.leftOver()).toEqual(NOTHING);
    });
  });

  it('T-33: a SUBSCRIBE to nothing, or to one of several without saying which, is 403; to something else it is the core’s', async () => {
    expect((await ask('SUBSCRIBE', { Event: 'refer', Expires: '60' })).status).toBe(403);
    await ask('REFER', asking);
    await ask('REFER', asking);
    heard();
    expect((await ask('SUBSCRIBE', { Event: 'refer', Expires: '60' })).status).toBe(403);
    expect((await ask('SUBSCRIBE', { Event: 'presence', Expires: '60' })).status).toBe(405);
    expect(call.state).toBe('established');
  });
});

describe('news of a REFER of ours', () => {
  let referral: Referral;
  let asked: SipRequest;
  let progress: number[];

  beforeEach(async () => {
    progress = [];
    referral = refer(call, 'sip:carol@192.0.2.77', { onNotify: ({ status }) => progress.push(status) });
    await desk.pass(50);
    asked = await peer.expect('REFER');
  });
  const id = (): number => asked.cseq.sequence;

  it('may overtake the answer to it', async () => {
    expect((await ask('NOTIFY', ...news(100, undefined, id()))).status).toBe(200);
    expect((await ask('NOTIFY', ...news(180, undefined, id()))).status).toBe(200);
    expect((await ask('NOTIFY', ...news(486, undefined, 999_999))).status).toBe(200); // whose it is, nobody knows yet
    expect(progress).toEqual([]);
    peer.respond(asked, 202);
    await desk.pass(50);
    expect(progress).toEqual([100, 180]);
    expect((await ask('NOTIFY', ...news(200, 'terminated;reason=noresource', id()))).status).toBe(200);
    await expect(referral.done).resolves.toMatchObject({ kind: 'done', status: 200 });
    expect((await ask('NOTIFY', ...news(200, 'active', id()))).status).toBe(481);
    expect(progress).toEqual([100, 180, 200]);
  });

  it('that overtook the answer, and makes who listens throw, is reported', async () => {
    referral.stop();
    const { accepted } = refer(call, 'sip:carol@192.0.2.77', {
      onNotify: () => {
        throw new Error('oh');
      },
    });
    await desk.pass(50);
    const second = await peer.expect('REFER');
    expect((await ask('NOTIFY', ...news(100, undefined, second.cseq.sequence))).status).toBe(200);
    peer.respond(second, 202);
    await desk.pass(50);
    await expect(accepted).resolves.toBeUndefined();
    expect(alice.errors.map(({ message }) => message)).toEqual([expect.stringContaining('oh')]);
  });

  it('is not kept without bound', async () => {
    const statuses: number[] = [];
    for (let turn = 0; turn < 12; turn += 1) statuses.push((await ask('NOTIFY', ...news(100, undefined, turn))).status);
    expect(statuses).toEqual([...Array.from({ length: 8 }, () => 200), ...Array.from({ length: 4 }, () => 481)]);
  });

  it('needs no id while there is one REFER, and is nobody’s with another', async () => {
    peer.respond(asked, 202);
    await desk.pass(50);
    expect((await ask('NOTIFY', ...news(180))).status).toBe(200);
    expect((await ask('NOTIFY', ...news(180, undefined, id() + 1))).status).toBe(481);
    expect(progress).toEqual([180]);
  });

  it('settles with a final status, even of a peer that never says terminated', async () => {
    peer.respond(asked, 202);
    await desk.pass(50);
    await ask('NOTIFY', ...news(200));
    await expect(referral.done).resolves.toEqual({ kind: 'done', status: 200, reason: 'Scripted' });
    expect((await ask('NOTIFY', ...news(200))).status).toBe(200);
    await desk.pass(100_000);
    expect((await ask('NOTIFY', ...news(200))).status).toBe(481);
  });

  it('may end without a word', async () => {
    peer.respond(asked, 202);
    await desk.pass(50);
    await ask('NOTIFY', ...news(180, 'terminated;reason=giveup'));
    await expect(referral.done).resolves.toEqual({ kind: 'terminated' });
  });

  it.each([
    { what: 'another body', type: 'text/plain', body: 'SIP/2.0 200 OK' },
    { what: 'no status line', type: SIPFRAG, body: 'INVITE sip:a@b SIP/2.0' },
    { what: 'a status that is none', type: SIPFRAG, body: 'SIP/2.0 999 OK' },
    { what: 'no body', type: undefined, body: undefined },
  ])('with $what says nothing, and harms nothing', async ({ type, body }) => {
    peer.respond(asked, 202);
    await desk.pass(50);
    const [fields] = news(100);
    expect((await ask('NOTIFY', { ...fields, 'Content-Type': type }, body)).status).toBe(200);
    expect([progress, referral.progress, call.state]).toEqual([[], undefined, 'established']);
  });

  it('without Subscription-State is 400; of another event it is the core’s, which knows no such subscription', async () => {
    peer.respond(asked, 202);
    await desk.pass(50);
    expect((await ask('NOTIFY', { Event: 'refer' }, 'SIP/2.0 200 OK')).status).toBe(400);
    expect((await ask('NOTIFY', { Event: 'presence', 'Subscription-State': 'active' })).status).toBe(481);
    expect(progress).toEqual([]);
  });

  it('is waited for no longer than 32 s, and then no longer than its term', async () => {
    peer.respond(asked, 202);
    await desk.pass(31_000);
    await ask('NOTIFY', ...news(100, 'active;expires=10'));
    let over = false;
    void referral.done.then(() => (over = true));
    await desk.pass(41_000);
    expect(over).toBe(false);
    await desk.pass(2000);
    await expect(referral.done).resolves.toEqual({ kind: 'timeout' });
    peer.always('BYE', 200);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('ends with the call, answered or not', async () => {
    tell('BYE', {});
    await desk.pass(50);
    await expect(referral.accepted).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    await expect(referral.done).resolves.toEqual({ kind: 'ended' });
    expect(() => refer(call, 'sip:a@192.0.2.77')).toThrow(expect.objectContaining({ code: 'SESSION_ENDED' }));
    peer.respond(asked, 202);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('a REFER that is never answered ends the call with 408', async () => {
    peer.always('BYE', 200);
    await desk.pass(33_000);
    await expect(referral.done).resolves.toMatchObject({ kind: 'refused', status: 408 });
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('a throw of who listens is a 500, and the next is heard', async () => {
    referral.stop();
    peer.respond(asked, 202);
    let thrown = 0;
    refer(call, 'sip:carol@192.0.2.77', {
      onNotify: () => {
        thrown += 1;
        if (thrown === 1) throw new Error('oh');
      },
    });
    await desk.pass(50);
    peer.respond(await peer.expect('REFER', { skipOthers: true }), 202);
    await desk.pass(50);
    expect((await ask('NOTIFY', ...news(100))).status).toBe(500);
    expect((await ask('NOTIFY', ...news(180))).status).toBe(200);
    expect([thrown, alice.errors.length]).toEqual([2, 1]);
  });
});

describe('an INVITE with Replaces', () => {
  it('T-26: that names its own dialog finds none: it has no tag of ours yet', async () => {
    const mallory = await desk.bed.peer('mallory');
    const callId = 'self@192.0.2.66';
    for (const toTag of ['0', 'x', call.dialog.localTag]) {
      sequence += 1;
      mallory.send(
        requestText('INVITE', {
          uri: alice.uri(),
          via: mallory.sentBy,
          branch: `z9hG4bK-self-${sequence}`,
          from: '<sip:mallory@example.com>;tag=own',
          to: `<${alice.uri()}>`,
          callId,
          cseq: sequence,
          contact: mallory.contact(),
          fields: { Replaces: `${callId};from-tag=own;to-tag=${toTag}` },
          body: SDP,
        }),
        { host: '192.0.2.1', port: 5060 },
      );
      await desk.pass(50);
      await mallory.expect(481);
    }
    expect([...alice.service.sessions]).toEqual([call]);
  });
});

describe('the hops of a transfer that is followed', () => {
  beforeEach(() => begin({ follow: true }));
  const to = (): string => `<sip:carol@${peer.sentBy}>`;

  it.each([
    { left: '69', written: '68' },
    { left: '1', written: '0' },
  ])('are one less than the $left of the REFER', async ({ left, written }) => {
    tell('REFER', { 'Refer-To': to(), 'Max-Forwards': left });
    await desk.pass(50);
    const called = peer.unread().filter((message) => message.kind === 'request' && message.method === 'INVITE');
    expect(called.map(({ headers }) => headers.getAll('Max-Forwards'))).toEqual([[written]]);
  });

  it('are over with a REFER that had none left: nobody is called, and the news is 483', async () => {
    tell('REFER', { 'Refer-To': to(), 'Max-Forwards': '0' });
    const told: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      await desk.pass(50);
      told.push(...heard());
    }
    expect(told).toEqual([
      'refer;id=1 active;expires=180 SIP/2.0 100 Trying',
      'refer;id=1 terminated;reason=noresource SIP/2.0 483 Too Many Hops',
    ]);
    expect(peer.received.filter((message) => message.kind === 'request' && message.method === 'INVITE')).toHaveLength(1);
  });
});
