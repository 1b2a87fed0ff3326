/** What an application or plug-in hands in for a message is looked at before anything of the call changes; `end` goes on without what cannot be sent. */
import { SipError } from '@jackfield/base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InviteSession } from '../../src/calls/invite-session.ts';
import type { IncomingRequest, ResponseInit, Session, Supplement } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { prack, SUPPORTED } from '../ladders/reliably.ts';
import { sdp, type Script } from '../ladders/script.ts';

const text = Buffer.from('text');
const UNFIT: readonly (readonly [what: string, init: ResponseInit, code: string])[] = [
  ['a header of two lines', { headers: { 'X-A': 'a\r\nInjected: b' } }, 'SIP_HEADER_SYNTAX'],
  ['a header name that is none', { headers: { 'X A': 'a' } }, 'SIP_HEADER_SYNTAX'],
  ['a header that is a number', { headers: { 'Retry-After': 5 as never } }, 'SIP_HEADER_SYNTAX'],
  ['a header that is undefined', { headers: { Reason: undefined as never } }, 'SIP_HEADER_SYNTAX'],
  ['a list of headers with a number', { headers: { 'X-A': ['a', 5 as never] } }, 'SIP_HEADER_SYNTAX'],
  ['a reason of two lines', { reason: 'Busy\nHere' }, 'SIP_HEADER_SYNTAX'],
  ['a body type that is none', { body: { type: 'bad type', bytes: text } }, 'SIP_MESSAGE_SYNTAX'],
  ['a body that is a string', { body: { type: 'text/plain', bytes: 'text' as never } }, 'SIP_MESSAGE_SYNTAX'],
];
const IN_REQUESTS = UNFIT.filter(([, { reason }]) => reason === undefined);
const TWO_LINES = { headers: { 'X-A': 'a\r\nInjected: b' } };
const NO_STREAM = { media: [undefined as never] };

let play: Play;
beforeEach(() => {
  play = new Play();
});
afterEach(async () => {
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

/** What came at the peer behind the provisional responses. */
const came = ({ raw }: Script): readonly string[] =>
  raw.received
    .map((one) => (one.kind === 'request' ? one.method : `${one.status} ${one.cseq.method}`))
    .filter((one) => one !== '100 INVITE');

async function called(supplement: Supplement = { name: 'none' }) {
  const { bob, peer, calls } = await play.called({}, supplement);
  await peer.invite({ body: sdp(), fields: SUPPORTED });
  return { bob, peer, session: calls[0]! };
}

async function accepted(peer: Script, session: Session): Promise<void> {
  void session.accept();
  await play.go();
  await peer.ack();
  expect(session.state).toBe('established');
}

describe('what cannot be written', () => {
  it.each(UNFIT)('is refused by reject: %s; the call may be refused without it', async (_, init, code) => {
    const { peer, session } = await called();
    await expect(session.reject(486, init)).rejects.toMatchObject({ code });
    expect([came(peer), session.state]).toEqual([[], 'starting']);
    void session.reject(486);
    await play.go();
    expect([came(peer), session.state]).toEqual([['486 INVITE'], 'ended']);
    await peer.ack();
  });

  it('leaves the time for an answer as it was: the call that nobody refuses after that gets 480', async () => {
    const { peer, session } = await called();
    await expect(session.reject(486, TWO_LINES)).rejects.toMatchObject({ code: 'SIP_HEADER_SYNTAX' });
    await play.bed.clock.advance(200_000);
    expect([came(peer)[0], session.state]).toEqual(['480 INVITE', 'ended']);
  });

  it('leaves the CANCEL of the peer its 487', async () => {
    const { peer, session } = await called();
    await expect(session.reject(486, TWO_LINES)).rejects.toMatchObject({ code: 'SIP_HEADER_SYNTAX' });
    await peer.cancel();
    await peer.ack();
    expect([came(peer), session.state]).toEqual([['200 CANCEL', '487 INVITE'], 'ended']);
  });

  it.each(UNFIT)('is refused by accept: %s; the call may be answered without it', async (_, init, code) => {
    const { bob, peer, session } = await called();
    await expect(session.accept(init)).rejects.toMatchObject({ code });
    expect([came(peer), session.state, bob.errors]).toEqual([[], 'starting', []]);
    await accepted(peer, session);
  });

  it.each(UNFIT)('is refused by a reliable progress: %s; the next leaves with the answer, and the call goes on', async (_, init, code) => {
    const { peer, session } = await called();
    await expect(session.progress(183, { ...init, reliable: true })).rejects.toMatchObject({ code });
    expect(came(peer)).toEqual([]);
    const said = session.progress(183, { reliable: true });
    await play.go();
    const response = peer.response(({ status }) => status === 183);
    expect(response.body?.type).toBe('application/sdp');
    await prack(peer);
    await said;
    await accepted(peer, session);
  });

  it('takes no number of a reliable response', async () => {
    const numbers: (string | undefined)[] = [];
    for (const unfit of [false, true]) {
      const fresh = new Play();
      const { peer, calls } = await fresh.called();
      await peer.invite({ body: sdp(), fields: SUPPORTED });
      if (unfit) await calls[0]!.progress(183, { ...TWO_LINES, reliable: true }).catch(() => undefined);
      void calls[0]!.progress(183, { reliable: true });
      await fresh.go();
      numbers.push(peer.response(({ status }) => status === 183).headers.get('RSeq'));
      await fresh.bed.close();
    }
    expect(numbers[0]).toMatch(/^\d+$/);
    expect(numbers[1]).toBe(numbers[0]);
  });

  it.each(UNFIT)('throws from sendResponse: %s; the request may be answered without it', async (_, init, code) => {
    let info: IncomingRequest | undefined;
    const later: Supplement = {
      name: 'later',
      incomingRequest: (_session, request) => {
        if (request.method !== 'INFO') return undefined;
        info = request;
        return 'later';
      },
    };
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, later);
    await peer.request('INFO');
    expect(() => session.sendResponse(info!, 403, init)).toThrow(expect.objectContaining({ code }));
    session.sendResponse(info!, 403);
    await play.go();
    expect([came(peer).slice(1), session.state]).toEqual([['403 INFO'], 'established']);
  });

  it.each(IN_REQUESTS)('is refused by sendRequest: %s; no supplement hears of it', async (_, init, code) => {
    const seen: string[] = [];
    const { peer, session } = await play.callingAndAnswered({ name: 'x', outgoingRequest: (_s, { method }) => void seen.push(method) });
    await expect(session.sendRequest('INFO', init)).rejects.toMatchObject({ code });
    await play.go();
    expect([came(peer), seen, session.state]).toEqual([['INVITE', 'ACK'], ['INVITE', 'ACK'], 'established']);
  });

  it.each([...UNFIT.filter(([, { headers }]) => headers !== undefined), ['a stream that is none', NO_STREAM, 'SESSION_OPTION'] as const])(
    'is refused by sendReinvite: %s; the next may leave',
    async (_, init, code) => {
      const { peer, session } = await play.callingAndAnswered();
      await expect(session.sendReinvite(init)).rejects.toMatchObject({ code });
      expect([came(peer), session.state]).toEqual([['INVITE', 'ACK'], 'established']);
      void session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
      await play.go();
      expect(came(peer)).toEqual(['INVITE', 'ACK', 'INVITE']);
      await peer.accept({ version: 2, direction: 'recvonly' });
    },
  );

  it.each([...IN_REQUESTS, ['a stream that is none', NO_STREAM, 'SESSION_OPTION'] as const])(
    'throws from create: %s; there is no call',
    async (_, init, code) => {
      const alice = await play.bed.party('alice');
      expect(() => alice.service.create('sip:bob@192.0.2.9', init)).toThrow(expect.objectContaining({ code }));
      expect(alice.service.stats()).toMatchObject({ live: { sessions: 0 }, total: { outgoing: 0 } });
    },
  );

  it('is refused by accept: a stream that is none', async () => {
    const { peer, session } = await called();
    await expect(session.accept(NO_STREAM)).rejects.toMatchObject({ code: 'SESSION_OPTION', info: { option: 'media' } });
    await accepted(peer, session);
  });
});

describe('end with what cannot be written', () => {
  const reported = (party: { readonly errors: readonly SipError[] }): readonly string[] => party.errors.map(({ code }) => code);

  it.each(UNFIT)('hangs up all the same, and reports it: %s', async (_, init, code) => {
    const { alice, peer, session } = await play.callingAndAnswered();
    const end = session.end(init);
    await play.go();
    expect(came(peer)).toEqual(['INVITE', 'ACK', 'BYE']);
    expect([peer.got('BYE').headers.has('X-A'), peer.got('BYE').body]).toEqual([false, undefined]);
    await peer.answer('BYE', 200);
    expect([(await end).by, reported(alice)]).toEqual(['local', [code]]);
  });

  it('cancels a call of ours that rings', async () => {
    const { alice, peer, session } = await play.calling();
    await peer.answer('INVITE', 180);
    const end = session.end(TWO_LINES);
    await play.go();
    expect(came(peer)).toEqual(['INVITE', 'CANCEL']);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
    expect([(await end).by, reported(alice)]).toEqual(['local', ['SIP_HEADER_SYNTAX']]);
  });

  it('refuses a call that is not answered, with its status', async () => {
    const { bob, peer, session } = await called();
    const end = session.end({ ...TWO_LINES, status: 486 });
    await play.go();
    expect(came(peer)).toEqual(['486 INVITE']);
    await peer.ack();
    expect([await end, reported(bob)]).toEqual([expect.objectContaining({ by: 'local', status: 486 }), ['SIP_HEADER_SYNTAX']]);
  });

  const tired = (): never => {
    throw new Error('a getter of the application');
  };
  it.each<[what: string, init: unknown]>([
    ['headers and a body that are none', { headers: 'no headers', body: 5 }],
    ['null', null],
    ['a getter that throws for the status', Object.defineProperty({}, 'status', { get: tired })],
  ])('never throws, never rejects, and is not in vain: %s', async (_, init) => {
    const { bob, peer, session } = await called();
    const end = session.end(init as never);
    await play.go();
    await peer.ack();
    expect([came(peer), (await end).by, bob.errors.length]).toEqual([['603 INVITE'], 'local', 1]);
  });
});

describe('the status that end is given', () => {
  it.each([200, 180, 299, 42, 700, 486.5, Number.NaN])('is 603 to the caller where it refuses nothing: %d', async (status) => {
    const { bob, peer, session } = await called();
    const end = session.end({ status });
    await play.go();
    expect(came(peer)).toEqual(['603 INVITE']);
    await peer.ack();
    expect([await end, bob.errors]).toEqual([expect.objectContaining({ by: 'local', status: 603 }), []]);
  });

  it.each([300, 486, 699])('is kept where it does: %d', async (status) => {
    const { peer, session } = await called();
    void session.end({ status });
    await play.go();
    expect(came(peer)).toEqual([`${status} INVITE`]);
    await peer.ack();
  });
});

describe('a mistake in the middle of a call', () => {
  const mistake = (session: Session): void => InviteSession.callOf(session)!.fault(new Error('a mistake'));
  const END = { by: 'core', status: 500, error: { code: 'SESSION_HOOK_FAILED' } };

  const broken = {
    kind: 'audio',
    get protocol(): string {
      throw new TypeError('a getter of the application');
    },
  };

  it('ends the call with BYE, and the process goes on', async () => {
    const { alice, peer, session } = await play.callingAndAnswered();
    const outcome = session.sendReinvite({ media: [broken] });
    await play.go();
    expect([came(peer), session.state]).toEqual([['INVITE', 'ACK', 'BYE'], 'ending']);
    await peer.answer('BYE', 200);
    expect(await session.ended).toMatchObject({ by: 'core', status: 500, error: { code: 'SESSION_HOOK_FAILED' } });
    expect([(await outcome).kind, alice.errors.map(({ code }) => code)]).toEqual(['ended', ['SESSION_HOOK_FAILED']]);
  });

  it('is 500 to the caller who waits for an answer', async () => {
    const { peer, session } = await called();
    mistake(session);
    await play.go();
    expect(came(peer)).toEqual(['500 INVITE']);
    await peer.ack();
    expect(await session.ended).toMatchObject(END);
  });

  it('ends what is answered with BYE, once the ACK is in', async () => {
    const { peer, session } = await play.calledAndAnswered('answered');
    mistake(session);
    mistake(session);
    await play.go();
    expect(came(peer)).toEqual(['200 INVITE']);
    await peer.ack();
    expect(came(peer)).toEqual(['200 INVITE', 'BYE']);
    await peer.answer('BYE', 200);
    expect(await session.ended).toMatchObject(END);
  });

  it('cancels a call of ours that rings', async () => {
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 180);
    mistake(session);
    await play.go();
    expect(came(peer)).toEqual(['INVITE', 'CANCEL']);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
    expect(await session.ended).toMatchObject(END);
  });

  it('ends the call at once where it is the second, and BYE is out', async () => {
    const { peer, session } = await play.callingAndAnswered();
    mistake(session);
    mistake(session);
    expect(session.state).toBe('ended');
    await play.go();
    expect(came(peer)).toEqual(['INVITE', 'ACK', 'BYE']);
    await peer.answer('BYE', 200);
  });
});
