import { nullPorts, tonePower } from '@jackfield/rtp';
import { PCMA } from '@jackfield/sdp-audio';
import type { Session } from '@jackfield/session';
import { settle } from '@jackfield/session/testing';
import { describe, expect, it } from 'vitest';
import type { Call, CallDigit } from '../src/call.ts';
import { RINGBACK, attachCall, createCalls } from '../src/index.ts';
import { Exchange, NOTHING, type Telephone } from './exchange.ts';

/** A call that alice places and bob's driver answers, both ends in hand. */
async function connected(): Promise<{ exchange: Exchange; alice: Telephone; bob: Telephone; caller: Call; callee: Call }> {
  const exchange = new Exchange();
  const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
  let callee: Call | undefined;
  bob.calls.onCall(async (call) => {
    callee = call;
    await call.answer();
  });
  const calling = alice.calls.call(bob.party.uri(), { from: '"Alice" <sip:alice@example.com>' });
  await exchange.pass(200);
  return { exchange, alice, bob, caller: await calling, callee: callee! };
}

describe('an incoming call', () => {
  it('is rung, answered, played to and hung up in a line each, and leaves nothing', async () => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
    const told: unknown[] = [];
    bob.calls.onCall(async (call) => {
      told.push(call.direction, call.from?.name, call.from?.number, call.to);
      await call.ring();
      await call.answer();
      told.push(await call.play(new Int16Array(800)));
      told.push((await call.hangup()).by);
    });
    const statuses: number[] = [];
    const calling = alice.calls.call(bob.party.uri('b%6Fb'), {
      from: '"Alice" <sip:+4930123@example.com>',
      onResponse: ({ status }) => void statuses.push(status),
    });
    await exchange.pass(1000);
    const call = await calling;
    await expect(call.ended).resolves.toMatchObject({ by: 'remote' });
    expect(statuses).toEqual([180, 200]);
    expect(told).toEqual(['incoming', 'Alice', '+4930123', 'bob', 'finished', 'local']);
    expect([call.direction, call.from, call.to]).toEqual(['outgoing', undefined, 'bob']);
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });

  it('pauses on the clock of the stack, and no longer than it lasts', async () => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
    const told: string[] = [];
    bob.calls.onCall(async (call) => {
      await call.ring();
      await call.pause(1000);
      told.push('paused');
      await call.pause(60_000);
      told.push('never');
    });
    const calling = alice.calls.call(bob.party.uri());
    calling.catch(() => {});
    await exchange.pass(990);
    expect(told).toEqual([]);
    await exchange.pass(100);
    expect(told).toEqual(['paused']);
    for (const session of alice.calls.sessions.sessions) void session.end();
    await exchange.pass(64_000);
    expect(told).toEqual(['paused']);
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });

  it('is rejected', async () => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
    bob.calls.onCall((call) => call.reject());
    const refused = expect(alice.calls.call(bob.party.uri())).rejects.toMatchObject({ code: 'SESSION_REFUSED', info: { status: 603 } });
    await exchange.pass(200);
    await refused;
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });

  it.each([
    { when: 'before it is answered', answers: false },
    { when: 'after it is answered', answers: true },
  ])('whose driver throws $when is refused or hung up', async ({ answers }) => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
    bob.calls.onCall(async (call) => {
      if (answers) await call.answer();
      throw new Error('out of ideas');
    });
    const outcome = alice.calls.call(bob.party.uri()).then(
      (call) => call.ended,
      (error: unknown) => error,
    );
    await exchange.pass(500);
    expect(await outcome).toMatchObject(answers ? { by: 'remote' } : { code: 'SESSION_REFUSED', info: { status: 500 } });
    expect(bob.party.errors).toMatchObject([{ code: 'SESSION_HOOK_FAILED', cause: { message: 'out of ideas' } }]);
  });

  it('that the caller gives up ends the driver, which is no error', async () => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
    const went: string[] = [];
    bob.calls.onCall(async (call) => {
      await call.ring();
      await call.ended;
      went.push('ended');
      await call.answer();
      went.push('answered');
    });
    const control = new AbortController();
    const given = expect(alice.calls.call(bob.party.uri(), { signal: control.signal })).rejects.toThrow();
    await exchange.pass(200);
    control.abort();
    await exchange.pass(200);
    await given;
    expect(went).toEqual(['ended']);
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });

  it('may hear something before it is answered', async () => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
    bob.calls.onCall(async (call) => {
      await call.early();
      await call.play(new Int16Array(1600).fill(1000));
      await call.answer();
    });
    let early = 0;
    const calling = alice.calls.call(bob.party.uri(), {
      onResponse: ({ status }) => void (early = status === 200 ? early : status),
    });
    await exchange.pass(500);
    const call = await calling;
    expect(early).toBe(183);
    expect(call.audio?.statistics?.received?.packets).toBe(10);
    await hangUp(exchange, call);
  });
});

describe('a call of ours', () => {
  it('refuses what is no address', async () => {
    const { calls } = await new Exchange().telephone('alice');
    await expect(calls.call('sip:bob@192.0.2.9', { from: '<<' })).rejects.toMatchObject({ code: 'CALL_ADDRESS', info: { text: '<<' } });
    await expect(calls.call('not a uri')).rejects.toMatchObject({ code: 'SIP_URI_SYNTAX' });
  });

  it('is the channel of its session, whoever asks', async () => {
    const { exchange, alice, caller } = await connected();
    expect(caller.session.channel).toBe(caller);
    expect(attachCall(caller.session)).toBe(caller);
    expect([...alice.calls.sessions.sessions]).toEqual([caller.session]);
    await hangUp(exchange, caller);
  });
});

describe('sound', () => {
  it('is echoed, keys too', async () => {
    const { exchange, caller, callee } = await connected();
    callee.echo();
    const heard: number[] = [];
    caller.audio!.onFrame((samples) => void heard.push(samples[0]!));
    const digits: string[] = [];
    caller.onDigit(({ digit }) => void digits.push(digit));
    void caller.play(new Int16Array(480).fill(1000));
    void caller.sendDigits('7');
    await exchange.pass(1000);
    expect(heard.length).toBeGreaterThan(0);
    expect(digits).toEqual(['7']);
    callee.echo(false);
    await hangUp(exchange, caller);
  });

  it('may be a tone, which goes on until it is stopped', async () => {
    const { exchange, caller, callee } = await connected();
    const heard: Int16Array[] = [];
    caller.audio!.onFrame((samples) => void heard.push(samples));
    const control = new AbortController();
    const playing = callee.play(RINGBACK, { signal: control.signal });
    await exchange.pass(500);
    control.abort();
    await expect(playing).resolves.toBe('stopped');
    expect(tonePower(heard[10]!, 425)).toBeGreaterThan(0.9);
    await hangUp(exchange, caller);
  });

  it('is stopped by the end of the call, and none is played after it', async () => {
    const { exchange, caller, callee } = await connected();
    const playing = callee.play(RINGBACK);
    await hangUp(exchange, caller);
    await expect(playing).resolves.toBe('stopped');
    await expect(callee.play(RINGBACK)).resolves.toBe('stopped');
  });

  it('is refused where there is none', async () => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
    let failure: unknown;
    bob.calls.onCall(async (call) => {
      await call.play(RINGBACK).catch((error: unknown) => (failure = error));
      expect(() => call.echo()).toThrow(expect.objectContaining({ code: 'CALL_NO_AUDIO', info: { verb: 'echo' } }) as Error);
      await call.reject(486);
    });
    const refused = expect(alice.calls.call(bob.party.uri())).rejects.toMatchObject({ info: { status: 486 } });
    await exchange.pass(200);
    await refused;
    expect(failure).toMatchObject({ code: 'CALL_NO_AUDIO', info: { verb: 'play' } });
  });
});

describe('hold', () => {
  it('keeps the peer from sending, and gives it back', async () => {
    const { exchange, caller, callee } = await connected();
    const holding = caller.hold();
    await exchange.pass(200);
    expect((await holding).kind).toBe('agreed');
    expect([caller.audio!.direction, callee.audio!.direction, callee.audio!.held]).toEqual(['sendonly', 'recvonly', true]);
    const resuming = caller.resume();
    await exchange.pass(200);
    expect((await resuming).kind).toBe('agreed');
    expect([caller.audio!.direction, callee.audio!.direction, callee.audio!.held]).toEqual(['sendrecv', 'sendrecv', false]);
    await hangUp(exchange, caller);
  });

  it('of the other side is told as it begins and ends, once each', async () => {
    const { exchange, caller, callee } = await connected();
    const [heard, own]: [boolean[], boolean[]] = [[], []];
    const listening = callee.onHold((held) => void heard.push(held));
    caller.onHold((held) => void own.push(held));
    for (const verb of ['hold', 'hold', 'resume', 'hold'] as const) {
      void caller[verb]();
      await exchange.pass(200);
      expect(callee.held).toBe(verb === 'hold');
    }
    expect([heard, own, caller.held]).toEqual([[true, false, true], [], false]);
    listening[Symbol.dispose]();
    void caller.resume();
    await exchange.pass(200);
    expect(heard).toHaveLength(3);
    await hangUp(exchange, caller);
  });

  it('is told of a call that begins with it, and not to who asks when it is there', async () => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
    const heard: string[] = [];
    bob.calls.onCall(async (call) => {
      call.onHold((held) => void heard.push(`early ${held}`));
      await call.answer();
      call.onHold((held) => void heard.push(`late ${held}`));
    });
    const calling = alice.calls.call(bob.party.uri(), { media: [{ kind: 'audio', direction: 'sendonly' }] });
    await exchange.pass(200);
    const call = await calling;
    expect(heard).toEqual(['early true']);
    void call.resume();
    await exchange.pass(200);
    expect(heard).toEqual(['early true', 'early false', 'late false']);
    await hangUp(exchange, call);
  });

  it('is over when the call ends first', async () => {
    const { exchange, caller, callee } = await connected();
    const hanging = callee.hangup();
    const holding = caller.hold();
    await exchange.pass(500);
    await hanging;
    expect(await holding).toMatchObject({ kind: 'ended', end: { by: 'remote' } });
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });
});

describe('keys', () => {
  it('come by telephone-event and by INFO alike', async () => {
    const { exchange, caller, callee } = await connected();
    const heard: CallDigit[] = [];
    const listening = callee.onDigit((digit) => void heard.push(digit));
    const pressed = caller.sendDigits('5', 60);
    await exchange.pass(500);
    await pressed;
    const info = caller.session.sendRequest('INFO', {
      body: { type: 'application/dtmf-relay', bytes: Buffer.from('Signal=#\r\nDuration=250\r\n') },
    });
    await exchange.pass(200);
    expect((await info).status).toBe(200);
    expect(heard).toEqual([
      { digit: '5', durationMs: 60 },
      { digit: '#', durationMs: 250 },
    ]);
    listening[Symbol.dispose]();
    void caller.sendDigits('6');
    await exchange.pass(500);
    expect(heard).toHaveLength(2);
    await hangUp(exchange, caller);
  });

  it('can be read in a loop, which typed-ahead keys wait for, and which ends with the call', async () => {
    const { exchange, caller, callee } = await connected();
    const keys = callee.digits();
    void caller.sendDigits('12#', 40);
    await exchange.pass(1000);
    const read: string[] = [];
    const loop = (async () => {
      for await (const digit of keys) read.push(digit);
    })();
    await settle();
    expect(read).toEqual(['1', '2', '#']);
    await hangUp(exchange, caller);
    await loop;
    expect(await callee.digits().next()).toEqual({ done: true, value: undefined });
  });

  it('go as INFO to who takes no telephone-events', async () => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice', { codecs: [PCMA] }), await exchange.telephone('bob')];
    const heard: CallDigit[] = [];
    bob.calls.onCall(async (call) => {
      call.onDigit((digit) => void heard.push(digit));
      await call.answer();
    });
    const calling = alice.calls.call(bob.party.uri());
    await exchange.pass(200);
    const call = await calling;
    const pressed = call.sendDigits('1#', 100);
    await exchange.pass(1000);
    await pressed;
    expect(heard).toEqual([
      { digit: '1', durationMs: 100 },
      { digit: '#', durationMs: 100 },
    ]);
    await hangUp(exchange, call);
  });

  it('are sent to nobody who says that it takes none', async () => {
    const dialog = { callId: 'c', localTag: 'a', remoteTag: 'b', remoteAllow: new Set<string>(), remoteSupported: new Set<string>() };
    const never = new Promise<never>(() => {});
    const session = { dialog, stream: () => undefined, established: never, ended: never } as Partial<Session>;
    const sending = attachCall(session as Session).sendDigits('1');
    await expect(sending).rejects.toMatchObject({ code: 'CALL_NO_DIGITS', info: { digits: '1' } });
  });

  it('may be refused', async () => {
    const exchange = new Exchange();
    const alice = await exchange.telephone('alice', { codecs: [PCMA] });
    const peer = await exchange.bed.party('peer', { traced: false });
    const ports = nullPorts({ clock: exchange.bed.clock, random: exchange.bed.random.fork() });
    const calls = createCalls({ sessions: peer.service, audio: { ports }, dtmfInfo: false, identity: false });
    calls.onCall((call) => call.answer());
    const calling = alice.calls.call(peer.uri());
    await exchange.pass(200);
    const call = await calling;
    const refused = expect(call.sendDigits('1')).rejects.toMatchObject({ code: 'CALL_DIGITS_REFUSED' });
    await exchange.pass(500);
    await refused;
    await hangUp(exchange, call);
  });

  it('that the call does not outlive reject with its end', async () => {
    const { exchange, caller, callee } = await connected();
    const failed = expect(caller.sendDigits('1234567890', 1000)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    await exchange.pass(500);
    await hangUp(exchange, callee);
    await failed;
  });

  it('are told to the others when one listener throws', async () => {
    const { exchange, caller, callee } = await connected();
    const warned: unknown[] = [];
    const hear = (warning: Error): void => void warned.push(warning.message);
    process.on('warning', hear);
    const heard: string[] = [];
    callee.onDigit(() => {
      throw new Error('deaf');
    });
    callee.onDigit(({ digit }) => void heard.push(digit));
    void caller.sendDigits('12', 40);
    await exchange.pass(1000);
    process.off('warning', hear);
    expect([heard, warned]).toEqual([['1', '2'], ['deaf']]);
    await hangUp(exchange, caller);
  });
});

async function hangUp(exchange: Exchange, call: Call): Promise<void> {
  const ending = call.hangup();
  await exchange.pass(200);
  await ending;
  expect(call.signal.aborted).toBe(true);
  expect(await exchange.leftOver()).toEqual(NOTHING);
}
