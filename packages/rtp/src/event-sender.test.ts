import { SipError } from '@jackfield/base';
import { ManualClock, SeededRandom, settle } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { EventReceiver } from './event-receiver.ts';
import { EventSender, type DigitOptions } from './event-sender.ts';
import { Outgoing } from './outgoing.ts';
import { readRtp, type RtpPacket } from './packet.ts';
import { readEvents } from './telephone-event.ts';

const CARRIER = { payloadType: 101, frame: 160, rate: 8000 };
function setUp(carrier = CARRIER) {
  const outgoing = new Outgoing(new ManualClock(), new SeededRandom(1));
  const sent: { readonly tick: number; readonly packet: RtpPacket }[] = [];
  let tick = 0;
  const keys = new EventSender(outgoing, (bytes) => void sent.push({ tick, packet: readRtp(bytes)! }));
  const turn = (ticks: number): void => {
    for (let at = 0; at < ticks; at += 1, tick += 1) {
      keys.tick(carrier, 20);
      outgoing.skip(carrier.frame);
    }
  };
  /** Tick, event, mark, end, duration, and the timestamp after the first one's. */
  const rows = (): unknown[][] =>
    sent.map(({ tick: at, packet }) => {
      const block = readEvents(packet.payload)[0]!;
      return [at, block.event, packet.marker, block.end, block.duration, (packet.timestamp - sent[0]!.packet.timestamp) >>> 0];
    });
  return { keys, sent, turn, rows };
}

describe('pressing keys, RFC 4733 §2.5.1', () => {
  it('sends a packet per frame, three at the end, all with the timestamp of the beginning', () => {
    const { keys, turn, rows, sent } = setUp();
    void keys.add('5', { durationMs: 80 });
    turn(20);
    expect(rows()).toEqual([
      [0, 5, true, false, 160, 0],
      [1, 5, false, false, 320, 0],
      [2, 5, false, false, 480, 0],
      [3, 5, false, true, 640, 0],
      [4, 5, false, true, 640, 0],
      [5, 5, false, true, 640, 0],
    ]);
    const first = sent[0]!.packet.sequence;
    expect(sent.map(({ packet }) => packet.sequence - first)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(sent.every(({ packet }) => packet.payloadType === 101)).toBe(true);
  });

  it('gives each key its own time, with the pause between', () => {
    const { keys, turn, rows } = setUp();
    void keys.add('1#', { durationMs: 40, gapMs: 80, volume: 3 });
    turn(30);
    expect(rows().map(([tick, event, mark, , , timestamp]) => [tick, event, mark, timestamp])).toEqual([
      [0, 1, true, 0],
      [1, 1, false, 0],
      [2, 1, false, 0],
      [3, 1, false, 0],
      [5, 11, true, 800],
      [6, 11, false, 800],
      [7, 11, false, 800],
      [8, 11, false, 800],
    ]);
  });

  it('resolves each call after the pause of its last key, in turn', async () => {
    const { keys, turn } = setUp();
    const done: string[] = [];
    for (const digits of ['1', '', 'd2']) void keys.add(digits, { durationMs: 40, gapMs: 60 }).then(() => done.push(digits));
    expect(keys.busy).toBe(true);
    turn(4);
    await settle();
    expect(done).toEqual(['']);
    turn(1);
    await settle();
    expect(done).toEqual(['', '1']);
    turn(8);
    await settle();
    expect(done).toEqual(['', '1', 'd2']);
    expect(keys.busy).toBe(false);
  });

  it('says when a key sounds, so that nothing else is sent', () => {
    const { keys, turn } = setUp();
    void keys.add('1', { durationMs: 40, gapMs: 200 });
    const sounding: boolean[] = [];
    for (let at = 0; at < 6; at += 1) {
      turn(1);
      sounding.push(keys.sounding);
    }
    expect(sounding).toEqual([true, true, true, false, false, false]);
  });

  it('splits a key that is held longer than a duration can say, §2.5.1.3', () => {
    const { keys, turn, rows } = setUp({ payloadType: 101, frame: 960, rate: 48_000 });
    void keys.add('9', { durationMs: 2000 });
    turn(120);
    expect(rows().filter(([, , mark]) => mark === true)).toHaveLength(1);
    expect(rows().filter(([, , , , duration]) => duration === 0xffff)).toEqual([[68, 9, false, false, 0xffff, 0]]);
    expect(rows().at(-1)).toEqual([101, 9, false, true, 96_000 - 0xffff, 0xffff]);
  });

  it.each<{ what: string; lost: (index: number) => boolean }>([
    { what: 'none', lost: () => false },
    { what: 'every other', lost: (index) => index % 2 === 1 },
    { what: 'two of the three last', lost: (index) => index === 5 || index === 6 },
    { what: 'all but the last', lost: (index) => index < 6 },
  ])('is heard as one key when of its packets are lost: $what', ({ lost }) => {
    const { keys, turn, sent } = setUp();
    void keys.add('A', {});
    turn(20);
    const heard: string[] = [];
    const receiver = new EventReceiver(new ManualClock(), 8000, {
      released: ({ digit, durationMs, volume }) => void heard.push(`${digit} ${durationMs} ${volume}`),
    });
    sent.forEach(({ packet }, index) => lost(index) || receiver.packet(packet));
    expect(sent).toHaveLength(7);
    expect(heard).toEqual(['A 100 10']);
  });

  it.each<{ digits: string; options: DigitOptions; code: string }>([
    { digits: '12x', options: {}, code: 'RTP_DIGIT_UNKNOWN' },
    { digits: '1', options: { durationMs: 39 }, code: 'RTP_OPTION_RANGE' },
    { digits: '1', options: { durationMs: 10_001 }, code: 'RTP_OPTION_RANGE' },
    { digits: '1', options: { gapMs: 0 }, code: 'RTP_OPTION_RANGE' },
    { digits: '1', options: { volume: 64 }, code: 'RTP_OPTION_RANGE' },
  ])('refuses $digits with $options', async ({ digits, options, code }) => {
    const { keys } = setUp();
    await expect(keys.add(digits, options)).rejects.toMatchObject({ code });
    expect(keys.busy).toBe(false);
  });

  it('rejects what is under way and what waits when it stops', async () => {
    const { keys, turn, sent } = setUp();
    const calls = [keys.add('123', {}), keys.add('4', {})];
    turn(2);
    keys.stop(() => new SipError('RTP_STREAM_STOPPED', 'the stream has stopped', { ssrc: 1 }));
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'RTP_STREAM_STOPPED' });
    turn(10);
    expect(sent).toHaveLength(2);
  });
});
