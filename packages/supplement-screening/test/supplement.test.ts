import { getIdentity, identityCookie } from '@jackfield/identity';
import { isReply, type Reply } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { intentFrom, outgoingIntent } from './fakes.ts';
import { screeningSupplement, type ScreeningOptions } from '../src/supplement.ts';

type Intent = ReturnType<typeof intentFrom>;

/** Undefined: may come in. */
async function refusal(options: ScreeningOptions, intent: Intent): Promise<Reply | undefined> {
  const decision: unknown = await screeningSupplement(options).admitSession!(intent);
  return isReply(decision) ? decision : undefined;
}

async function statusFor(options: ScreeningOptions, intent: Intent): Promise<number | undefined> {
  return (await refusal(options, intent))?.status;
}

const BOB = '"Bob" <sip:bob@example.net>';
const NUMBER = '<sip:+12015550123@example.net>';
const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

describe('who is blocked', () => {
  it.each([
    { caller: NUMBER, block: ['+12015550123'], refused: true, because: 'it is the number' },
    { caller: NUMBER, block: ['12015550123'], refused: true, because: 'a plus is no difference' },
    { caller: '<sip:1-201-555.0123@example.net>', block: ['+1 (201) 555-0123'], refused: true, because: 'separators are none either' },
    { caller: '<tel:5550123;phone-context=+1201>', block: ['5550123'], refused: true, because: 'a tel URI has a number' },
    { caller: NUMBER, block: ['2015550123'], refused: false, because: 'a part of a number is another number' },
    { caller: NUMBER, block: ['bob', '+12015550199'], refused: false, because: 'others are meant' },
    { caller: BOB, block: ['bob'], refused: true, because: 'it is the user' },
    { caller: BOB, block: ['Bob'], refused: false, because: 'users are compared as they are written (RFC 3261 §19.1.4)' },
    { caller: '<sip:b%6Fb@example.net>', block: ['bob'], refused: true, because: 'escapes are undone' },
    { caller: NUMBER, block: [/^\+1201/], refused: true, because: 'a pattern fits the number' },
    { caller: '<sip:+1-201-555@example.net>', block: [/^\+1201555$/], refused: true, because: 'a pattern fits the digits' },
    { caller: BOB, block: [/@example\.net$/], refused: true, because: 'a pattern fits the URI' },
    { caller: '<sip:example.net>', block: [/example/], refused: true, because: 'a URI need not have a user' },
    { caller: BOB, block: [/^alice/], refused: false, because: 'the pattern fits nothing' },
    { caller: BOB, block: [], refused: false, because: 'nobody is blocked' },
    { caller: BOB, block: undefined, refused: false, because: 'nothing was asked for' },
  ])('$caller is refused ($refused): $because', async ({ caller, block, refused }) => {
    expect(await statusFor({ block }, intentFrom(caller))).toBe(refused ? 603 : undefined);
  });

  it('a pattern with g or y fits again and again', async () => {
    const supplement = screeningSupplement({ block: [/bob/g, /sip/y] });
    for (let call = 0; call < 3; call += 1) expect(isReply(supplement.admitSession!(intentFrom(BOB)))).toBe(true);
  });

  it('a call of ours is not screened', async () => {
    expect(await statusFor({ block: [/./], allow: [], anonymous: 'refuse' }, outgoingIntent())).toBeUndefined();
  });
});

describe('who is allowed', () => {
  it.each([
    { options: { allow: ['bob'] }, bob: undefined, other: 603, because: 'without block, all others are refused' },
    { options: { allow: ['bob'], block: [/example\.net/] }, bob: undefined, other: 603, because: 'it goes before block' },
    { options: { allow: ['bob'], block: ['4711'] }, bob: undefined, other: undefined, because: 'with block, others are asked about there' },
    { options: { allow: [] }, bob: 603, other: 603, because: 'nobody is' },
  ])('bob $bob, another $other: $because', async ({ options, bob, other }) => {
    expect(await statusFor(options, intentFrom(BOB))).toBe(bob);
    expect(await statusFor(options, intentFrom(NUMBER))).toBe(other);
  });
});

describe('anonymous callers', () => {
  it.each([
    { caller: ANONYMOUS, headers: {}, options: {}, status: undefined },
    { caller: ANONYMOUS, headers: {}, options: { anonymous: 'refuse' }, status: 433 },
    { caller: BOB, headers: { Privacy: 'id' }, options: { anonymous: 'refuse' }, status: 433 },
    { caller: BOB, headers: { Privacy: 'id' }, options: { anonymous: 'refuse', allow: ['bob'] }, status: undefined },
    { caller: ANONYMOUS, headers: {}, options: { anonymous: 'refuse', status: 486, block: ['anonymous'] }, status: 433 },
    { caller: BOB, headers: {}, options: { anonymous: 'refuse' }, status: undefined },
    { caller: ANONYMOUS, headers: {}, options: { anonymous: 'admit', block: ['anonymous'] }, status: 603 },
  ] as const)('$caller $headers under $options gets $status (RFC 5079 §5)', async ({ caller, headers, options, status }) => {
    expect(await statusFor(options, intentFrom(caller, { headers }))).toBe(status);
  });
});

describe('a function that decides', () => {
  it('gets identity and intent, and may take its time', async () => {
    const asked: unknown[] = [];
    const intent = intentFrom(NUMBER);
    const options: ScreeningOptions = {
      block: async (identity, about) => {
        asked.push(identity?.digits, about);
        await Promise.resolve();
        return identity?.digits === '+12015550123';
      },
    };
    expect(await statusFor(options, intent)).toBe(603);
    expect(asked).toEqual(['+12015550123', intent]);
    expect(await statusFor(options, intentFrom(BOB))).toBeUndefined();
  });

  it('is asked about allowing first, and about blocking only where that says no', async () => {
    const asked: string[] = [];
    const options: ScreeningOptions = {
      allow: (identity) => asked.push('allow') > 0 && Promise.resolve(identity?.number === 'bob'),
      block: () => asked.push('block') > 0,
    };
    expect(await statusFor(options, intentFrom(BOB))).toBeUndefined();
    expect(await statusFor(options, intentFrom(NUMBER))).toBe(603);
    expect(asked).toEqual(['allow', 'allow', 'block']);
  });

  it('that fails lets its failure out, and so nobody in', async () => {
    const thrown = screeningSupplement({
      block: () => {
        throw new Error('no list');
      },
    });
    expect(() => thrown.admitSession!(intentFrom(BOB))).toThrow('no list');
    await expect(refusal({ allow: () => Promise.reject(new Error('no list')) }, intentFrom(BOB))).rejects.toThrow('no list');
  });

  it('that answers at once, and a list, cost no turn of the loop', () => {
    expect(isReply(screeningSupplement({ block: ['bob'] }).admitSession!(intentFrom(BOB)))).toBe(true);
    expect(screeningSupplement({ allow: () => true }).admitSession!(intentFrom(BOB))).toBeUndefined();
  });
});

describe('whose word counts', () => {
  const headers = { 'P-Asserted-Identity': '<sip:4711@example.net>' };
  const block = ['4711'];

  it('what is asserted counts from a trusted endpoint, or as the option says', async () => {
    expect(await statusFor({ block }, intentFrom(BOB, { headers, trusted: true }))).toBe(603);
    expect(await statusFor({ block }, intentFrom(BOB, { headers, trusted: false }))).toBeUndefined();
    expect(await statusFor({ block, trusted: () => true }, intentFrom(BOB, { headers, trusted: false }))).toBe(603);
    expect(await statusFor({ block, trusted: () => false }, intentFrom(BOB, { headers, trusted: true }))).toBeUndefined();
  });

  it('what registerIdentity found counts, unless the option is given', async () => {
    const intent = intentFrom(BOB, { headers });
    intent.cookies.set(identityCookie, getIdentity(intent.request!, { trusted: true })!);
    expect(await statusFor({ block }, intent)).toBe(603);
    expect(await statusFor({ block, trusted: () => false }, intent)).toBeUndefined();
  });
});

describe('the refusal', () => {
  it('is as the options say', async () => {
    const reply = await refusal({ block: ['bob'], status: 480, reason: 'Later', retryAfter: 120 }, intentFrom(BOB));
    expect(reply).toMatchObject({ status: 480, reason: 'Later', headers: { 'Retry-After': '120' } });
    expect((await refusal({ block: ['bob'] }, intentFrom(BOB)))?.headers).toBeUndefined();
  });

  it.each([
    { options: { status: 200 }, code: 'SCREENING_OPTION', info: { option: 'status' } },
    { options: { status: 299 }, code: 'SCREENING_OPTION', info: { option: 'status' } },
    { options: { status: 700 }, code: 'SCREENING_OPTION', info: { option: 'status' } },
    { options: { retryAfter: -1 }, code: 'SCREENING_OPTION', info: { option: 'retryAfter' } },
    { options: { retryAfter: 1.5 }, code: 'SCREENING_OPTION', info: { option: 'retryAfter' } },
    { options: { reason: 'a\r\nb' }, code: 'SIP_HEADER_SYNTAX', info: { header: 'reason phrase' } },
  ])('$options makes none: $code', ({ options, code, info }) => {
    expect(() => screeningSupplement(options)).toThrow(expect.objectContaining({ code, info }));
  });
});
