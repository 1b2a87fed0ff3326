import { nullPorts, type RtpPorts } from '@jackfield/rtp';
import type { Session } from '@jackfield/session';
import { Testbed, type Party } from '@jackfield/session/testing';
import { describe, expect, it } from 'vitest';
import { H264, VP8, registerVideo, type VideoOptions } from '../src/index.ts';

async function setUp(alices: VideoOptions, bobs: VideoOptions) {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  const register = (party: Party, options: VideoOptions): RtpPorts => {
    const ports = nullPorts({ clock: bed.clock, random: bed.random.fork() });
    registerVideo(party.service, { ports, ...options });
    return ports;
  };
  const ports = [register(alice, alices), register(bob, bobs)];
  let callee: Session | undefined;
  bob.service.onIncoming((session) => {
    callee = session;
    return session.accept();
  });
  const caller = alice.service.create(bob.uri());
  await bed.clock.advance(100);
  await caller.established;
  const end = async (): Promise<void> => {
    void caller.end();
    await bed.clock.advance(64_000);
    expect([...alice.errors, ...bob.errors]).toEqual([]);
    expect(bed.leftOver()).toEqual({});
    for (const { live } of ports.map((of) => of.stats())) expect(live).toEqual({ ports: 0, streams: 0, timers: 0 });
  };
  return { bed, caller, callee: callee!, end };
}

const kinds = (session: Session): string[] =>
  session.streams.map(({ kind, local }) => `${kind} ${local.port === 0 ? 'declined' : 'taken'}`);

describe('video in a session', () => {
  it('is agreed on beside audio, held and resumed with it, and gone at the end', async () => {
    const { bed, caller, callee, end } = await setUp({}, { codecs: H264 });
    expect([kinds(caller), kinds(callee)]).toEqual([
      ['audio taken', 'video taken'],
      ['audio taken', 'video taken'],
    ]);
    const [ours, theirs] = [caller.stream('video')!.stream, callee.stream('video')!.stream];
    expect([ours.codec?.name, theirs.codec?.name]).toEqual(['H264', 'H264']);
    for (const direction of ['sendonly', 'sendrecv'] as const) {
      const refreshed = caller.sendReinvite({ media: ['audio', 'video'].map((kind) => ({ kind, direction })) });
      await bed.clock.advance(100);
      expect((await refreshed).kind).toBe('agreed');
      expect([ours.direction, theirs.held]).toEqual([direction, direction === 'sendonly']);
      expect(callee.stream('video')!.stream).toBe(theirs);
    }
    await end();
  });

  it('that has no codec in common is declined, and the audio beside it goes on', async () => {
    const { caller, callee, end } = await setUp({ codecs: [VP8] }, { codecs: H264 });
    expect([kinds(caller), kinds(callee)]).toEqual([['audio taken'], ['audio taken']]);
    await end();
  });
});
