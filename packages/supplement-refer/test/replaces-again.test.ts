/** Replaces names a dialog as it stands when the decision falls, and not as it stood when the INVITE came (RFC 3891 §3). */
import { describe, expect, it } from 'vitest';
import type { Session } from '@jackfield/session';
import { formatReplaces, type SipRequest } from '@jackfield/sip';
import type { Party, RawPeer } from '@jackfield/session/testing';
import type { ReferSupplementOptions } from '../src/index.ts';
import { Desk, NOTHING } from './desk.ts';

const sdp = (port: number): string =>
  `v=0\r\no=- 1 1 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.3\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;

let desk: Desk;
let alice: Party;
let carol: Party;
let phones: RawPeer;
let invite: SipRequest;
let ringing: Session;
/** Methods that the phones heard. */
let heard: string[];

/** Alice calls two phones, `a` and `b`, that ring. */
async function ring(options: ReferSupplementOptions): Promise<void> {
  desk = new Desk();
  heard = [];
  alice = await desk.party('alice', options);
  carol = await desk.party('carol');
  phones = await desk.bed.peer('phones');
  for (const method of ['BYE', 'CANCEL', 'ACK']) {
    phones.always(method, (request) => {
      heard.push(method);
      if (method !== 'ACK') phones.respond(request, 200);
      if (method === 'CANCEL') phones.respond(invite, 487, { toTag: 'a' });
    });
  }
  ringing = alice.service.create(`sip:phones@${phones.sentBy}`);
  ringing.established.catch(() => {});
  await desk.pass(50);
  invite = await phones.expect('INVITE');
  for (const [toTag, port] of [
    ['a', 5000],
    ['b', 5002],
  ] as const)
    phones.respond(invite, 183, { toTag, contact: phones.contact(), body: sdp(port) });
  await desk.pass(50);
}

async function answer(toTag: string): Promise<void> {
  phones.respond(invite, 200, { toTag, contact: phones.contact(), body: sdp(toTag === 'a' ? 5000 : 5002) });
  await desk.pass(50);
  expect([ringing.state, ringing.dialog.remoteTag]).toEqual(['established', toTag]);
}

/** Carol wants the place of phone `a`. */
async function pickUp(earlyOnly = false): Promise<Session> {
  const { callId, localTag } = ringing.dialog;
  const replaces = formatReplaces({ callId, toTag: localTag, fromTag: 'a', earlyOnly });
  const session = carol.service.create(alice.uri(), { headers: { Replaces: replaces, Require: 'replaces' } });
  session.established.catch(() => {});
  await desk.pass(50);
  return session;
}

/** What becomes of it where nothing says how that is. */
async function statusOf(session: Session): Promise<number | undefined> {
  await desk.pass(500);
  return session.state === 'established' ? 200 : (await session.ended).status;
}

/** `until` is what it waits for. */
function gate(): { readonly open: () => void; readonly until: Promise<void> } {
  let open!: () => void;
  const until = new Promise<void>((resolve) => (open = resolve));
  return { open, until };
}

interface Row {
  readonly what: string;
  readonly earlyOnly?: boolean;
  readonly meanwhile: () => void | Promise<void>;
  readonly status: number;
  /** Of the call that is named. */
  readonly left: string;
}
const ROWS: readonly Row[] = [
  { what: 'nothing changes', meanwhile: () => {}, status: 200, left: 'ended' },
  { what: 'the phone that it names answers', meanwhile: () => answer('a'), status: 200, left: 'ended' },
  {
    what: 'the phone that it names answers, and it is early-only',
    earlyOnly: true,
    meanwhile: () => answer('a'),
    status: 486,
    left: 'established',
  },
  { what: 'another phone answers', meanwhile: () => answer('b'), status: 481, left: 'established' },
  { what: 'another phone answers, and it is early-only', earlyOnly: true, meanwhile: () => answer('b'), status: 481, left: 'established' },
  { what: 'the call is given up', meanwhile: () => void ringing.end(), status: 603, left: 'ended' },
];

describe('a dialog that is to be replaced is looked at again', () => {
  it.each(ROWS)('when `authorize` has taken its time: $what: $status', async ({ earlyOnly, meanwhile, status, left }) => {
    const { open, until } = gate();
    await ring({ authorize: () => until.then(() => true) });
    const session = await pickUp(earlyOnly);
    await meanwhile();
    open();
    expect(await statusOf(session)).toBe(status);
    expect(ringing.state).toBe(left);
    if (left === 'established') expect(heard).toEqual(['ACK']); // and neither BYE nor CANCEL
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it.each(ROWS)('by accept(), when `onReplaces` has taken its time: $what: $status', async ({ earlyOnly, meanwhile, status, left }) => {
    const { open, until } = gate();
    await ring({ authorize: () => true, onReplaces: (replacement) => until.then(() => replacement.accept()) });
    const session = await pickUp(earlyOnly);
    await meanwhile();
    open();
    expect(await statusOf(session)).toBe(status);
    expect(ringing.state).toBe(left);
    if (left === 'established') expect(heard).toEqual(['ACK']);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it.each([
    { what: 'another phone', tag: 'b', earlyOnly: false },
    { what: 'the phone that it names, and it is early-only', tag: 'a', earlyOnly: true },
  ])('and where $what answers before our 200 is acknowledged, the new call is ended', async ({ tag, earlyOnly }) => {
    await ring({
      authorize: () => true,
      onReplaces: (replacement) => {
        phones.respond(invite, 200, { toTag: tag, contact: phones.contact(), body: sdp(5000) });
        return replacement.accept();
      },
    });
    const session = await pickUp(earlyOnly);
    await desk.pass(500);
    expect([session.state, ringing.state, ringing.dialog.remoteTag, heard]).toEqual(['ended', 'established', tag, ['ACK']]);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('and is free for the next, where the one before came to nothing', async () => {
    const { open, until } = gate();
    await ring({ authorize: () => true, onReplaces: (replacement) => until.then(() => replacement.accept()) });
    const first = await pickUp(true);
    await answer('a');
    open();
    expect(await statusOf(first)).toBe(486);
    expect(await statusOf(await pickUp())).toBe(200);
    expect(ringing.state).toBe('ended');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('after a refusal it is not: who may not is told so, and no more', async () => {
    const { open, until } = gate();
    await ring({ authorize: () => until.then(() => false) });
    const session = await pickUp(true);
    await answer('a');
    open();
    expect(await statusOf(session)).toBe(403);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });
});
