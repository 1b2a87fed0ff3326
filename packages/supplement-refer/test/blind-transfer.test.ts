/** Blind transfer: alice talks to bob and sends him to carol (RFC 3515, RFC 5589 §6.1). */
import { beforeEach, describe, expect, it } from 'vitest';
import { parseUri, type Session } from '@jackfield/session';
import { testAudio, type Party } from '@jackfield/session/testing';
import { refer, type Referral, type ReferSupplementOptions } from '../src/index.ts';
import { Desk, NOTHING } from './desk.ts';

let desk: Desk;
let alice: Party;
let carol: Party;
let call: Session; // of alice, to bob

async function begin(
  bobDoes: ReferSupplementOptions = { follow: true },
  carolDoes: (session: Session) => void | Promise<void> = (session) => session.accept(),
): Promise<void> {
  desk = new Desk();
  alice = await desk.party('alice');
  const bob = await desk.party('bob', bobDoes);
  carol = await desk.party('carol', {}, carolDoes);
  call = await desk.call(alice, bob);
  desk.bed.trace();
}

const progress: number[] = [];
function transfer(target = carol.uri(), options: Parameters<typeof refer>[2] = {}): Referral {
  progress.length = 0;
  return refer(call, target, { onNotify: ({ status }) => progress.push(status), ...options });
}

describe('a transfer that is followed', () => {
  beforeEach(() =>
    begin({ follow: true }, async (session) => {
      await session.progress(180);
      await new Promise<void>((resolve) => void session.after(1000, resolve));
      await session.accept();
    }),
  );

  it('places the call, says how it goes, and leaves both calls to who asked', async () => {
    const mark = desk.bed.steps.length;
    const referral = transfer();
    await desk.pass(2000);
    await expect(referral.accepted).resolves.toBeUndefined();
    await expect(referral.done).resolves.toEqual({ kind: 'done', status: 200, reason: 'OK' });
    expect(progress).toEqual([100, 180, 200]);
    expect(desk.wire(mark)).toEqual([
      'alice -> bob REFER',
      'bob -> alice 202 REFER',
      'bob -> alice NOTIFY',
      'bob -> carol INVITE sdp',
      'alice -> bob 200 NOTIFY',
      'carol -> bob 180 INVITE',
      'bob -> alice NOTIFY',
      'alice -> bob 200 NOTIFY',
      'carol -> bob 200 INVITE sdp',
      'bob -> alice NOTIFY',
      'alice -> bob 200 NOTIFY',
    ]);
    expect([call.state, desk.session('bob').state, desk.session('carol').state]).toEqual(['established', 'established', 'established']);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('is asked for in the name of who asks, and the new call says so', async () => {
    transfer();
    await desk.pass(2000);
    const { headers } = desk.session('carol').invite;
    expect(headers.get('Referred-By')).toBe(`<${alice.uri()}>`);
    expect(headers.get('From')).toMatch(/^<sip:bob@192\.0\.2\.2>;tag=/);
    expect(headers.get('Replaces')).toBeUndefined();
  });

  it('offers the kinds of streams that the call has', async () => {
    desk.bed.parties[1]!.service.registerSdpHandler({ ...testAudio(() => {}, 50_000), name: 'test-text' }, 'text');
    transfer();
    await desk.pass(2000);
    const { invite, streams } = desk.session('carol');
    expect(streams.map(({ kind }) => kind)).toEqual(['audio']);
    expect(
      'uri' in invite &&
        Buffer.from(invite.body!.bytes)
          .toString()
          .match(/^m=\w+/gm),
    ).toEqual(['m=audio']);
  });

  it('goes on when who asked hangs up, and nobody is told of it', async () => {
    const referral = transfer();
    await desk.pass(300);
    void call.end();
    await desk.pass(3000);
    await expect(referral.done).resolves.toEqual({ kind: 'ended' });
    expect(progress).toEqual([100, 180]);
    expect(desk.session('bob').state).toBe('established');
    expect(desk.session('carol').state).toBe('established');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('survives a BYE that crosses the first NOTIFY', async () => {
    const referral = transfer();
    await referralAnswered(referral);
    void call.end();
    await desk.pass(3000);
    await expect(referral.done).resolves.toEqual({ kind: 'ended' });
    expect(desk.session('carol').state).toBe('established');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });
});

/** Not a tick more than it takes. */
async function referralAnswered(referral: Referral): Promise<void> {
  await desk.bed.clock.until(referral.accepted, 1000);
}

describe('a transfer that fails', () => {
  it.each([
    { because: 'the target is busy', does: (session: Session) => session.reject(486), status: 486, reason: 'Busy Here' },
    {
      because: 'the target declines with a phrase',
      does: (session: Session) => session.reject(603, { reason: 'Not today' }),
      status: 603,
      reason: 'Not today',
    },
    {
      because: 'the target needs to know who asks',
      does: (session: Session) => session.reject(429),
      status: 429,
      reason: expect.any(String),
    },
  ])('says that $because, and the call goes on', async ({ does, status, reason }) => {
    await begin({ follow: true }, does);
    const referral = transfer();
    await desk.pass(1000);
    await expect(referral.done).resolves.toEqual({ kind: 'done', status, reason });
    expect([call.state, desk.session('bob', 0).state]).toEqual(['established', 'established']);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('says 408 when the target never answers', async () => {
    await begin();
    const referral = transfer('sip:nobody@192.0.2.200:5060');
    await desk.pass(40_000);
    await expect(referral.done).resolves.toMatchObject({ kind: 'done', status: 408 });
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('says 487 when the transferred side gives its new call up', async () => {
    let placed: Session | undefined;
    await begin({ follow: { onSession: (session) => void (placed = session) } }, (session) => session.progress(180));
    const referral = transfer();
    await desk.pass(500);
    void placed!.end();
    await desk.pass(500);
    await expect(referral.done).resolves.toMatchObject({ kind: 'done', status: 487 });
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('says 488 when the answer of the target is of no use', async () => {
    await begin();
    const zoe = await desk.bed.peer('zoe');
    const referral = transfer(`sip:zoe@${zoe.sentBy}`);
    await desk.pass(100);
    zoe.always('BYE', 200);
    zoe.respond(await zoe.expect('INVITE'), 200, {
      toTag: 'z',
      contact: zoe.contact(),
      body: 'v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\n',
    });
    await desk.pass(500);
    await expect(referral.done).resolves.toMatchObject({ kind: 'done', status: 488 });
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it.each([
    { when: 'nobody decides about transfers', options: {}, target: 'sip:carol@192.0.2.3', status: 603 },
    { when: 'another method is wanted', options: { follow: true }, target: 'sip:carol@192.0.2.3;method=BYE', status: 603 },
    { when: 'the scheme is none that can be called', options: { follow: true }, target: 'http://example.com/', status: 416 },
    {
      when: 'the application says so',
      options: { onRefer: (asked) => void asked.reject(480, 'Later') },
      target: 'sip:carol@192.0.2.3',
      status: 480,
    },
    {
      when: 'the application fails',
      options: {
        onRefer: () => {
          throw new Error('oh');
        },
      },
      target: 'sip:carol@192.0.2.3',
      status: 500,
    },
    { when: 'the application ends without a decision', options: { onRefer: async () => {} }, target: 'sip:carol@192.0.2.3', status: 603 },
    {
      when: 'the application fails later',
      options: { onRefer: () => Promise.reject(new Error('oh')) },
      target: 'sip:carol@192.0.2.3',
      status: 500,
    },
  ] satisfies { when: string; options: ReferSupplementOptions; target: string; status: number }[])(
    'is refused with $status when $when',
    async ({ options, target, status }) => {
      await begin(options);
      const referral = transfer(target);
      await desk.pass(100);
      await expect(referral.accepted).rejects.toMatchObject({ code: 'REFER_REFUSED', info: { status } });
      await expect(referral.done).resolves.toMatchObject({ kind: 'refused', status });
      expect(call.state).toBe('established');
      expect(desk.calls.get('carol')).toEqual([]);
    },
  );

  it('is answered 504 when nobody decides in time, and a late decision does nothing', async () => {
    const late: unknown[] = [];
    await begin({
      deadlineMs: 1000,
      onRefer: async (asked) => {
        await new Promise<void>((resolve) => void asked.session.after(2000, resolve));
        late.push(asked.state, asked.accept(), asked.state);
      },
    });
    const referral = transfer();
    await desk.pass(3000);
    await expect(referral.done).resolves.toMatchObject({ kind: 'refused', status: 504 });
    expect(late).toEqual(['over', false, 'over']);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('reports what the application threw, once', async () => {
    await begin({
      onRefer: async (asked) => {
        asked.accept();
        await Promise.resolve();
        throw new Error('no more');
      },
    });
    const referral = transfer();
    await desk.pass(500);
    await expect(referral.done).resolves.toMatchObject({ kind: 'done', status: 500 });
    expect(desk.bed.parties[1]!.errors.map(({ message }) => message)).toEqual([expect.stringContaining('no more')]);
  });
});

describe('a transfer without news', () => {
  it('gets 200 and no NOTIFY (RFC 4488)', async () => {
    await begin();
    const mark = desk.bed.steps.length;
    const referral = transfer(undefined, { news: false });
    await desk.pass(2000);
    await expect(referral.done).resolves.toEqual({ kind: 'untold' });
    expect(desk.wire(mark)).toEqual([
      'alice -> bob REFER',
      'bob -> alice 200 REFER',
      'bob -> carol INVITE sdp',
      'carol -> bob 200 INVITE sdp',
    ]);
    expect(desk.session('carol').state).toBe('established');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });
});

it('several transfers of one call are told apart', async () => {
  await begin({
    onRefer: async (asked) => {
      asked.accept();
      const turn = Number(asked.target.user?.slice(1));
      await new Promise<void>((resolve) => void asked.session.after(1000 - turn * 100, resolve));
      asked.notify(480 + turn);
    },
  });
  const all = [0, 1, 2, 3, 4].map((turn) => transfer(`sip:n${turn}@192.0.2.3`));
  await desk.pass(2000);
  const outcomes = await Promise.all(all.map(({ done }) => done));
  expect(outcomes.map((outcome) => 'status' in outcome && outcome.status)).toEqual([480, 481, 482, 483, 484]);
  expect(await desk.leftOver()).toEqual(NOTHING);
});

it('no more than maxTransfers are under way in one call; one that is over makes room', async () => {
  await begin({
    maxTransfers: 2,
    onRefer: (asked) => {
      if (asked.target.user === 'never') return void asked.reject();
      asked.accept();
      if (asked.target.user === 'soon') asked.session.after(1000, () => asked.notify(200));
      return undefined;
    },
  });
  const outcome = async (user: string): Promise<unknown> => {
    const { accepted } = transfer(`sip:${user}@192.0.2.3`);
    await desk.pass(200);
    return accepted.then(
      () => 202,
      ({ info }: { info: { status: number } }) => info.status,
    );
  };
  const outcomes: unknown[] = [];
  for (const user of ['never', 'never', 'never', 'soon', 'late', 'more']) outcomes.push(await outcome(user));
  expect(outcomes).toEqual([603, 603, 603, 202, 202, 503]);
  await desk.pass(1000);
  expect([await outcome('more'), await outcome('more')]).toEqual([202, 503]);
  await desk.pass(180_000); // their terms
  expect(await outcome('more')).toBe(202);
  expect(await desk.leftOver()).toEqual(NOTHING);
});

describe('what the application may do', () => {
  it('accepts, tells, and ends; misuse is an error with a code', async () => {
    const errors: unknown[] = [];
    const attempt = (verb: () => unknown): void => {
      try {
        verb();
      } catch (error) {
        errors.push((error as { code: string }).code);
      }
    };
    const seen: unknown[] = [];
    await begin({
      onRefer(asked) {
        attempt(() => asked.notify(180));
        attempt(() => asked.reject(200));
        seen.push(
          asked.target.toString(),
          asked.displayName,
          asked.method,
          asked.by?.uri.toString(),
          asked.replaces,
          asked.wantsNews,
          asked.state,
        );
        asked.accept();
        attempt(() => asked.accept());
        attempt(() => asked.reject());
        attempt(() => asked.notify(99));
        asked.notify(183, 'so\r\nso');
        asked.end();
        asked.notify(200); // over: nothing
        asked.end();
      },
    });
    const referral = transfer(`"Carol C." <${carol.uri()};method=INVITE?X-One=two>`);
    await desk.pass(500);
    await expect(referral.done).resolves.toEqual({ kind: 'terminated' });
    expect(errors).toEqual(['REFER_STATE', 'REFER_STATUS', 'REFER_STATE', 'REFER_STATE', 'REFER_STATUS']);
    expect(seen).toEqual([carol.uri(), 'Carol C.', 'INVITE', alice.uri(), undefined, true, 'asked']);
    expect(progress).toEqual([100, 183]);
    expect(referral.progress).toEqual({ status: 183, reason: 'so so' });
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it.each([
    { what: 'a target that is none', run: () => refer(call, 'not a uri'), code: 'REFER_TARGET' },
    { what: 'a time-out of nothing', run: () => refer(call, carol.uri(), { timeoutMs: 0 }), code: 'REFER_OPTION' },
  ])('refer refuses $what', async ({ run, code }) => {
    await begin();
    expect(run).toThrow(expect.objectContaining({ code }));
  });

  it('stops waiting when it is told to, and answers later news 481', async () => {
    await begin({
      onRefer: (asked) => {
        asked.accept();
        asked.session.after(1000, () => asked.notify(200));
      },
    });
    const giveUp = new AbortController();
    const referral = transfer(undefined, { signal: giveUp.signal });
    await desk.pass(500);
    giveUp.abort();
    const mark = desk.bed.steps.length;
    await desk.pass(1000);
    await expect(referral.done).resolves.toEqual({ kind: 'stopped' });
    expect(desk.wire(mark)).toEqual(['bob -> alice NOTIFY', 'alice -> bob 481 NOTIFY']);
    expect(call.state).toBe('established');
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('writes the Referred-By that it is given, or none', async () => {
    await begin();
    transfer(undefined, { by: { uri: parseUri('sip:boss@example.com')! } });
    await desk.pass(500);
    transfer(undefined, { by: false });
    await desk.pass(500);
    expect(desk.calls.get('carol')!.map(({ invite }) => invite.headers.get('Referred-By'))).toEqual(['<sip:boss@example.com>', undefined]);
  });
});

describe('over a network that loses', () => {
  it('a NOTIFY that is lost comes again, and none overtakes another', async () => {
    await begin({ follow: true }, async (session) => {
      await session.progress(180);
      await session.progress(183);
      await session.accept();
    });
    desk.bed.network.change({ loss: 0.4 });
    const referral = transfer();
    await desk.pass(64_000);
    await expect(referral.done).resolves.toMatchObject({ kind: 'done', status: 200 });
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    desk.bed.network.change({ loss: 0 });
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('a peer that is gone costs the subscription and not the call', async () => {
    await begin({
      onRefer: (asked) => {
        asked.accept();
        asked.session.after(1000, () => asked.notify(200));
      },
    });
    const referral = transfer();
    await desk.pass(500);
    desk.bed.network.partition(alice.host, desk.bed.parties[1]!.host);
    await desk.pass(40_000);
    desk.bed.network.heal();
    expect(desk.session('bob').state).toBe('established');
    await desk.pass(300_000);
    await expect(referral.done).resolves.toEqual({ kind: 'timeout' });
    expect(await desk.leftOver()).toEqual(NOTHING);
  });

  it('news that nobody sends is waited for no longer than its term', async () => {
    await begin({ expiresMs: 10_000, onRefer: (asked) => void asked.accept() });
    const referral = transfer();
    await desk.pass(9000);
    expect(progress).toEqual([100]);
    await desk.pass(2000);
    await expect(referral.done).resolves.toEqual({ kind: 'terminated' });
    expect(await desk.leftOver()).toEqual(NOTHING);
  });
});
