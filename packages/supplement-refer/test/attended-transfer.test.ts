/** Attended transfer: alice talks to bob and to carol, and joins the two (RFC 5589 §7, RFC 3891, RFC 3892). */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseUri, type Session } from '@jackfield/session';
import type { Party } from '@jackfield/session/testing';
import { formatReplaces } from '@jackfield/sip';
import { refer, replacementOf, replacesOf, type ReferSupplementOptions } from '../src/index.ts';
import { Desk, NOTHING } from './desk.ts';

let desk: Desk;
let alice: Party;
let bob: Party;
let carol: Party;
let toBob: Session;
let toCarol: Session;

async function begin(carolDoes: ReferSupplementOptions = {}, driver?: (session: Session) => void | Promise<void>): Promise<void> {
  desk = new Desk();
  alice = await desk.party('alice');
  bob = await desk.party('bob', { follow: true });
  carol = await desk.party('carol', carolDoes, driver);
  toBob = await desk.call(alice, bob);
  toCarol = await desk.call(alice, carol);
  desk.bed.trace();
}

/** What bob's party calls carol's with. */
function take(replaced: Session, more: Record<string, string> = {}, from = alice.uri()): Session {
  const headers = { Replaces: formatReplaces(replacesOf(replaced)), Require: 'replaces', ...more };
  const session = bob.service.create(carol.uri(), { from: { uri: parseUri(from)! }, headers });
  session.established.catch(() => {});
  return session;
}

async function status(session: Session): Promise<number | undefined> {
  await desk.pass(500);
  return session.state === 'established' ? 200 : (await session.ended).status;
}

describe('an attended transfer', () => {
  it('puts bob in the place of alice, and ends the call that was replaced', async () => {
    await begin();
    const mark = desk.bed.steps.length;
    const referral = refer(toBob, toCarol);
    await desk.pass(1000);
    await expect(referral.done).resolves.toEqual({ kind: 'done', status: 200, reason: 'OK' });
    expect(desk.wire(mark)).toEqual([
      'alice -> bob REFER',
      'bob -> alice 202 REFER',
      'bob -> alice NOTIFY',
      'bob -> carol INVITE sdp',
      'alice -> bob 200 NOTIFY',
      'carol -> bob 200 INVITE sdp',
      'bob -> alice NOTIFY',
      'carol -> alice BYE',
      'alice -> bob 200 NOTIFY',
      'alice -> carol 200 BYE',
    ]);
    await expect(toCarol.ended).resolves.toMatchObject({ by: 'remote' });
    const { headers } = desk.session('carol').invite;
    expect(headers.get('Replaces')).toBe(`${toCarol.dialog.callId};to-tag=${toCarol.dialog.remoteTag};from-tag=${toCarol.dialog.localTag}`);
    expect([headers.get('Require'), headers.get('Referred-By')]).toEqual(['replaces', `<${alice.uri()}>`]);
    expect([desk.session('bob').state, desk.session('carol').state]).toEqual(['established', 'established']);
    void toBob.end();
    await desk.pass(500);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('gives the new call the channel of the replaced one, and no driver', async () => {
    let driven = 0;
    await begin({}, async (session) => {
      driven += 1;
      await session.accept();
    });
    const channel = {} as NonNullable<Session['channel']>;
    desk.session('carol').channel = channel;
    refer(toBob, toCarol);
    await desk.pass(1000);
    expect(driven).toBe(1);
    expect(desk.session('carol').channel).toBe(channel);
    expect(replacementOf(desk.session('carol'))?.replaced).toBe(desk.session('carol', 0));
    expect(replacementOf(desk.session('carol', 0))).toBeUndefined();
  });

  it('that the target refuses leaves both calls as they were', async () => {
    await begin({ authorize: () => false });
    const referral = refer(toBob, toCarol);
    await desk.pass(1000);
    await expect(referral.done).resolves.toMatchObject({ kind: 'done', status: 403 });
    expect([toBob.state, toCarol.state]).toEqual(['established', 'established']);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('of a call whose answer nobody can use leaves that call as it was', async () => {
    await begin();
    const text = { kind: 'text', port: 9, protocol: 'RTP/AVP', formats: ['98'], lines: ['a=rtpmap:98 t140/1000'] };
    const headers = { Replaces: formatReplaces(replacesOf(toCarol)) };
    const session = bob.service.create(carol.uri(), {
      from: { uri: parseUri(alice.uri())! },
      headers,
      media: [{ kind: 'text', section: text }],
    });
    session.established.catch(() => {});
    expect(await status(session)).toBe(488);
    expect(toCarol.state).toBe('established');
    expect(await status(take(toCarol))).toBe(200); // and may be replaced after all
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('where the application decides, as it says', async () => {
    const told: unknown[] = [];
    await begin({
      onReplaces: async (replacement) => {
        told.push(replacement.replaced.state, replacement.by?.uri.toString(), replacement.session.state);
        await replacement.session.reject(480);
      },
    });
    const referral = refer(toBob, toCarol);
    await desk.pass(1000);
    await expect(referral.done).resolves.toMatchObject({ kind: 'done', status: 480 });
    expect(told).toEqual(['established', alice.uri(), 'starting']);
    expect(toCarol.state).toBe('established');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('comes too late when the replaced call ends while the application thinks about it', async () => {
    await begin({
      onReplaces: async (replacement) => {
        await new Promise<void>((resolve) => void replacement.session.after(1000, resolve));
        await replacement.accept();
      },
    });
    const session = take(toCarol);
    await desk.pass(500);
    void toCarol.end();
    await desk.pass(1000);
    await expect(session.ended).resolves.toMatchObject({ by: 'remote', status: 603 });
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('knows a call of its own service that is to be replaced', async () => {
    desk = new Desk();
    alice = await desk.party('alice');
    const found: unknown[] = [];
    bob = await desk.party('bob', {
      onRefer: (transfer) => {
        found.push(transfer.replacesSession);
        transfer.reject();
      },
    });
    const [one, other] = [await desk.call(alice, bob), await desk.call(alice, bob)];
    refer(one, other);
    await desk.pass(500);
    expect(found).toEqual([desk.session('bob', 1)]);
  });
});

describe('who may take the place of whom', () => {
  beforeEach(() => begin());

  it.each([
    { who: 'the user who is replaced', from: () => alice.uri(), more: () => ({}), answer: 200 },
    { who: 'another at the wish of that user', from: () => bob.uri(), more: () => ({ 'Referred-By': `<${alice.uri()}>` }), answer: 200 },
    { who: 'another', from: () => bob.uri(), more: () => ({}), answer: 403 },
    { who: 'another at somebody’s wish', from: () => bob.uri(), more: () => ({ 'Referred-By': '<sip:mallory@example.com>' }), answer: 403 },
    { who: 'nobody', from: () => 'sip:anonymous@anonymous.invalid', more: () => ({}), answer: 403 },
  ])('$who: $answer', async ({ from, more, answer }) => {
    expect(await status(take(toCarol, more(), from()))).toBe(answer);
    await desk.pass(500);
    expect(toCarol.state).toBe(answer === 200 ? 'ended' : 'established');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('an anonymous caller is nobody’s equal, not even another’s without a name', async () => {
    const hidden = alice.service.create(carol.uri());
    await desk.pass(500);
    expect(await status(take(hidden, {}, 'sip:anonymous@anonymous.invalid'))).toBe(403);
    expect(hidden.state).toBe('established');
  });

  it('an endpoint that is trusted always may, and an option decides in place of all this', async () => {
    const trusting = await desk.party('dave', {}, undefined, { identifyEndpoint: () => ({ name: 'desk', trusted: true }) });
    const asked: unknown[] = [];
    const strict = await desk.party('eve', {
      authorize: async ({ replaced, by }, endpoint) => {
        asked.push(replaced.direction, by, endpoint.trusted);
        await Promise.resolve();
        return true;
      },
    });
    for (const target of [trusting, strict]) {
      const replaced = await desk.call(alice, target);
      const session = bob.service.create(target.uri(), { headers: { Replaces: formatReplaces(replacesOf(replaced)) } });
      expect(await status(session)).toBe(200);
    }
    expect(asked).toEqual(['incoming', undefined, false]);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });
});

describe('an INVITE with Replaces, RFC 3891 §3', () => {
  beforeEach(() => begin());
  const raw = (replaces: string | readonly string[], more: Record<string, string> = {}): Session => {
    const session = bob.service.create(carol.uri(), { from: { uri: parseUri(alice.uri())! }, headers: { Replaces: replaces, ...more } });
    session.established.catch(() => {});
    return session;
  };

  it('T-26: that names no dialog is 481, as is one with the tags the wrong way round', async () => {
    const { callId, localTag, remoteTag } = toCarol.dialog;
    expect(await status(raw('nothing@nowhere;to-tag=a;from-tag=b'))).toBe(481);
    expect(await status(raw(`${callId};to-tag=${localTag};from-tag=${remoteTag}`))).toBe(481);
    expect(toCarol.state).toBe('established');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('T-26: that names a dialog which has just ended is declined', async () => {
    const replaces = formatReplaces(replacesOf(toCarol));
    void toCarol.end();
    await desk.pass(500);
    expect(await status(raw(replaces))).toBe(603);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('T-26: inside a dialog is 488, whichever dialog it names, and the call goes on', async () => {
    const replaces = formatReplaces(replacesOf(toCarol));
    for (const names of [replaces, 'a;to-tag=b;from-tag=c', 'rubbish']) {
      const outcome = toCarol.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }], headers: { Replaces: names } });
      await desk.pass(500);
      await expect(outcome).resolves.toMatchObject({ kind: 'refused', response: { status: 488 } });
    }
    expect([toCarol.state, desk.session('carol').state]).toEqual(['established', 'established']);
    const again = toCarol.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await desk.pass(500);
    await expect(again).resolves.toMatchObject({ kind: 'agreed' });
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('T-26: in any other request is 400, and the call goes on', async () => {
    for (const method of ['INFO', 'REFER', 'MESSAGE']) {
      const asked = toCarol.sendRequest(method, { headers: { Replaces: 'a;to-tag=b;from-tag=c' } });
      await desk.pass(200);
      expect((await asked).status).toBe(400);
    }
    expect(toCarol.state).toBe('established');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it.each([
    { what: 'is no Replaces', replaces: 'a;to-tag=b' },
    { what: 'comes twice', replaces: ['a;to-tag=b;from-tag=c', 'd;to-tag=e;from-tag=f'] },
    { what: 'is a list', replaces: 'a;to-tag=b;from-tag=c, d;to-tag=e;from-tag=f' },
    { what: 'has Join beside it', replaces: 'a;to-tag=b;from-tag=c', more: { Join: 'a;to-tag=b;from-tag=c' } },
  ])('that $what is 400', async ({ replaces, more }) => {
    expect(await status(raw(replaces, more))).toBe(400);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('that would replace an early dialog only is 486 once the call is answered', async () => {
    expect(await status(raw(formatReplaces(replacesOf(toCarol, true))))).toBe(486);
    expect(toCarol.state).toBe('established');
  });

  it('that comes while another takes the place is declined, and only while', async () => {
    const replaces = formatReplaces(replacesOf(toCarol));
    const both = [raw(replaces), raw(replaces)];
    await desk.pass(500);
    expect(await Promise.all(both.map(status))).toEqual([200, 603]);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('that comes as the replaced call is hung up is declined, and leaves nothing', async () => {
    const session = take(toCarol);
    void toCarol.end();
    expect(await status(session)).toBe(603);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });
});

describe('a call that is not answered yet', () => {
  it('and was placed here is taken over, and cancelled (call pickup)', async () => {
    desk = new Desk();
    alice = await desk.party('alice', {}, (session) => session.progress(180));
    bob = await desk.party('bob');
    carol = await desk.party('carol');
    const ringing = await desk.call(carol, alice);
    const rings = desk.session('alice');
    const headers = { Replaces: formatReplaces(replacesOf(rings, true)), Require: 'replaces' };
    const pickup = bob.service.create(carol.uri(), { from: { uri: parseUri(alice.uri())! }, headers });
    await desk.pass(1000);
    expect(pickup.state).toBe('established');
    await expect(ringing.ended).resolves.toMatchObject({ by: 'local', status: 487 });
    expect(rings.state).toBe('ended');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('and came in here is not found, and rings on', async () => {
    desk = new Desk();
    alice = await desk.party('alice');
    bob = await desk.party('bob');
    carol = await desk.party('carol', {}, (session) => session.progress(180));
    const ringing = await desk.call(alice, carol);
    expect(() => replacesOf(ringing)).toThrow(expect.objectContaining({ code: 'REFER_TARGET' }));
    const { callId, localTag, remoteTag } = ringing.dialog;
    const headers = { Replaces: `${callId};to-tag=${remoteTag};from-tag=${localTag}` };
    const session = bob.service.create(carol.uri(), { from: { uri: parseUri(alice.uri())! }, headers });
    session.established.catch(() => {});
    expect(await status(session)).toBe(481);
    expect(ringing.state).toBe('early');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });
});

it('four parties: a transfer of a transfer', async () => {
  await begin({ follow: true });
  const dave = await desk.party('dave');
  const first = refer(toBob, toCarol);
  await desk.pass(1000);
  void toBob.end();
  await expect(first.done).resolves.toMatchObject({ status: 200 });
  await desk.pass(500);
  const second = refer(desk.session('bob'), dave.uri()); // bob, who talks to carol now, sends her on
  await desk.pass(1000);
  await expect(second.done).resolves.toMatchObject({ kind: 'done', status: 200 });
  expect([desk.session('carol').state, desk.session('dave').state]).toEqual(['established', 'established']);
  expect(await desk.leftOver()).toEqual(NOTHING);
});
