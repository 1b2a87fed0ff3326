/** What the core refuses to plug-ins and applications that ask for more than the contract gives. */
import { describe, expect, it } from 'vitest';
import {
  defineCookie,
  reply,
  type Headers,
  type IncomingRequest,
  type ReadonlyHeaders,
  type Session,
  type Supplement,
} from '@jackfield/session';
import { Testbed, type Party } from '@jackfield/session/testing';

interface Up {
  readonly bed: Testbed;
  readonly alice: Party;
  readonly bob: Party;
  readonly caller: Session;
  readonly callee: Session;
}

/** A call that is up, with these supplements at bob. */
async function up(...supplements: readonly Partial<Supplement>[]): Promise<Up> {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  supplements.forEach((supplement, at) => bob.service.registerSupplement({ name: `plug-in ${at}`, ...supplement }));
  let callee: Session | undefined;
  bob.service.onIncoming((session) => {
    callee = session;
    void session.accept();
  });
  const caller = alice.service.create(bob.uri());
  await bed.clock.advance(1000);
  return { bed, alice, bob, caller, callee: callee! };
}

async function down({ bed, caller, alice, bob }: Up): Promise<void> {
  void caller.end();
  await bed.clock.advance(64_000);
  expect(bed.leftOver()).toEqual({});
  expect([...alice.errors, ...bob.errors].filter(({ code }) => code !== 'SESSION_HOOK_FAILED')).toEqual([]);
}

describe('a verb awaited in a hook of its own session', () => {
  it.each([
    { verb: 'sendRequest', call: (session: Session) => session.sendRequest('OPTIONS') },
    { verb: 'sendReinvite', call: (session: Session) => session.sendReinvite() },
    { verb: 'sendRequest', call: (session: Session) => session.sendRequest('OPTIONS').then(({ status }) => status) },
    { verb: 'sendRequest', call: (session: Session) => Promise.all([session.sendRequest('OPTIONS').catch(() => {}), Promise.resolve(2)]) },
  ])('$verb: SESSION_HOOK_AWAITS_SELF, at once', async ({ verb, call }) => {
    const caught: unknown[] = [];
    const party = await up({
      incomingRequest: async (session, { method }) => {
        if (method !== 'INFO') return;
        try {
          await call(session);
        } catch (error) {
          caught.push(error);
        }
      },
    });
    const started = party.bed.clock.now();
    const answered = party.caller.sendRequest('INFO');
    await party.bed.clock.advance(100);
    expect(caught).toMatchObject([{ code: 'SESSION_HOOK_AWAITS_SELF', info: { verb } }]);
    expect((await answered).status).toBe(200);
    expect(party.bed.clock.now() - started).toBe(100);
    await party.bed.clock.advance(5000);
    await down(party);
  });

  it('that is only begun there runs when the round is over', async () => {
    let asked: Promise<{ readonly status: number }> | undefined;
    const party = await up({
      incomingRequest: (session, { method }) => {
        if (method === 'INFO') asked = session.sendRequest('OPTIONS');
      },
    });
    const { bed } = party;
    bed.trace();
    void party.caller.sendRequest('INFO');
    await bed.clock.advance(100);
    expect((await asked!).status).toBe(200);
    expect(bed.steps.indexOf('bob -> alice 200 INFO')).toBeLessThan(bed.steps.indexOf('bob -> alice OPTIONS'));
    await down(party);
  });
});

describe('an edit of a message', () => {
  const edit = (text: string, fails = false): Partial<Supplement> => ({
    outgoingResponse: (_session, { headers, request }) => {
      if (request.method !== 'INFO') return;
      headers.add('X-By', text);
      headers.set('X-Last', text);
      if (fails) throw new Error('after its edits');
    },
  });

  it('is lost with the hook that throws; those before and after stay', async () => {
    const party = await up(edit('first'), edit('second', true), edit('third'));
    const answer = party.caller.sendRequest('INFO');
    await party.bed.clock.advance(100);
    const { headers } = await answer;
    expect(headers.getAll('X-By')).toEqual(['first', 'third']);
    expect(headers.get('X-Last')).toBe('third');
    expect(party.bob.errors).toMatchObject([{ info: { owner: 'plug-in 1', hook: 'outgoingResponse' } }]);
    await down(party);
  });

  it('is refused when the message has left', async () => {
    const kept: Headers[] = [];
    const party = await up({
      outgoingResponse: (_session, { headers }) => void kept.push(headers),
      outgoingRequest: (_session, { headers }) => void kept.push(headers),
    });
    void party.callee.sendRequest('INFO');
    await party.bed.clock.advance(100);
    expect(kept.length).toBeGreaterThan(1);
    for (const headers of kept) {
      for (const write of [() => headers.set('X', '1'), () => headers.add('X', '1'), () => headers.delete('X')]) {
        expect(write).toThrow(expect.objectContaining({ code: 'SESSION_MESSAGE_SENT' }));
      }
    }
    await down(party);
  });

  it('of headers that admission kept is refused as well', async () => {
    const bed = new Testbed();
    const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
    let kept: Headers | undefined;
    alice.service.registerSupplement({
      name: 'keeper',
      admitSession: ({ headers }) => {
        kept = headers;
        headers?.set('X-Early', '1');
      },
    });
    bob.service.onIncoming((session, invite) => session.reject(invite.headers.get('X-Early') === '1' ? 486 : 400));
    const session = alice.service.create(bob.uri());
    await bed.clock.advance(100);
    expect((await session.ended).status).toBe(486);
    expect(() => kept!.set('X-Late', '1')).toThrow(expect.objectContaining({ code: 'SESSION_MESSAGE_SENT' }));
  });
});

describe('sendResponse', () => {
  const later = (taken: IncomingRequest[]): Partial<Supplement> => ({
    incomingRequest: (_session, request) => {
      if (request.method !== 'INFO') return undefined;
      taken.push(request);
      return 'later';
    },
  });

  it('answers once: a second final throws SESSION_ALREADY_ANSWERED', async () => {
    const taken: IncomingRequest[] = [];
    const party = await up(later(taken));
    const answer = party.caller.sendRequest('INFO');
    await party.bed.clock.advance(100);
    party.callee.sendResponse(taken[0]!, 299);
    expect(() => party.callee.sendResponse(taken[0]!, 200)).toThrow(expect.objectContaining({ code: 'SESSION_ALREADY_ANSWERED' }));
    await party.bed.clock.advance(100);
    expect((await answer).status).toBe(299);
    await down(party);
  });

  it('that never comes is 504, and after that it throws', async () => {
    const taken: IncomingRequest[] = [];
    const party = await up({ ...later(taken), deadlineMs: 700 });
    const answer = party.caller.sendRequest('INFO');
    await party.bed.clock.advance(1000);
    expect((await answer).status).toBe(504);
    expect(() => party.callee.sendResponse(taken[0]!, 200)).toThrow(expect.objectContaining({ code: 'SESSION_ALREADY_ANSWERED' }));
    await down(party);
  });

  it.each([100, 199, 700, 200.5, NaN])('with %d throws SESSION_REPLY_RANGE and leaves the request open', async (status) => {
    const taken: IncomingRequest[] = [];
    const party = await up(later(taken));
    const answer = party.caller.sendRequest('INFO');
    await party.bed.clock.advance(100);
    expect(() => party.callee.sendResponse(taken[0]!, status)).toThrow(expect.objectContaining({ code: 'SESSION_REPLY_RANGE' }));
    party.callee.sendResponse(taken[0]!, 200);
    await party.bed.clock.advance(100);
    expect((await answer).status).toBe(200);
    await down(party);
  });

  it('for a request that nobody left open throws', async () => {
    let request: IncomingRequest | undefined;
    const party = await up({ incomingRequest: (_session, seen) => void (request = seen) });
    void party.caller.sendRequest('INFO');
    await party.bed.clock.advance(100);
    expect(() => party.callee.sendResponse(request!, 200)).toThrow(expect.objectContaining({ code: 'SESSION_ALREADY_ANSWERED' }));
    await down(party);
  });
});

/** Types forbid it; JavaScript does not. */
const spoil = (headers: ReadonlyHeaders, name: string): void => void (headers as Headers).delete(name);

describe('the headers of a message that came', () => {
  it.each(['From', 'To', 'Call-ID', 'CSeq', 'Via', 'X-Unknown'])('cannot be edited by a hook: %s, of a request', async (name) => {
    const party = await up({ incomingRequest: (_session, { method, headers }) => (method === 'INFO' ? spoil(headers, name) : undefined) });
    const asked = party.caller.sendRequest('INFO');
    await party.bed.clock.advance(1000);
    expect((await asked).status).toBe(500);
    expect(party.bob.errors).toMatchObject([{ code: 'SESSION_HOOK_FAILED', cause: { code: 'SIP_MESSAGE_RECEIVED' } }]);
    await down(party);
  });

  it('nor of a response', async () => {
    const party = await up({ incomingResponse: (_session, { headers }) => spoil(headers, 'From') });
    const asked = party.callee.sendRequest('INFO');
    await party.bed.clock.advance(1000);
    expect((await asked).status).toBe(200);
    expect(party.bob.errors).toMatchObject([{ code: 'SESSION_HOOK_FAILED', cause: { code: 'SIP_MESSAGE_RECEIVED' } }]);
    await down(party);
  });
});

describe('a 2xx reply of a supplement to an INVITE', () => {
  it.each([{ initial: true }, { initial: false }])('is refused with 500 (initial: $initial)', async ({ initial }) => {
    const party = await up({
      incomingRequest: (_session, request) => (request.method === 'INVITE' && request.initial === initial ? reply(200) : undefined),
    });
    if (initial) expect((await party.caller.ended).status).toBe(500);
    else {
      const refreshed = party.caller.sendReinvite();
      await party.bed.clock.advance(1000);
      expect(await refreshed).toMatchObject({ kind: 'refused', response: { status: 500 } });
    }
    expect(party.bob.errors).toMatchObject([{ code: 'SESSION_HOOK_FAILED', cause: { code: 'SESSION_REPLY_RANGE' } }]);
    await down(party);
  });

  it('is refused with 500 at admission too', async () => {
    const party = await up({ admitSession: () => reply(200) });
    expect((await party.caller.ended).status).toBe(500);
    expect(party.bob.errors).toMatchObject([{ code: 'SESSION_HOOK_FAILED', cause: { code: 'SESSION_REPLY_RANGE' } }]);
    await down(party);
  });

  it('at the admission of a call of ours rejects, and nothing leaves', async () => {
    const bed = new Testbed();
    const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
    bed.trace();
    alice.service.registerSupplement({ name: 'suspect', admitSession: () => reply(200) });
    const { established } = alice.service.create(bob.uri());
    await expect(established).rejects.toMatchObject({ code: 'SESSION_HOOK_FAILED', cause: { code: 'SESSION_REPLY_RANGE' } });
    await bed.clock.advance(64_000);
    expect(bed.steps.filter((step) => step.includes('INVITE'))).toEqual([]);
    expect(bed.leftOver()).toEqual({});
  });
});

describe('a reply of a supplement to an ACK', () => {
  it('is ignored and reported: the call is up', async () => {
    const party = await up({ incomingRequest: (_session, { method }) => (method === 'ACK' ? reply(403) : undefined) });
    expect([party.caller.state, party.callee.state]).toEqual(['established', 'established']);
    expect(party.bob.errors).toMatchObject([{ code: 'SESSION_HOOK_FAILED', info: { hook: 'incomingRequest', owner: 'plug-in 0' } }]);
    await down(party);
  });
});

describe('after the end', () => {
  it('cookies cannot be put in, verbs reject SESSION_ENDED, and what may be read stays readable', async () => {
    const party = await up();
    const { caller, callee, bed } = party;
    await down(party);
    const key = defineCookie<number>('late');
    for (const session of [caller, callee]) {
      expect(session.state).toBe('ended');
      expect(session.cookies.get(key)).toBeUndefined();
      expect(session.cookies.remove(key)).toBe(false);
      for (const write of [() => session.cookies.add(key, 1), () => session.cookies.set(key, 1)]) {
        expect(write).toThrow(expect.objectContaining({ code: 'SESSION_ENDED' }));
      }
      const verbs = [
        session.progress(),
        session.accept(),
        session.reject(486),
        session.answerOffer({ media: 'same' }),
        session.sendReinvite(),
        session.sendRequest('INFO'),
      ];
      for (const verb of verbs) await expect(verb).rejects.toMatchObject({ code: 'SESSION_ENDED' });
      await expect(session.end()).resolves.toBe(await session.ended);
      expect(session.signal.aborted).toBe(true);
      expect(session.invite.headers.get('Call-ID') ?? session.dialog.callId).toBe(session.dialog.callId);
      expect(session.streams.map(({ kind }) => kind)).toEqual(['audio']);
      let ran = false;
      session.after(10, () => (ran = true));
      session.deferEnd()[Symbol.dispose]();
      await bed.clock.advance(100);
      expect(ran).toBe(false);
    }
    expect(bed.leftOver()).toEqual({});
  });

  it('a rejection that nobody looks at is no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const hear = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', hear);
    const party = await up();
    await down(party);
    void party.caller.sendRequest('INFO');
    void party.caller.sendReinvite();
    void party.callee.established;
    await party.bed.clock.advance(100);
    process.off('unhandledRejection', hear);
    expect(unhandled).toEqual([]);
  });
});

describe('refreshes that wait when the call ends', () => {
  it("are not sent, and resolve 'ended' with the end", async () => {
    const party = await up();
    const { bed, callee, caller } = party;
    const all = [caller.sendReinvite(), caller.sendReinvite({ method: 'UPDATE', media: 'none' }), callee.sendReinvite({ media: 'late' })];
    void caller.end();
    await bed.clock.advance(1000);
    const outcomes = await Promise.all(all);
    expect(outcomes.slice(0, 2)).toEqual([
      { kind: 'ended', end: await caller.ended },
      { kind: 'ended', end: await caller.ended },
    ]);
    expect(['ended', 'refused']).toContain(outcomes[2]?.kind);
    await down(party);
  });
});

describe('what the application hands in', () => {
  it.each([
    {
      name: 'throws',
      task: () => {
        throw new Error('mine');
      },
    },
    { name: 'rejects', task: () => Promise.reject(new Error('mine')) },
  ])('onResponse and after() that $name are reported, and cost nothing', async ({ task }) => {
    const party = await up();
    party.caller.after(10, task as () => void);
    const refreshed = party.caller.sendReinvite({ onResponse: task as () => void });
    await party.bed.clock.advance(1000);
    expect(await refreshed).toMatchObject({ kind: 'agreed' });
    expect(party.alice.errors.map(({ info }) => info)).toEqual(
      expect.arrayContaining([
        { owner: 'application', hook: 'onResponse' },
        { owner: 'application', hook: 'after' },
      ]),
    );
    await down(party);
  });
});

describe('what interrupts a question', () => {
  /** Bob's supplement thinks about a message for 4 s. */
  const slow = (bed: () => Testbed, method: string): Partial<Supplement> => ({
    incomingRequest: (_session, request) =>
      request.method === method ? new Promise((resolve) => void bed().clock.after(4000, () => resolve(undefined))) : undefined,
  });

  it('CANCEL answers the INVITE 487, and the late answer is dropped', async () => {
    const bed = new Testbed();
    const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
    let aborted = false;
    let driven = false;
    bob.service.onIncoming(() => void (driven = true));
    const { incomingRequest } = slow(() => bed, 'INVITE');
    bob.service.registerSupplement({
      name: 'slow',
      incomingRequest: (session, request) => {
        request.signal.addEventListener('abort', () => (aborted = true));
        return incomingRequest!(session, request);
      },
    });
    const session = alice.service.create(bob.uri());
    await bed.clock.advance(1000);
    void session.end();
    await bed.clock.advance(100);
    expect(await session.ended).toMatchObject({ by: 'local', status: 487 });
    expect(aborted).toBe(true);
    await bed.clock.advance(64_000);
    expect(driven).toBe(false);
    expect(bed.leftOver()).toEqual({});
  });

  it('BYE ends a call whose INFO is still thought about, which gets 487', async () => {
    let bed: Testbed | undefined;
    const party = await up(slow(() => bed!, 'INFO'));
    bed = party.bed;
    const info = party.caller.sendRequest('INFO');
    await bed.clock.advance(100);
    bed.trace();
    void party.caller.end();
    await bed.clock.advance(100);
    await expect(info).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(bed.steps.filter((step) => step.startsWith('bob -> alice'))).toEqual(['bob -> alice 200 BYE', 'bob -> alice 487 INFO']);
    await down(party);
  });

  it('a BYE that is challenged interrupts nothing: the question goes on', async () => {
    let bed: Testbed | undefined;
    const party = await up(
      slow(() => bed!, 'INFO'),
      {
        incomingRequest: (_session, { method, headers }) =>
          method === 'BYE' && headers.get('X-Again') === undefined ? reply(407) : undefined,
      },
    );
    bed = party.bed;
    const info = party.caller.sendRequest('INFO');
    await bed.clock.advance(100);
    bed.trace();
    const { dialog } = party.callee;
    expect(dialog.remoteTag).toBeDefined();
    const peer = await bed.peer('mallory');
    peer.script(
      [
        `BYE sip:bob@192.0.2.2 SIP/2.0`,
        `Via: SIP/2.0/UDP ${peer.sentBy};branch=z9hG4bKbye`,
        `From: <sip:a@a>;tag=${dialog.remoteTag!}`,
        `To: <sip:b@b>;tag=${dialog.localTag}`,
        `Call-ID: ${dialog.callId}`,
        'CSeq: 999999 BYE',
        'Max-Forwards: 70',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
      { host: '192.0.2.2', port: 5060 },
    );
    await bed.clock.advance(100);
    expect(peer.received).toMatchObject([{ status: 407 }]);
    expect(party.callee.state).toBe('established');
    await bed.clock.advance(5000);
    expect((await info).status).toBe(200);
  });

  it('the loss of a TCP flow ends a call that is being screened, once (T-28)', async () => {
    const bed = new Testbed();
    const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
    const ends: unknown[] = [];
    bob.service.registerSupplement({ name: 'slow', ...slow(() => bed, 'INVITE'), sessionEnd: (_session, end) => void ends.push(end) });
    bob.service.onIncoming((session) => session.accept());
    const session = alice.service.create(bob.uri('bob', 'tcp'));
    await bed.clock.advance(1000);
    bed.network.cut(alice.host);
    await bed.clock.advance(64_000);
    expect(ends).toHaveLength(1);
    expect((await session.ended).by).toBe('core');
    expect([...alice.errors, ...bob.errors]).toEqual([]);
    await bed.close();
    await bed.clock.runAll();
    expect(bed.leftOver()).toEqual({});
  });
});
