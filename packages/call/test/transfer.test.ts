import { beforeEach, describe, expect, it } from 'vitest';
import { follow } from '@jackfield/supplement-refer';
import { attachCall } from '../src/index.ts';
import type { Call } from '../src/call.ts';
import { Exchange, NOTHING, type Telephone } from './exchange.ts';

let exchange: Exchange;
let alice: Telephone;
let bob: Telephone;
let carol: Telephone;
const answered = new Map<string, Call[]>();
const replaced: Call[] = [];

beforeEach(async () => {
  exchange = new Exchange();
  replaced.length = 0;
  const onReplaced = (call: Call): void => void replaced.push(call);
  alice = await exchange.telephone('alice');
  bob = await exchange.telephone('bob', {}, {}, { refer: { follow: true } });
  carol = await exchange.telephone('carol', {}, {}, { onReplaced });
  for (const [name, telephone] of Object.entries({ alice, bob, carol })) {
    const calls: Call[] = [];
    answered.set(name, calls);
    telephone.calls.onCall(async (call) => {
      calls.push(call);
      await call.answer();
    });
  }
});

async function dial(to: Telephone): Promise<Call> {
  const calling = alice.calls.call(to.party.uri(), { from: alice.party.uri() });
  await exchange.pass(200);
  return calling;
}

describe('a call that is transferred', () => {
  it('goes to a URI, and is hung up when that has answered', async () => {
    const call = await dial(bob);
    const transfer = call.transfer(carol.party.uri());
    await exchange.pass(500);
    await expect(transfer).resolves.toEqual({ kind: 'done', status: 200, reason: 'OK' });
    await expect(call.ended).resolves.toMatchObject({ by: 'local' });
    const [there] = answered.get('carol')!;
    expect([there?.session.state, there?.replaced]).toEqual(['established', undefined]);
    void there!.hangup();
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });

  it('goes to the peer of another call, which is taken over', async () => {
    const [one, other] = [await dial(bob), await dial(carol)];
    const transfer = one.transfer(other);
    await exchange.pass(500);
    await expect(transfer).resolves.toMatchObject({ kind: 'done', status: 200 });
    expect([one.session.state, other.session.state]).toEqual(['ended', 'ended']);
    expect(answered.get('carol')).toHaveLength(1); // the driver does not get the second
    expect(replaced).toHaveLength(1);
    expect(replaced[0]!.session.state).toBe('established');
    expect(replaced[0]!.replaced).toBe(answered.get('carol')![0]);
    expect(attachCall(replaced[0]!.session)).toBe(replaced[0]);
    void replaced[0]!.hangup();
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });

  it('stays where the other side does not do it', async () => {
    const call = await dial(carol);
    const transfer = call.transfer(bob.party.uri());
    await exchange.pass(500);
    await expect(transfer).resolves.toMatchObject({ kind: 'refused', status: 603 });
    expect(call.session.state).toBe('established');
    await expect(call.transfer('nowhere')).rejects.toMatchObject({ code: 'REFER_TARGET' });
    void call.hangup();
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });

  it('is redirected while it is not answered', async () => {
    const dave = await exchange.telephone('dave');
    const outcomes: unknown[] = [];
    dave.calls.onCall(async (call) => {
      await call.ring();
      await call.transfer('nowhere').catch(({ code }: { code: string }) => outcomes.push(code));
      outcomes.push(await call.transfer('"Carol" <sip:carol@192.0.2.3>'));
    });
    const contacts: unknown[] = [];
    const calling = alice.calls.call(dave.party.uri(), {
      onResponse: ({ status, headers }) => void contacts.push(status, headers.get('Contact')),
    });
    calling.catch(() => {});
    await exchange.pass(500);
    await expect(calling).rejects.toMatchObject({ code: 'SESSION_REFUSED', info: { status: 302 } });
    expect(outcomes).toEqual(['REFER_TARGET', { kind: 'redirected' }]);
    expect(contacts.slice(-2)).toEqual([302, '"Carol" <sip:carol@192.0.2.3>']);
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });
});

it('the application may decide about a transfer of the other side', async () => {
  const targets: string[] = [];
  const dave = await exchange.telephone(
    'dave',
    {},
    {},
    {
      refer: {
        onRefer(transfer) {
          targets.push(transfer.target.toString());
          follow(dave.calls.sessions, transfer);
        },
      },
    },
  );
  dave.calls.onCall((call) => call.answer());
  const call = await dial(dave);
  const transfer = call.transfer(carol.party.uri());
  await exchange.pass(500);
  await expect(transfer).resolves.toMatchObject({ kind: 'done', status: 200 });
  expect(targets).toEqual([carol.party.uri()]);
});
