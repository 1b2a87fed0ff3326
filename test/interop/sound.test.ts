/** Sound with a phone that is not ours: what baresip says to `echo` is in what it hears. */
import { ToneGenerator, tonePower } from '@jackfield/rtp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baresipCalls } from '../harness/baresip.ts';
import { makeAuthority, makeCertificate, writeCertificate, type Certificate, type CertificateFiles } from '../harness/certificates.ts';
import { Machine } from '../harness/machine.ts';
import { peer } from '../harness/peers.ts';
import { freePort } from '../harness/ports.ts';

const { skipped, note } = peer('baresip', 'baresip');
const HZ = 1000;
const RATE = 8000;
const TALK_SECONDS = 5;
const WINDOW = RATE / 10;
const STANDS_DB = 20;

describe.skipIf(skipped).concurrent(`baresip calls echo${note}`, () => {
  let machine: Machine;
  let files: CertificateFiles;
  beforeAll(async () => {
    const authority = await makeAuthority('the authority of these tests');
    const certificate = await makeCertificate(['127.0.0.1'], authority);
    files = await writeCertificate(certificate, authority);
    machine = await Machine.start({ trace: true, tlsPort: await freePort(), certificate });
  });
  afterAll(async () => {
    await machine.stop();
    await files.remove();
  });

  it.each(['udp', 'tcp', 'tls'] as const)('by %s, and hears its own tone again, 20 dB over all else for 2 s', async (transport) => {
    const tone = new ToneGenerator({ hz: [HZ], amplitude: 0.3 }).next(2 * TALK_SECONDS * RATE);
    const { code, heard } = await baresipCalls(machine.uri('echo', transport), tone, TALK_SECONDS, { authority: files.authority });
    expect(machine.child.lines.filter((line) => line.includes(`us <-- ${transport.toUpperCase()} `) && line.endsWith('BYE'))).not.toEqual(
      [],
    );
    expect({ code, rate: heard?.rate }).toEqual({ code: 0, rate: RATE });
    expect(longestTone(heard!.samples)).toBeGreaterThanOrEqual(2);
  });

  it.each(['tcp', 'tls'] as const)('by %s, and our BYE reaches it by the connection that it made', async (transport) => {
    const silence = new Int16Array(2 * TALK_SECONDS * RATE);
    const { code } = await baresipCalls(machine.uri('hangup', transport), silence, TALK_SECONDS, { authority: files.authority });
    expect(code).toBe(0);
    const arrows = machine.child.lines.flatMap((line) => / us (.*)$/.exec(line)?.[1] ?? []);
    const ours = arrows.filter((arrow) => arrow.startsWith(`--> ${transport.toUpperCase()} `) && arrow.endsWith('  BYE'));
    expect(ours).toHaveLength(1);
    const way = ours[0]!.slice('--> '.length, -'  BYE'.length); // `TLS 127.0.0.1:…`
    expect(arrows.filter((arrow) => arrow.includes(` ${way} `)).map((arrow) => arrow.replace(` ${way} `, ''))).toEqual([
      '<-- INVITE +sdp',
      '--> 200 OK (INVITE) +sdp',
      '<-- ACK',
      '--> BYE',
      '<-- 200 OK (BYE)',
    ]);
  });

  it('and hears no tone when it says nothing', async () => {
    const silence = new Int16Array(2 * TALK_SECONDS * RATE);
    const { code, heard } = await baresipCalls(`sip:echo@${machine.address}`, silence, TALK_SECONDS);
    expect(code).toBe(0);
    expect(heard!.samples.length / RATE).toBeGreaterThanOrEqual(2); // packets came, with nothing in them
    expect(longestTone(heard!.samples)).toBe(0);
  });
});

describe.skipIf(skipped).concurrent(`baresip calls a machine that wants to know by its certificate who calls${note}`, () => {
  const SECONDS = 2;
  let authority: Certificate;
  let stranger: Certificate;
  beforeAll(async () => {
    [authority, stranger] = await Promise.all([makeAuthority('the authority of these tests'), makeAuthority('another authority')]);
  });

  it.each([
    { what: 'one of its authority: it is answered', shown: () => makeCertificate(['phone.example.com'], authority), calls: 1 },
    { what: 'one of another authority: it is not heard', shown: () => makeCertificate(['phone.example.com'], stranger), calls: 0 },
    { what: 'one that nobody signed: it is not heard', shown: () => makeCertificate(['phone.example.com']), calls: 0 },
    { what: 'none: it is not heard', shown: undefined, calls: 0 },
  ])('and shows $what', async ({ shown, calls }) => {
    const own = await makeCertificate(['127.0.0.1'], authority);
    const wanted = { clientCertificate: 'require', authority: authority.cert } as const;
    const machine = await Machine.start({ tlsPort: await freePort(), certificate: own, ...wanted });
    const files = await writeCertificate((await shown?.()) ?? stranger, authority);
    try {
      const silence = new Int16Array(2 * SECONDS * RATE);
      const certificate = shown === undefined ? undefined : files.both;
      const { lines } = await baresipCalls(machine.uri('echo', 'tls'), silence, SECONDS, { certificate });
      const { total } = (await machine.stats()).stack;
      expect(lines.filter((line) => line.includes('Call established'))).toHaveLength(calls);
      expect(total['connectionsIn']).toBeGreaterThan(0);
      expect([total['received'] === 0, total['dropped:handshake'] === undefined]).toEqual([calls === 0, calls > 0]);
    } finally {
      await Promise.all([machine.stop(), files.remove()]);
    }
  });
});

/** Seconds without a break in which the tone stands so far over the rest. */
function longestTone(samples: Int16Array): number {
  let longest = 0;
  let windows = 0;
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) {
    const share = tonePower(samples.subarray(at, at + WINDOW), HZ);
    windows = 10 * Math.log10(share / (1 - share)) >= STANDS_DB ? windows + 1 : 0;
    longest = Math.max(longest, (windows * WINDOW) / RATE);
  }
  return longest;
}
