/** An INVITE with Replaces (RFC 3891) takes over a call of the answer machine: SIPp set it up, and another SIPp takes it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wait } from '../harness/child.ts';
import { came, okTo, timeOf } from '../harness/heard.ts';
import { Machine } from '../harness/machine.ts';
import { peer } from '../harness/peers.ts';
import {
  ack,
  ackOfFailure,
  audio,
  established,
  expectStatus,
  hangUp,
  invite,
  isHungUp,
  request,
  scenario,
  type Step,
  type Steps,
} from '../harness/scenario.ts';
import { sipp, type SippRun } from '../harness/sipp.ts';

const { skipped, note } = peer('sipp', 'sip-tester');
const PATIENCE_MS = 10_000;

/** As `expectStatus(200)`; what another has to say in Replaces to take this call is written to `path`, a line; by `tee`, as SIPp reads no `>` there. */
function expectTold(path: string): Step {
  const tag = '<ereg regexp="tag=([^;]+)" search_in="hdr" header="To:" check_it="true" assign_to="matched,tag"/>';
  const dialog = '[call_id];to-tag=[$tag];from-tag=[pid]-[call_number]';
  const action = `${tag}<exec command="echo '${dialog}' | tee ${path}"/>`;
  return `${expectStatus(200).replace(/\/>$/, `><action>${action}</action></recv>`)}\n<Reference variables="matched"/>`;
}

/** Written by `expectTold`, once it is whole. */
async function told(path: string): Promise<string> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await wait(25)) {
    const text = await readFile(path, 'latin1').catch(() => '');
    if (text.endsWith('\n')) return text.trim();
  }
  throw new Error('the first call was not answered');
}

describe.skipIf(skipped).concurrent(`SIPp takes over a call of another SIPp${note}`, () => {
  let machine: Machine;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jackfield-replaces-'));
    machine = await Machine.start();
  });
  afterAll(async () => {
    const { sessions, ports } = await machine.stats();
    await machine.stop();
    await rm(folder, { recursive: true, force: true });
    expect({ ...sessions.live, ...ports.live }).toEqual({ sessions: 0, admissions: 0, streams: 0, ports: 0, timers: 0 });
  });

  const play = (transport: 'udp' | 'tcp', ...steps: Steps): Promise<SippRun> =>
    sipp({ remote: machine.address, transport, scenario: scenario(...steps) });
  const inviteInPlaceOf = (dialog: string): Step =>
    request('INVITE', 1, { body: audio(), headers: [`Replaces: ${dialog}`, 'Require: replaces'] });

  it.each([
    ['udp', 'udp'],
    ['tcp', 'tcp'],
    ['udp', 'tcp'],
  ] as const)('the call of the first, by %s, gets BYE, and that of the second, by %s, is up', async (one, other) => {
    const path = join(folder, `${one}-${other}`);
    const replaced = play(one, invite(), expectTold(path), ack(), isHungUp(PATIENCE_MS));
    const dialog = await told(path);
    const steps = [inviteInPlaceOf(dialog), expectStatus(200), ack(), '<pause milliseconds="500"/>'];
    const taking = await play(other, steps, request('INFO', 2), expectStatus(200), hangUp(3));
    const runs = [await replaced, taking];
    for (const { errors, code, counts } of runs) expect([errors, code, counts.retransmissions]).toEqual(['', 0, 0]);
    const [bye] = came(runs[0]!, 'BYE ');
    expect(bye).toContain(`Call-ID: ${dialog.split(';')[0]}\n`);
    expect(okTo(taking, 'INVITE')[0]).toMatch(/^m=audio [1-9]\d* RTP\/AVP 0 101$/m);
    expect(came(taking, 'BYE ')).toEqual([]);
    expect(timeOf(runs[0]!, 'BYE ')).toBeGreaterThanOrEqual(timeOf(taking, 'ACK ')); // RFC 3891 §3: ended when the new one is there
    expect(timeOf(runs[0]!, 'BYE ')).toBeLessThan(timeOf(taking, 'INFO '));
  });

  it('what names no call is 481, and what is for early calls alone 486: the call stands until it is taken over', async () => {
    const path = join(folder, 'early-only');
    const replaced = play('udp', invite(), expectTold(path), ack(), isHungUp(PATIENCE_MS));
    const dialog = await told(path);
    const refused = ['nobody;to-tag=1;from-tag=2', `${dialog};early-only`].map((named, at) =>
      play('udp', inviteInPlaceOf(named), expectStatus([481, 486][at]!), ackOfFailure()),
    );
    for (const { errors, code } of await Promise.all(refused)) expect([errors, code]).toEqual(['', 0]);
    const taking = await play('udp', inviteInPlaceOf(dialog), expectStatus(200), ack(), hangUp(2));
    for (const { errors, code } of [await replaced, taking]) expect([errors, code]).toEqual(['', 0]);
  });

  it('a transfer to the machine itself is 403, and the call goes on', async () => {
    const refer = request('REFER', 2, { headers: [`Refer-To: <${machine.uri('echo', 'udp')}>`] });
    const { errors, code } = await play('udp', established, refer, expectStatus(403), request('INFO', 3), expectStatus(200), hangUp(4));
    expect([errors, code]).toEqual(['', 0]);
  });
});
