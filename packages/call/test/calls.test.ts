import { createSessionService } from '@jackfield/session';
import { Testbed } from '@jackfield/session/testing';
import { createSipStack, udp } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { createCalls, type CallsOptions } from '../src/index.ts';
import { Exchange, NOTHING } from './exchange.ts';

describe('createCalls', () => {
  it('makes stack and service, and a call runs over sockets of the machine', async () => {
    const listen = { host: '127.0.0.1', port: 0 };
    const [alice, bob] = [createCalls({ listen }), createCalls({ listen })];
    const [, places] = [await alice.listen(), await bob.listen()];
    bob.onCall(async (call) => {
      await call.answer();
      await call.play(new Int16Array(320));
      await call.hangup();
    });
    const place = places.find(({ transport }) => transport.toLowerCase() === 'udp')!;
    const call = await alice.call(`sip:bob@127.0.0.1:${place.port}`);
    expect(await call.ended).toMatchObject({ by: 'remote' });
    await Promise.all([alice.close(), bob.close()]);
    expect([alice.sessions.stats().live, bob.sessions.stats().live]).toEqual([
      { sessions: 0, admissions: 0, streams: 0 },
      { sessions: 0, admissions: 0, streams: 0 },
    ]);
    await expect(alice.call('sip:bob@127.0.0.1')).rejects.toMatchObject({ code: 'SESSION_SERVICE_CLOSED' });
  });

  it('shows each peer the address that it is told to', async () => {
    const listen = { host: '127.0.0.1', port: 0 };
    const alice = createCalls({
      listen: { ...listen, advertise: (remote) => ({ host: remote === '127.0.0.1' ? '203.0.113.9' : remote, port: 5999 }) },
    });
    const bob = createCalls({ listen });
    const [, places] = [await alice.listen(), await bob.listen()];
    let contact: string | undefined;
    bob.onCall((call) => {
      contact = 'uri' in call.session.invite ? call.session.invite.headers.get('Contact') : undefined;
      return call.reject(486);
    });
    const place = places.find(({ transport }) => transport.toLowerCase() === 'udp')!;
    await expect(alice.call(`sip:bob@127.0.0.1:${place.port}`, { media: 'none' })).rejects.toMatchObject({
      code: 'SESSION_REFUSED',
      info: { status: 486 },
    });
    expect(contact).toBe('<sip:203.0.113.9:5999>');
    await Promise.all([alice.close(), bob.close()]);
  });

  it('ends its calls when it is closed, and leaves a stack of your own open', async () => {
    const bed = new Testbed();
    const network = bed.network.host('192.0.2.77');
    const stack = createSipStack({
      transports: [udp({ host: '192.0.2.77', port: 5060 })],
      clock: bed.clock,
      random: bed.random.fork(),
      network,
    });
    const errors: unknown[] = [];
    const calls = createCalls({ stack, session: { onError: (error) => void errors.push(error) } });
    expect(calls.stack).toBe(stack);
    await calls.listen();
    const closing = calls.close();
    await bed.clock.advance(100);
    await closing;
    createSessionService(stack); // the place of the service is free
    expect(errors).toEqual([]);
    await stack.close();
  });

  it('takes its plug-ins and its driver out of a service of your own, whose calls go on', async () => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
    bob.calls.onCall((call) => call.answer());
    expect(() => bob.calls.onCall(() => {})).toThrow(expect.objectContaining({ code: 'SESSION_DRIVER_TAKEN' }) as Error);
    const calling = alice.calls.call(bob.party.uri());
    await exchange.pass(200);
    const call = await calling;
    await bob.calls.close();
    const refused = expect(alice.calls.call(bob.party.uri())).rejects.toMatchObject({ code: 'SESSION_REFUSED' });
    await exchange.pass(200);
    await refused;
    expect(call.session.state).toBe('established');
    createCalls({ sessions: bob.party.service }); // names are free again
    const ending = call.hangup();
    await exchange.pass(200);
    await ending;
    expect(await exchange.leftOver()).toMatchObject({ sessions: {}, media: [] });
  });

  it('registers what it is not told to leave out', async () => {
    const { party } = await new Exchange().telephone('alice');
    expect(() => createCalls({ sessions: party.service })).toThrow(expect.objectContaining({ code: 'SESSION_NAME_TAKEN' }) as Error);
    createCalls({ sessions: party.service, audio: false, identity: false, dtmfInfo: false, refer: false });
  });

  it.each<{ option: keyof CallsOptions; beside: 'stack' | 'sessions' }>([
    { option: 'listen', beside: 'stack' },
    { option: 'listen', beside: 'sessions' },
    { option: 'stack', beside: 'sessions' },
    { option: 'session', beside: 'sessions' },
  ])('refuses $option beside $beside, which would do nothing', async ({ option, beside }) => {
    const { party } = await new Exchange().telephone('alice', {}, {}, { audio: false, identity: false, dtmfInfo: false, refer: false });
    const all = { listen: { port: 7000 }, session: { unknown: 'refuse' }, stack: party.stack, sessions: party.service } as const;
    const given = { [option]: all[option as keyof typeof all], [beside]: all[beside] };
    expect(() => createCalls(given)).toThrow(expect.objectContaining({ code: 'CALL_OPTION', info: { option } }) as Error);
    createCalls({ sessions: party.service, listen: undefined, session: undefined, stack: undefined }); // nothing was taken, and absent is absent
  });

  it('leaves nothing after a hundred calls at once', async () => {
    const exchange = new Exchange();
    const [alice, bob] = [await exchange.telephone('alice'), await exchange.telephone('bob')];
    bob.calls.onCall(async (call) => {
      await call.answer();
      for await (const digit of call.digits()) if (digit === '#') break;
      await call.hangup();
    });
    const outcomes = Array.from({ length: 100 }, async () => {
      const call = await alice.calls.call(bob.party.uri());
      // the other side hangs up on the second key, before its pause is over
      await expect(call.sendDigits('1#', 40)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
      return (await call.ended).by;
    });
    await exchange.pass(2000);
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['remote']));
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });
});
