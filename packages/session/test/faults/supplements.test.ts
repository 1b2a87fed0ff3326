/** Supplements that throw, reject, never settle or return nonsense: what the caller gets and what becomes of the call, row by row. */
import { describe, expect, it } from 'vitest';
import { SipError } from '@jackfield/base';
import type { Method, Session, Supplement } from '@jackfield/session';
import { FASHIONS, misbehave, NORMAL, normally, only, walk, type Bad, type Fashion, type Walked } from './walk.ts';

interface Row {
  readonly hook: keyof Supplement;
  readonly when: string;
  readonly side: 'alice' | 'bob';
  readonly bad: (fail: () => never) => Partial<Supplement>;
  readonly outcome: Partial<Record<keyof Walked, string | number | undefined>>;
  readonly late?: Row['outcome'];
  /** The call never was: no session, or the hook's own did not begin. */
  readonly heard?: readonly string[];
  /** The verb's rejection tells it, and nothing else does. */
  readonly untold?: true;
  readonly more?: Omit<Bad, 'supplement'>;
  /** What that comes to when nothing is bad. */
  readonly normal?: Walked;
  /** A message that was sent. */
  readonly said?: string;
}

const fell = (side: 'alice' | 'bob', refused: number, established: string, ends: string): Row['outcome'] => ({
  ...Object.fromEntries(Object.keys(NORMAL).map((key) => [key, undefined])),
  ...(refused > 0 && { invite: refused }),
  established,
  ends,
  ...(side === 'bob' && refused === 500 && { accept: undefined }),
});

/** A hook that is about one message. */
const on =
  (hook: 'incomingRequest' | 'outgoingRequest', method: Method, initial?: boolean) =>
  (fail: () => never): Partial<Supplement> => ({
    [hook]: (_session: Session, message: { readonly method: Method; readonly initial: boolean }) =>
      message.method === method && (initial === undefined || message.initial === initial) ? fail() : undefined,
  });
const onResponse =
  (hook: 'incomingResponse' | 'outgoingResponse', status: number, method: Method, initial?: boolean) =>
  (fail: () => never): Partial<Supplement> => ({
    [hook]: (
      _session: Session,
      message: { readonly status: number; readonly request: { readonly method: Method; readonly initial: boolean } },
    ) => {
      const { request } = message;
      return message.status === status && request.method === method && (initial === undefined || request.initial === initial)
        ? fail()
        : undefined;
    },
  });
const always =
  (hook: keyof Supplement) =>
  (fail: () => never): Partial<Supplement> => ({ [hook]: () => fail() });

const cancelled: Row['more'] = {
  driver: async (session) => session.progress(180),
  instead: async (alice) => void (await alice.end()),
};
const CANCELLED = { ...fell('alice', 487, 'SESSION_ENDED', 'local/remote') };
const redirecting: Row['more'] = {
  driver: (session) => session.reject(302, { headers: { Contact: '<sip:x@192.0.2.2>' } }),
  redirects: 'follow',
};

/** A 183 with media that wants its PRACK, and then the answer. */
const RELIABLY: Pick<Row, 'more' | 'normal'> = {
  more: {
    instead: async () => {},
    driver: async (session) => {
      await session.progress(183, { reliable: true }).catch(() => undefined);
      await session.accept();
    },
  },
  normal: { invite: 200, established: 'yes', ends: 'local/remote' },
};
/** The caller asks the callee to refer itself, which nobody takes up; and the other way round. */
const REFERRING: Pick<Row, 'more' | 'normal'> = {
  more: { instead: only('info', (alice) => alice.sendRequest('REFER', { headers: { 'Refer-To': '<sip:carol@192.0.2.3>' } })) },
  normal: normally({ info: '603' }),
};
const REFERRED: Pick<Row, 'more' | 'normal'> = {
  more: { instead: only('bobInfo', (bob) => bob.sendRequest('REFER', { headers: { 'Refer-To': '<sip:carol@192.0.2.3>' } })) },
  normal: normally({ bobInfo: '603' }),
};

const ROWS: readonly Row[] = [
  {
    hook: 'admitSession',
    when: 'incoming',
    side: 'bob',
    bad: always('admitSession'),
    heard: [],
    outcome: fell('bob', 500, 'SESSION_REFUSED', 'remote/none'),
    late: fell('bob', 503, 'SESSION_REFUSED', 'remote/none'),
  },
  {
    hook: 'admitSession',
    when: 'outgoing',
    side: 'alice',
    bad: always('admitSession'),
    heard: [],
    untold: true,
    outcome: fell('alice', 0, 'SESSION_HOOK_FAILED', 'core/none'),
  },
  { hook: 'sessionBegin', when: 'incoming', side: 'bob', bad: always('sessionBegin'), outcome: {} },
  { hook: 'sessionBegin', when: 'outgoing', side: 'alice', bad: always('sessionBegin'), outcome: {} },
  { hook: 'sessionEnd', when: 'incoming', side: 'bob', bad: always('sessionEnd'), outcome: {} },
  { hook: 'sessionEnd', when: 'outgoing', side: 'alice', bad: always('sessionEnd'), outcome: {} },
  {
    hook: 'incomingRequest',
    when: 'INVITE',
    side: 'bob',
    bad: on('incomingRequest', 'INVITE', true),
    outcome: fell('bob', 500, 'SESSION_REFUSED', 'remote/none'),
  },
  {
    hook: 'incomingRequest',
    when: 're-INVITE',
    side: 'bob',
    bad: on('incomingRequest', 'INVITE', false),
    outcome: { reinvite: 'refused 500' },
  },
  {
    hook: 'incomingRequest',
    when: 're-INVITE to the caller',
    side: 'alice',
    bad: on('incomingRequest', 'INVITE'),
    outcome: { bobReinvite: 'refused 500' },
  },
  { hook: 'incomingRequest', when: 'UPDATE', side: 'bob', bad: on('incomingRequest', 'UPDATE'), outcome: { update: 'refused 500' } },
  { hook: 'incomingRequest', when: 'INFO', side: 'bob', bad: on('incomingRequest', 'INFO'), outcome: { info: '500' } },
  { hook: 'incomingRequest', when: 'INFO to the caller', side: 'alice', bad: on('incomingRequest', 'INFO'), outcome: { bobInfo: '500' } },
  { hook: 'incomingRequest', when: 'ACK', side: 'bob', bad: on('incomingRequest', 'ACK'), outcome: {} },
  { hook: 'incomingRequest', when: 'BYE', side: 'bob', bad: on('incomingRequest', 'BYE'), outcome: {} },
  { hook: 'incomingRequest', when: 'CANCEL', side: 'bob', bad: on('incomingRequest', 'CANCEL'), outcome: CANCELLED, more: cancelled },
  { hook: 'incomingResponse', when: '180', side: 'alice', bad: onResponse('incomingResponse', 180, 'INVITE'), outcome: {} },
  { hook: 'incomingResponse', when: '200 to INVITE', side: 'alice', bad: onResponse('incomingResponse', 200, 'INVITE'), outcome: {} },
  { hook: 'incomingResponse', when: '200 to INFO', side: 'bob', bad: onResponse('incomingResponse', 200, 'INFO'), outcome: {} },
  { hook: 'incomingResponse', when: '200 to BYE', side: 'alice', bad: onResponse('incomingResponse', 200, 'BYE'), outcome: {} },
  {
    hook: 'outgoingRequest',
    when: 'INVITE',
    side: 'alice',
    bad: on('outgoingRequest', 'INVITE', true),
    outcome: fell('alice', 0, 'SESSION_HOOK_FAILED', 'core/none'),
  },
  {
    hook: 'outgoingRequest',
    when: 're-INVITE',
    side: 'alice',
    bad: on('outgoingRequest', 'INVITE', false),
    outcome: { reinvite: 'SESSION_HOOK_FAILED' },
  },
  {
    hook: 'outgoingRequest',
    when: 're-INVITE of the callee',
    side: 'bob',
    bad: on('outgoingRequest', 'INVITE'),
    outcome: { bobReinvite: 'SESSION_HOOK_FAILED' },
  },
  {
    hook: 'outgoingRequest',
    when: 'UPDATE',
    side: 'alice',
    bad: on('outgoingRequest', 'UPDATE'),
    outcome: { update: 'SESSION_HOOK_FAILED' },
  },
  { hook: 'outgoingRequest', when: 'INFO', side: 'alice', bad: on('outgoingRequest', 'INFO'), outcome: { info: 'SESSION_HOOK_FAILED' } },
  { hook: 'outgoingRequest', when: 'ACK, which the core sends', side: 'alice', bad: on('outgoingRequest', 'ACK'), outcome: {} },
  { hook: 'outgoingRequest', when: 'BYE', side: 'alice', bad: on('outgoingRequest', 'BYE'), outcome: {} },
  { hook: 'outgoingRequest', when: 'CANCEL', side: 'alice', bad: on('outgoingRequest', 'CANCEL'), outcome: CANCELLED, more: cancelled },
  { hook: 'outgoingResponse', when: '180', side: 'bob', bad: onResponse('outgoingResponse', 180, 'INVITE'), outcome: {} },
  {
    hook: 'outgoingResponse',
    when: '200 to INVITE',
    side: 'bob',
    bad: onResponse('outgoingResponse', 200, 'INVITE', true),
    outcome: { ...fell('bob', 500, 'SESSION_REFUSED', 'remote/core'), accept: 'SESSION_HOOK_FAILED' },
  },
  {
    hook: 'outgoingResponse',
    when: '200 to a re-INVITE',
    side: 'bob',
    bad: onResponse('outgoingResponse', 200, 'INVITE', false),
    outcome: { reinvite: 'refused 500' },
  },
  { hook: 'outgoingResponse', when: '200 to UPDATE', side: 'bob', bad: onResponse('outgoingResponse', 200, 'UPDATE'), outcome: {} },
  { hook: 'outgoingResponse', when: '200 to BYE', side: 'bob', bad: onResponse('outgoingResponse', 200, 'BYE'), outcome: {} },
  {
    hook: 'outgoingResponse',
    when: '487',
    side: 'bob',
    bad: onResponse('outgoingResponse', 487, 'INVITE'),
    outcome: CANCELLED,
    more: cancelled,
  },
  {
    hook: 'redirected',
    when: '302',
    side: 'alice',
    bad: always('redirected'),
    outcome: fell('alice', 302, 'SESSION_REFUSED', 'remote/local'),
    more: redirecting,
  },
  {
    hook: 'outgoingResponse',
    when: "200 to the callee's re-INVITE",
    side: 'alice',
    bad: onResponse('outgoingResponse', 200, 'INVITE'),
    outcome: { bobReinvite: 'refused 500' },
  },
  {
    hook: 'outgoingResponse',
    when: "200 to the callee's INFO",
    side: 'alice',
    bad: onResponse('outgoingResponse', 200, 'INFO'),
    outcome: {},
  },
  {
    hook: 'outgoingResponse',
    when: "200 to the callee's BYE",
    side: 'alice',
    bad: onResponse('outgoingResponse', 200, 'BYE'),
    more: { instead: async (_alice, bob) => void (await bob.end()) },
    normal: normally(),
    outcome: { ends: 'remote/local' },
  },
  {
    hook: 'outgoingRequest',
    when: 'PRACK, which the core sends',
    side: 'alice',
    bad: on('outgoingRequest', 'PRACK'),
    ...RELIABLY,
    outcome: {},
  },
  {
    hook: 'incomingResponse',
    when: '200 to PRACK',
    side: 'alice',
    bad: onResponse('incomingResponse', 200, 'PRACK'),
    ...RELIABLY,
    outcome: {},
  },
  {
    hook: 'incomingResponse',
    when: 'reliable 183',
    side: 'alice',
    bad: onResponse('incomingResponse', 183, 'INVITE'),
    ...RELIABLY,
    outcome: {},
  },
  {
    hook: 'outgoingResponse',
    when: 'reliable 183',
    side: 'bob',
    bad: onResponse('outgoingResponse', 183, 'INVITE'),
    ...RELIABLY,
    outcome: {},
  },
  {
    hook: 'incomingRequest',
    when: 'PRACK',
    side: 'bob',
    bad: on('incomingRequest', 'PRACK'),
    ...RELIABLY,
    said: 'bob -> alice 500 PRACK',
    outcome: {},
  },
  {
    hook: 'outgoingResponse',
    when: '200 to PRACK',
    side: 'bob',
    bad: onResponse('outgoingResponse', 200, 'PRACK'),
    ...RELIABLY,
    outcome: {},
  },
  { hook: 'incomingRequest', when: 'REFER', side: 'bob', bad: on('incomingRequest', 'REFER'), ...REFERRING, outcome: { info: '500' } },
  {
    hook: 'incomingRequest',
    when: 'REFER to the caller',
    side: 'alice',
    bad: on('incomingRequest', 'REFER'),
    ...REFERRED,
    outcome: { bobInfo: '500' },
  },
  {
    hook: 'outgoingRequest',
    when: 'REFER',
    side: 'alice',
    bad: on('outgoingRequest', 'REFER'),
    ...REFERRING,
    outcome: { info: 'SESSION_HOOK_FAILED' },
  },
  {
    hook: 'outgoingRequest',
    when: 'REFER of the callee',
    side: 'bob',
    bad: on('outgoingRequest', 'REFER'),
    ...REFERRED,
    outcome: { bobInfo: 'SESSION_HOOK_FAILED' },
  },
  {
    hook: 'outgoingResponse',
    when: '603 to REFER',
    side: 'bob',
    bad: onResponse('outgoingResponse', 603, 'REFER'),
    ...REFERRING,
    outcome: {},
  },
  {
    hook: 'incomingResponse',
    when: '603 to REFER',
    side: 'alice',
    bad: onResponse('incomingResponse', 603, 'REFER'),
    ...REFERRING,
    outcome: {},
  },
  { hook: 'mediaChanged', when: 'answering', side: 'bob', bad: always('mediaChanged'), outcome: {} },
  { hook: 'mediaChanged', when: 'offering', side: 'alice', bad: always('mediaChanged'), outcome: {} },
];

const QUESTIONS: ReadonlySet<keyof Supplement> = new Set(['admitSession', 'incomingRequest', 'redirected']);

/** What the cause of the reported error is. A promise is nonsense where no promise may be. */
function causeOf(hook: keyof Supplement, fashion: Fashion): string {
  if (fashion === 'throws') return '';
  if (fashion === 'returns nonsense' || !QUESTIONS.has(hook)) return ' (SESSION_HOOK_RESULT)';
  return fashion === 'never settles' ? ' (SESSION_HOOK_DEADLINE)' : '';
}

const without = (walked: object): object => Object.fromEntries(Object.entries(walked).filter(([, value]) => value !== undefined));

describe.each(ROWS)('$hook ($when) of $side', ({ hook, side, bad, outcome, late, heard, untold, more, normal = NORMAL, said }) => {
  it.each(FASHIONS)('that %s', async (fashion) => {
    const { walked, errors, heard: witnessed, left, messages } = await walk(side, { ...more, supplement: bad(() => misbehave(fashion)) });
    expect(walked).toEqual(without({ ...normal, ...(fashion === 'never settles' && QUESTIONS.has(hook) ? (late ?? outcome) : outcome) }));
    expect(errors[side].includes(`SESSION_HOOK_FAILED bad ${hook}${causeOf(hook, fashion)}`)).toBe(untold === undefined);
    if (said !== undefined) expect(messages).toContain(said);
    const ofOthers = [...errors.alice, ...errors.bob].filter((text) => !text.includes(` bad ${hook}`));
    expect(ofOthers).toEqual([]);
    const begun = witnessed[side].filter((text) => text === 'sessionBegin' || text === 'sessionEnd');
    expect(begun).toEqual(heard ?? ['sessionBegin', 'sessionEnd']);
    expect(left).toEqual({});
  });
});

describe('a supplement whose sessionBegin failed', () => {
  it('takes no further part in that session', async () => {
    const called: string[] = [];
    const spy = (name: string) => () => void called.push(name);
    const supplement: Partial<Supplement> = {
      sessionBegin: () => {
        throw new Error('not I');
      },
      sessionEnd: spy('sessionEnd'),
      incomingRequest: spy('incomingRequest'),
      incomingResponse: spy('incomingResponse'),
      outgoingRequest: spy('outgoingRequest'),
      outgoingResponse: spy('outgoingResponse'),
      mediaChanged: spy('mediaChanged'),
    };
    expect((await walk('bob', { supplement })).walked).toEqual(NORMAL);
    expect((await walk('alice', { supplement })).walked).toEqual(NORMAL);
    expect(called).toEqual([]);
  });
});

describe('what a hook throws', () => {
  it('is the cause of what is reported', async () => {
    const thrown = new SipError('SIP_OPTION', 'mine', { option: 'mine' });
    const { errors } = await walk('bob', { supplement: on('incomingRequest', 'INFO')(() => misbehave('throws', thrown)) });
    expect(errors.bob).toEqual(['SESSION_HOOK_FAILED bad incomingRequest (SIP_OPTION)']);
  });
});
