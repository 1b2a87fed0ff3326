/** Digest with SIPp as the caller (MD5, all that it knows): the numbers of the answer machine that ask who calls. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../harness/machine.ts';
import { peer } from '../harness/peers.ts';
import {
  ack,
  ackOfFailure,
  audio,
  expectChallenge,
  expectStatus,
  hangUp,
  invite,
  request,
  scenario,
  type Step,
  type Steps,
} from '../harness/scenario.ts';
import { sipp, type SippRun } from '../harness/sipp.ts';

const { skipped, note } = peer('sipp', 'sip-tester');

const withCredentials = (username: string, password: string): Step =>
  request('INVITE', 2, { anew: true, body: audio(), headers: [`[authentication username=${username} password=${password}]`] });
const challenged = (username: string, password: string): readonly Step[] => [
  invite(),
  expectChallenge(401),
  ackOfFailure(),
  withCredentials(username, password),
];

describe.skipIf(skipped).concurrent(`SIPp says who it is${note}`, () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.start();
  });
  afterAll(() => machine.stop());

  const call = (dial: string, transport: 'udp' | 'tcp', ...steps: Steps): Promise<SippRun> =>
    sipp({ remote: machine.address, dial, transport, scenario: scenario(...steps) });

  it.each([
    { dial: 'auth', transport: 'udp' },
    { dial: 'alice', transport: 'udp' },
    { dial: 'alice', transport: 'tcp' },
  ] as const)('$dial by $transport: with the right password the call is answered', async ({ dial, transport }) => {
    const run = await call(dial, transport, challenged('alice', 'wonderland'), expectStatus(200), ack(2), hangUp(3));
    expect([run.errors, run.code]).toEqual(['', 0]);
  });

  it.each([
    { what: 'a wrong password', username: 'alice', password: 'looking-glass' },
    { what: 'a stranger', username: 'mallory', password: 'wonderland' },
  ])('$what is challenged again', async ({ username, password }) => {
    const run = await call('auth', 'udp', challenged(username, password), expectStatus(401), ackOfFailure(2));
    expect([run.errors, run.code]).toEqual(['', 0]);
  });
});
