/** Bound to every address, the machine shows each peer the one by which that peer reaches it, in Contact and in c=. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../harness/machine.ts';
import { namespaces, peer } from '../harness/peers.ts';
import { established, hangUp, scenario } from '../harness/scenario.ts';
import { sipp, type SippOptions } from '../harness/sipp.ts';

const { skipped, note } = peer('sipp', 'sip-tester');
const network = namespaces();
const run = promisify(execFile);

/** Calls `echo` there. @returns what the answer shows of us, without port and transport */
async function shown(
  remote: string,
  options: Partial<SippOptions>,
): Promise<{ readonly contact: string | undefined; readonly media: string | undefined }> {
  const { code, errors, messages } = await sipp({ remote, scenario: scenario(established, hangUp(2)), ...options });
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const answer = messages.find(({ direction, text }) => direction === 'received' && text.startsWith('SIP/2.0 200'))!.text;
  return {
    contact: /^Contact: <sip:(.*):\d+(;transport=tcp)?>$/m.exec(answer)?.[1],
    media: /^c=IN IP[46] (.*)$/m.exec(answer)?.[1],
  };
}

describe.skipIf(skipped).concurrent(`one machine on every address${note}`, () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.start({ everywhere: true });
  });
  afterAll(() => machine.stop());

  it.each([
    { called: '127.0.0.1', transport: 'udp' },
    { called: '127.0.0.1', transport: 'tcp' },
    { called: '::1', transport: 'udp' },
    { called: '::1', transport: 'tcp' },
  ] as const)('called at $called by $transport', async ({ called, transport }) => {
    const inUri = called.includes(':') ? `[${called}]` : called;
    expect(await shown(`${inUri}:${machine.port}`, { host: called, transport })).toEqual({ contact: inUri, media: called });
  });
});

it.skipIf(skipped)(`--advertise is shown in place of our own address${note}`, async () => {
  const machine = await Machine.start({ everywhere: true, advertise: '203.0.113.7' });
  try {
    expect(await shown(machine.address, {})).toEqual({ contact: '203.0.113.7', media: '203.0.113.7' });
  } finally {
    await machine.stop();
  }
});

describe.skipIf(skipped || network.skipped)(`one machine on two networks${note}${network.note}`, () => {
  const [us, them] = [`jackfield-us-${process.pid}`, `jackfield-them-${process.pid}`];
  const PORT = 5060;
  /** Ours and theirs on each, a wire apiece. */
  const WIRES = [
    { name: 'first', ours: '192.0.2.1', theirs: '192.0.2.2', bits: 24 },
    { name: 'second', ours: '198.51.100.1', theirs: '198.51.100.2', bits: 24 },
    { name: 'third', ours: '2001:db8::1', theirs: '2001:db8::2', bits: 64 },
  ];
  let machine: Machine | undefined;

  beforeAll(async () => {
    const ip = (...args: readonly string[]): Promise<unknown> => run('ip', args);
    for (const namespace of [us, them]) {
      await ip('netns', 'add', namespace);
      await ip('-n', namespace, 'link', 'set', 'lo', 'up');
    }
    for (const { name, ours, theirs, bits } of WIRES) {
      await ip('-n', us, 'link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', them);
      for (const [namespace, address] of [
        [us, ours],
        [them, theirs],
      ] as const) {
        await ip('-n', namespace, 'address', 'add', `${address}/${bits}`, 'dev', name, ...(address.includes(':') ? ['nodad'] : []));
        await ip('-n', namespace, 'link', 'set', name, 'up');
      }
    }
    machine = await Machine.start({ everywhere: true, port: PORT, namespace: us });
  });
  afterAll(async () => {
    await machine?.stop();
    for (const namespace of [us, them]) await run('ip', ['netns', 'delete', namespace]);
  });

  it.each(WIRES.flatMap((wire) => (['udp', 'tcp'] as const).map((transport) => ({ wire, transport }))))(
    'called at $wire.ours by $transport',
    async ({ wire: { ours, theirs }, transport }) => {
      const inUri = ours.includes(':') ? `[${ours}]` : ours;
      const there = { namespace: them, host: theirs, transport, port: 6000, mediaPort: 6002 };
      expect(await shown(`${inUri}:${PORT}`, there)).toEqual({ contact: inUri, media: ours });
    },
  );
});
