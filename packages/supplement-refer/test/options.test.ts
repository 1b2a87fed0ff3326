/** Options of `registerRefer` outside their range, and what those at its edge come to. */
import { describe, expect, it } from 'vitest';
import { Testbed } from '@jackfield/session/testing';
import { refer, registerRefer, type ReferSupplementOptions, type Transfer } from '../src/index.ts';
import { Desk, NOTHING } from './desk.ts';

/** The longest that `expires` of Subscription-State can say: 2^32-1 s. */
const LONGEST_MS = (2 ** 32 - 1) * 1000;

describe('options of registerRefer', () => {
  it.each<[keyof ReferSupplementOptions, unknown]>([
    ...[999, 0, -1, Number.NaN, LONGEST_MS + 1, 2 ** 53, Infinity, '5000'].map((value): ['expiresMs', unknown] => ['expiresMs', value]),
    ...[0, 1.5, Infinity, '8'].map((value): ['maxTransfers', unknown] => ['maxTransfers', value]),
    ...[0, -1, Number.NaN, 2 ** 31, Infinity, '5'].map((value): ['deadlineMs', unknown] => ['deadlineMs', value]),
  ])('%s %j is refused, and nothing is registered', async (option, value) => {
    const { service } = await new Testbed().party('alice');
    expect(() => registerRefer(service, { [option]: value })).toThrow(expect.objectContaining({ code: 'REFER_OPTION', info: { option } }));
    expect(() => registerRefer(service)).not.toThrow();
  });

  it('a transfer that is told about for as long as can be said is told about', async () => {
    const desk = new Desk();
    const transfers: Transfer[] = [];
    const onRefer = (transfer: Transfer): void => {
      transfers.push(transfer);
      transfer.accept();
    };
    const [alice, bob] = [await desk.party('alice'), await desk.party('bob', { expiresMs: LONGEST_MS, onRefer })];
    const states: (string | undefined)[] = [];
    alice.service.registerSupplement({
      name: 'reads',
      order: 'early',
      methods: ['NOTIFY'],
      incomingRequest: (_session, { headers }) => void states.push(headers.get('Subscription-State')),
    });
    const call = await desk.call(alice, bob);
    const referral = refer(call, 'sip:carol@example.com');
    await desk.pass(200);
    transfers[0]!.notify(200);
    await desk.pass(200);
    await expect(referral.done).resolves.toMatchObject({ kind: 'done', status: 200 });
    expect(states).toEqual(['active;expires=4294967295', 'terminated;reason=noresource']);
    expect(await desk.leftOver()).toEqual(NOTHING);
  });
});
