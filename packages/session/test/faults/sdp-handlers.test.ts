/** SDP handlers, cookies and drivers that throw, reject, never settle or return nonsense: as answerer, as offerer, on the first exchange and on later ones. */
import { describe, expect, it } from 'vitest';
import { SipError } from '@jackfield/base';
import { defineCookie, reply, type SdpHandler, type Session } from '@jackfield/session';
import type { TestStream } from '@jackfield/session/testing';
import { FASHIONS, misbehave, NORMAL, normally, only, walk, type Bad, type Walked } from './walk.ts';

type Handler = Partial<SdpHandler<TestStream>>;
type Outcome = Partial<Record<keyof Walked, string | number | undefined>>;
const NOTHING: Outcome = Object.fromEntries(Object.keys(NORMAL).map((key) => [key, undefined]));
const without = (walked: object): object => Object.fromEntries(Object.entries(walked).filter(([, value]) => value !== undefined));

/** `500` where it was no SipError, else `488`: a deadline and nonsense are SipErrors of ours. */
const REFUSALS = [
  { fashion: 'throws', status: 500, cause: '' },
  { fashion: 'rejects', status: 500, cause: '' },
  { fashion: 'never settles', status: 488, cause: ' (SESSION_HOOK_DEADLINE)' },
  { fashion: 'returns nonsense', status: 488, cause: ' (SESSION_HOOK_RESULT)' },
] as const;

/** Bad from the given exchange on, for as many calls as said. */
const from = (
  hook: 'handleIncomingStream' | 'createOutgoingStream' | 'applyNegotiatedStream',
  first: number,
  times: number,
  fail: () => never,
) => {
  let calls = 0;
  return (good: Handler): Handler => ({
    [hook]: (session: Session, ...rest: [never, never]) => {
      calls += 1;
      const method = good[hook] as (session: Session, ...rest: [never, never]) => unknown;
      return calls >= first && calls < first + times ? fail() : method(session, ...rest);
    },
  });
};

interface Row {
  readonly hook: 'handleIncomingStream' | 'createOutgoingStream' | 'applyNegotiatedStream';
  readonly when: string;
  readonly side: 'alice' | 'bob';
  /** Which call of the hook is the bad one, and for how many. */
  readonly first: number;
  readonly times: number;
  readonly outcome: (status: number) => Outcome;
  /** Told by the rejection of a verb alone. */
  readonly untold?: true;
  /** Another walk, and what it comes to when nothing is bad. */
  readonly in?: { readonly walk: Omit<Bad, 'spoil'>; readonly normal: Walked };
}

/** The callee offers what is active once more. */
const CALLEE_OFFERS: Row['in'] = {
  walk: { instead: only('bobReinvite', (bob) => bob.sendReinvite({ media: 'same' })) },
  normal: normally({ bobReinvite: 'agreed 200' }),
};
/** The caller asks the callee to offer: it answers in its ACK. */
const LATE: Row['in'] = { walk: { invite: { media: 'late' }, instead: async () => {} }, normal: normally() };
const LATE_LATER: Row['in'] = {
  walk: { instead: only('reinvite', (alice) => alice.sendReinvite({ media: 'late' })) },
  normal: normally({ reinvite: 'agreed 200' }),
};
/** The callee asks the caller to offer. */
const CALLER_OFFERS_LATE: Row['in'] = {
  walk: { instead: only('bobReinvite', (bob) => bob.sendReinvite({ media: 'late' })) },
  normal: normally({ bobReinvite: 'agreed 200' }),
};

const ROWS: readonly Row[] = [
  {
    hook: 'handleIncomingStream',
    when: 'answering the first offer',
    side: 'bob',
    first: 1,
    times: 1,
    outcome: (status) => ({ ...NOTHING, invite: status, established: 'SESSION_REFUSED', ends: 'remote/none' }),
  },
  {
    hook: 'createOutgoingStream',
    when: 'answering the first offer',
    side: 'bob',
    first: 1,
    times: 1,
    outcome: (status) => ({
      ...NOTHING,
      invite: status,
      established: 'SESSION_REFUSED',
      accept: 'SESSION_HOOK_FAILED',
      ends: 'remote/core',
    }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'answering the first offer',
    side: 'bob',
    first: 1,
    times: 1,
    outcome: (status) => ({
      ...NOTHING,
      invite: status,
      established: 'SESSION_REFUSED',
      accept: 'SESSION_HOOK_FAILED',
      ends: 'remote/core',
    }),
  },
  {
    hook: 'handleIncomingStream',
    when: 'answering a re-INVITE',
    side: 'bob',
    first: 2,
    times: 1,
    outcome: (status) => ({ reinvite: `refused ${status}` }),
  },
  {
    hook: 'createOutgoingStream',
    when: 'answering a re-INVITE',
    side: 'bob',
    first: 2,
    times: 1,
    outcome: (status) => ({ reinvite: `refused ${status}` }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'answering a re-INVITE',
    side: 'bob',
    first: 2,
    times: 1,
    outcome: (status) => ({ reinvite: `refused ${status}` }),
  },
  {
    hook: 'handleIncomingStream',
    when: 'answering an UPDATE',
    side: 'bob',
    first: 3,
    times: 1,
    outcome: (status) => ({ update: `refused ${status}` }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'answering an UPDATE',
    side: 'bob',
    first: 3,
    times: 1,
    outcome: (status) => ({ update: `refused ${status}` }),
  },
  {
    hook: 'createOutgoingStream',
    when: 'making the first offer',
    side: 'alice',
    first: 1,
    times: 1,
    untold: true,
    outcome: () => ({ ...NOTHING, established: 'SESSION_HOOK_FAILED', ends: 'core/none' }),
  },
  {
    hook: 'createOutgoingStream',
    when: 'making a later offer',
    side: 'alice',
    first: 2,
    times: 1,
    untold: true,
    outcome: () => ({ reinvite: 'SESSION_HOOK_FAILED' }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'with the first answer in',
    side: 'alice',
    first: 1,
    times: 1,
    outcome: () => ({ ...NOTHING, invite: 200, established: 'SESSION_HOOK_FAILED', accept: 'yes', ends: 'core/remote' }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'with a later answer in, once: what is active is offered again',
    side: 'alice',
    first: 2,
    times: 1,
    outcome: () => ({ reinvite: 'refused 200' }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'with a later answer in, and again: the call ends',
    side: 'alice',
    first: 2,
    times: 2,
    outcome: () => ({ ...NOTHING, invite: 200, established: 'yes', accept: 'yes', reinvite: 'refused 200', ends: 'core/remote' }),
  },
  ...(['handleIncomingStream', 'createOutgoingStream', 'applyNegotiatedStream'] as const).map((hook): Row => ({
    hook,
    when: "answering the callee's re-INVITE",
    side: 'alice',
    first: hook === 'handleIncomingStream' ? 1 : 2,
    times: 1,
    in: CALLEE_OFFERS,
    outcome: (status) => ({ bobReinvite: `refused ${status}` }),
  })),
  ...(['handleIncomingStream', 'createOutgoingStream', 'applyNegotiatedStream'] as const).map((hook): Row => ({
    hook,
    when: 'answering the offer in a 2xx',
    side: 'alice',
    first: 1,
    times: 1,
    in: LATE,
    outcome: () => ({ established: 'SESSION_HOOK_FAILED', ends: 'core/remote' }),
  })),
  ...(['handleIncomingStream', 'createOutgoingStream', 'applyNegotiatedStream'] as const).map((hook): Row => ({
    hook,
    when: 'answering the offer in the 2xx to a re-INVITE',
    side: 'alice',
    first: hook === 'handleIncomingStream' ? 1 : 2,
    times: 1,
    in: LATE_LATER,
    outcome: () => ({ reinvite: 'refused 200', ends: 'core/remote' }),
  })),
  {
    hook: 'createOutgoingStream',
    when: 'making the offer in a 2xx',
    side: 'bob',
    first: 1,
    times: 1,
    in: LATE,
    outcome: (status) => ({ invite: status, established: 'SESSION_REFUSED', accept: 'SESSION_HOOK_FAILED', ends: 'remote/core' }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'with the answer in the ACK',
    side: 'bob',
    first: 1,
    times: 1,
    in: LATE,
    outcome: () => ({ accept: 'SESSION_HOOK_FAILED', ends: 'remote/core' }),
  },
  {
    hook: 'createOutgoingStream',
    when: 'making the offer in the 2xx to a re-INVITE',
    side: 'bob',
    first: 2,
    times: 1,
    in: LATE_LATER,
    outcome: (status) => ({ reinvite: `refused ${status}` }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'with the answer in the ACK of a re-INVITE, once: what is active is offered again',
    side: 'bob',
    first: 2,
    times: 1,
    in: LATE_LATER,
    outcome: () => ({}),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'with the answer in the ACK of a re-INVITE, and again: the call ends',
    side: 'bob',
    first: 2,
    times: 2,
    in: LATE_LATER,
    outcome: () => ({ ends: 'remote/core' }),
  },
  {
    hook: 'createOutgoingStream',
    when: "making the offer in the 2xx to the callee's re-INVITE",
    side: 'alice',
    first: 2,
    times: 1,
    in: CALLER_OFFERS_LATE,
    outcome: (status) => ({ bobReinvite: `refused ${status}` }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: "with the answer in the ACK of the callee's re-INVITE, once: what is active is offered again",
    side: 'alice',
    first: 2,
    times: 1,
    in: CALLER_OFFERS_LATE,
    outcome: () => ({}),
  },
  {
    hook: 'applyNegotiatedStream',
    when: "with the answer in the ACK of the callee's re-INVITE, and again: the call ends",
    side: 'alice',
    first: 2,
    times: 2,
    in: CALLER_OFFERS_LATE,
    outcome: () => ({ ends: 'core/remote' }),
  },
  {
    hook: 'createOutgoingStream',
    when: 'making an offer as callee',
    side: 'bob',
    first: 2,
    times: 1,
    untold: true,
    in: CALLEE_OFFERS,
    outcome: () => ({ bobReinvite: 'SESSION_HOOK_FAILED' }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'with the answer in as callee, once: what is active is offered again',
    side: 'bob',
    first: 2,
    times: 1,
    in: CALLEE_OFFERS,
    outcome: () => ({ bobReinvite: 'refused 200' }),
  },
  {
    hook: 'applyNegotiatedStream',
    when: 'with the answer in as callee, and again: the call ends',
    side: 'bob',
    first: 2,
    times: 2,
    in: CALLEE_OFFERS,
    outcome: () => ({ bobReinvite: 'refused 200', ends: 'remote/core' }),
  },
];

describe.each(ROWS)('$hook ($when) of $side', ({ hook, side, first, times, outcome, untold, in: other }) => {
  const normal = other?.normal ?? NORMAL;
  it.each(REFUSALS)('that $fashion', async ({ fashion, status, cause }) => {
    const { walked, errors, heard, left } = await walk(side, { ...other?.walk, spoil: from(hook, first, times, () => misbehave(fashion)) });
    expect(walked).toEqual(without({ ...normal, ...outcome(status) }));
    expect(errors[side].includes(`SESSION_HOOK_FAILED bad audio ${hook}${cause}`)).toBe(untold === undefined);
    expect(errors[side === 'alice' ? 'bob' : 'alice']).toEqual([]);
    expect(heard[side].filter((text) => text === 'sessionEnd')).toEqual(['sessionEnd']);
    expect(left).toEqual({});
  });

  it('that throws a SipError refuses with 488 where it answers', async () => {
    const thrown = new SipError('SIP_OPTION', 'mine', { option: 'mine' });
    const { walked } = await walk(side, { ...other?.walk, spoil: from(hook, first, times, () => misbehave('throws', thrown)) });
    expect(walked).toEqual(without({ ...normal, ...outcome(488) }));
  });
});

describe.each([
  { side: 'alice', in: { walk: {}, normal: NORMAL }, refused: 'reinvite' },
  { side: 'bob', in: CALLEE_OFFERS, refused: 'bobReinvite' },
] as const)('rollbackStream and stopStream of $side', ({ side, in: other, refused }) => {
  it.each(FASHIONS)('that %s hold up nothing', async (fashion) => {
    let calls = 0;
    const bad: Bad = {
      ...other?.walk,
      spoil: (good) => ({
        rollbackStream: () => {
          calls += 1;
          return misbehave(fashion);
        },
        stopStream: (session, stream) => {
          good.stopStream!(session, stream);
          return misbehave(fashion);
        },
      }),
      prepare: (services) =>
        void services[side === 'alice' ? 'bob' : 'alice'].registerSupplement({
          name: 'hold',
          incomingRequest: (_session, { method, initial }) => (method === 'INVITE' && !initial ? reply(403) : undefined),
        }),
    };
    const { walked, errors, left } = await walk(side, bad);
    expect(walked).toEqual({ ...other?.normal, [refused]: 'refused 403' });
    expect(calls).toBe(1);
    const cause = fashion === 'throws' ? '' : ' (SESSION_HOOK_RESULT)';
    expect(errors[side]).toContain(`SESSION_HOOK_FAILED bad audio rollbackStream${cause}`);
    expect(errors[side]).toContain(`SESSION_HOOK_FAILED bad audio stopStream${cause}`);
    expect(left).toEqual({});
  });

  it.each(FASHIONS)('that %s hold up nothing where an answer cannot leave', async (fashion) => {
    const bad: Bad = {
      instead: side === 'alice' ? CALLEE_OFFERS?.walk.instead : only('reinvite', (alice) => alice.sendReinvite()),
      spoil: () => ({ rollbackStream: () => misbehave(fashion) }),
      supplement: {
        outgoingResponse: (_session, { status, request }) => {
          if (status === 200 && request.method === 'INVITE' && !request.initial) throw new Error('not that');
        },
      },
    };
    const { walked, errors, left } = await walk(side, bad);
    expect(walked).toEqual(normally({ [side === 'alice' ? 'bobReinvite' : 'reinvite']: 'refused 500' }));
    const cause = fashion === 'throws' ? '' : ' (SESSION_HOOK_RESULT)';
    expect(errors[side]).toContain(`SESSION_HOOK_FAILED bad audio rollbackStream${cause}`);
    expect(left).toEqual({});
  });
});

describe('a second stream that fails (T-50)', () => {
  it('refuses the whole offer, and what the first took is given back', async () => {
    const prepare: Bad['prepare'] = ({ alice, bob }) => {
      for (const service of [alice, bob]) {
        service.registerSdpHandler<{ readonly port: number }>(
          {
            name: 'image',
            handleIncomingStream: () => 'claimed',
            createOutgoingStream: (_session, slot) => {
              if (service === bob) throw new Error('no port');
              return {
                stream: { port: 9 },
                section: { kind: 'image', port: 9, protocol: slot.protocol ?? 'udptl', formats: ['t38'], lines: [] },
              };
            },
            applyNegotiatedStream: () => undefined,
            rollbackStream: () => undefined,
            stopStream: () => undefined,
          },
          'image',
        );
      }
    };
    const { walked, left } = await walk('bob', { prepare });
    expect(walked).toEqual({ invite: 500, established: 'SESSION_REFUSED', accept: 'SESSION_HOOK_FAILED', ends: 'remote/core' });
    expect(left).toEqual({});
  });
});

describe("a cookie's destroy", () => {
  it.each(['throws', 'rejects', 'never settles', 'returns nonsense'] as const)('that %s skips no other', async (fashion) => {
    const destroyed: string[] = [];
    const [first, bad, last] = [
      defineCookie<string>('first', (value) => void destroyed.push(value)),
      defineCookie<string>('broken', () => misbehave(fashion)),
      defineCookie<string>('last', (value) => void destroyed.push(value)),
    ];
    const { walked, errors, left } = await walk('bob', {
      supplement: {
        sessionBegin: ({ cookies }) => {
          cookies.set(first, 'first');
          cookies.set(bad, 'bad');
          cookies.set(last, 'last');
        },
      },
    });
    expect(walked).toEqual(NORMAL);
    expect(destroyed).toEqual(['last', 'first']);
    expect(errors.bob).toEqual(fashion === 'throws' || fashion === 'rejects' ? ['SESSION_HOOK_FAILED broken destroy'] : []);
    expect(left).toEqual({});
  });
});

describe('a driver', () => {
  const FAILED = ['SESSION_HOOK_FAILED driver onIncoming'];
  it.each(['throws', 'rejects'] as const)('that %s before an answer: 500', async (fashion) => {
    const { walked, errors, left } = await walk('bob', { driver: () => misbehave(fashion) });
    expect(walked).toEqual({ invite: 500, established: 'SESSION_REFUSED', ends: 'remote/core' });
    expect(errors.bob).toEqual(FAILED);
    expect(left).toEqual({});
  });

  it('that rejects after an answer: BYE', async () => {
    const driver = async (session: Session): Promise<void> => {
      await session.accept();
      throw new Error('of the driver');
    };
    const { walked, errors, left } = await walk('bob', { driver });
    expect(walked).toEqual({ invite: 200, established: 'yes', ends: 'remote/core' });
    expect(errors.bob).toEqual(FAILED);
    expect(left).toEqual({});
  });

  it('that throws between its 2xx and the ACK: BYE after the ACK', async () => {
    const driver = (session: Session): void => {
      void session.accept();
      throw new Error('of the driver');
    };
    const { walked, messages, left } = await walk('bob', { driver });
    expect(walked).toEqual({ invite: 200, established: 'yes', ends: 'remote/core' });
    expect(messages.indexOf('alice -> bob ACK')).toBeLessThan(messages.indexOf('bob -> alice BYE'));
    expect(left).toEqual({});
  });

  it.each(['never settles', 'returns nonsense'] as const)(
    'that %s has no deadline, and what it gives is of no account',
    async (fashion) => {
      const driver = (session: Session): unknown => {
        void session.accept();
        return misbehave(fashion);
      };
      const { walked, errors } = await walk('bob', { driver });
      expect(walked).toEqual({ ...NORMAL, accept: undefined });
      expect(errors.bob).toEqual([]);
    },
  );
});
