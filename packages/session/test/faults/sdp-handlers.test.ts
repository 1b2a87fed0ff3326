/** SDP handlers, cookies and drivers that throw, reject, never settle or return nonsense: as answerer, as offerer, on the first exchange and on later ones. */
import { describe, expect, it } from 'vitest';
import { SipError } from '@jackfield/base';
import { defineCookie, reply, type SdpHandler, type Session } from '@jackfield/session';
import type { TestStream } from '@jackfield/session/testing';
import { FASHIONS, misbehave, NORMAL, walk, type Bad, type Walked } from './walk.ts';

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
}

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
];

describe.each(ROWS)('$hook ($when) of $side', ({ hook, side, first, times, outcome, untold }) => {
  it.each(REFUSALS)('that $fashion', async ({ fashion, status, cause }) => {
    const { walked, errors, heard, left } = await walk(side, { spoil: from(hook, first, times, () => misbehave(fashion)) });
    expect(walked).toEqual(without({ ...NORMAL, ...outcome(status) }));
    expect(errors[side].includes(`SESSION_HOOK_FAILED bad audio ${hook}${cause}`)).toBe(untold === undefined);
    expect(errors[side === 'alice' ? 'bob' : 'alice']).toEqual([]);
    expect(heard[side].filter((text) => text === 'sessionEnd')).toEqual(['sessionEnd']);
    expect(left).toEqual({});
  });

  it('that throws a SipError refuses with 488 where it answers', async () => {
    const thrown = new SipError('SIP_OPTION', 'mine', { option: 'mine' });
    const { walked } = await walk(side, { spoil: from(hook, first, times, () => misbehave('throws', thrown)) });
    expect(walked).toEqual(without({ ...NORMAL, ...outcome(488) }));
  });
});

describe('rollbackStream and stopStream', () => {
  it.each(FASHIONS)('that %s hold up nothing', async (fashion) => {
    let calls = 0;
    const bad: Bad = {
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
      prepare: ({ bob }) =>
        void bob.registerSupplement({
          name: 'hold',
          incomingRequest: (_session, { method, initial }) => (method === 'INVITE' && !initial ? reply(403) : undefined),
        }),
    };
    const { walked, errors, left } = await walk('alice', bad);
    expect(walked).toEqual({ ...NORMAL, reinvite: 'refused 403' });
    expect(calls).toBe(1);
    const cause = fashion === 'throws' ? '' : ' (SESSION_HOOK_RESULT)';
    expect(errors.alice).toContain(`SESSION_HOOK_FAILED bad audio rollbackStream${cause}`);
    expect(errors.alice).toContain(`SESSION_HOOK_FAILED bad audio stopStream${cause}`);
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
