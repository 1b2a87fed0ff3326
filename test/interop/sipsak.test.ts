/** The administrator's ping: sipsak sends OPTIONS, and reads what comes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Child } from '../harness/child.ts';
import { Machine } from '../harness/machine.ts';
import { peer } from '../harness/peers.ts';

const { skipped, note } = peer('sipsak', 'sipsak');

describe.skipIf(skipped).concurrent(`sipsak${note}`, () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.start();
  });
  afterAll(() => machine.stop());

  it.each(['udp', 'tcp'])('gets its OPTIONS answered by %s', async (transport) => {
    const child = new Child('sipsak', ['-vv', '-E', transport, '-s', `sip:echo@${machine.address}`]);
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lines).toContain('   final received');
    const listed = (name: string): readonly string[] | undefined =>
      child.lines
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2)
        .split(', ');
    expect(listed('Allow')).toEqual(expect.arrayContaining(['INVITE', 'REFER', 'NOTIFY']));
    expect(listed('Supported')).toEqual(expect.arrayContaining(['timer', 'replaces', '100rel']));
  });
});
