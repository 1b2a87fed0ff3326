/** Callers whose connections are gone as soon as their INVITE is said: what a session service makes of hundreds of them. */
import { RawPeer, requestText } from '@jackfield/sip/testing';
import { expect, it } from 'vitest';
import { Testbed, type Party } from '../../src/testing.ts';
import { sdp } from '../ladders/script.ts';

const CALLS = 120;
/** When the connection breaks: before the INVITE is read, at once, when there is an answer. */
const BREAKS_MS = [0, 1, 12];

/** What the application does with them. */
const FASHIONS: Readonly<Record<string, (bob: Party, bed: Testbed) => void>> = {
  'nobody takes calls': () => undefined,
  'they ring': ({ service }) => void service.onIncoming((session) => session.progress(180, { media: 'same' })),
  'they are answered': ({ service }) => void service.onIncoming((session) => session.accept()),
  'a plug-in thinks for a second': ({ service }, { clock }) => {
    const later = (): Promise<undefined> => new Promise((resolve) => void clock.after(1000, () => resolve(undefined)));
    service.registerSupplement({ name: 'slow', incomingRequest: later });
    service.onIncoming((session) => session.accept());
  },
};

it.each(Object.keys(FASHIONS))('T-29: INVITEs whose connections are closed at once leave nothing behind where %s', async (how) => {
  const bed = new Testbed();
  const bob = await bed.party('bob', { traced: false, ringMs: 20_000 });
  bob.service.registerSdpHandler(bob.audio, 'audio');
  FASHIONS[how]!(bob, bed);
  const before = bob.service.stats().live;
  let sessions = 0;
  bob.service.registerSupplement({ name: 'counting', sessionBegin: () => void (sessions += 1) });
  for (let at = 0; at < CALLS; at += 1) {
    const host = bed.network.host(`192.1.0.${at}`);
    const peer = await bed.clock.until(RawPeer.connect(host, { host: bob.host.addresses[0]!, port: 5060 }), 100);
    const script = {
      uri: bob.uri(),
      via: peer.sentBy,
      transport: 'TCP',
      from: `<sip:p@h>;tag=${at}`,
      to: `<${bob.uri()}>`,
      callId: `c${at}`,
    } as const;
    peer.send(requestText('INVITE', { ...script, branch: `z9hG4bK${at}`, cseq: 1, contact: peer.contact(), body: sdp() }));
    await bed.clock.advance(BREAKS_MS[at % BREAKS_MS.length]!);
    peer.close();
  }
  await bed.clock.advance(200_000);
  if (how !== 'nobody takes calls') expect(sessions).toBeGreaterThan(CALLS / 2);
  expect([bob.service.stats().live, bob.audio.live, bed.network.connections]).toEqual([before, 0, 0]);
  await bed.close();
  expect(bed.leftOver()).toEqual({});
});
