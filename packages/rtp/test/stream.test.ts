import type { SipError } from '@jackfield/base';
import { ManualClock, SeededRandom, settle } from '@jackfield/base/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeSockets, type FakeSocket } from './fake-sockets.ts';
import { readRtp, writeRtp, type RtpPacket } from '../src/packet.ts';
import { createRtpPorts, type RtpPorts } from '../src/ports.ts';
import { readRtcp, writeRtcp, type RtcpReport } from '../src/rtcp.ts';
import type { RtpStream } from '../src/stream.ts';
import type { StreamDirection, StreamMedia } from '../src/stream-options.ts';
import type { MediaTransport } from '../src/transport.ts';

const PCMU = { payloadType: 0, name: 'PCMU', clockRate: 8000 };
const PCMA = { payloadType: 8, name: 'PCMA', clockRate: 8000 };
const KEYS = { payloadType: 101, name: 'telephone-event', clockRate: 8000 };
const OUR_KEYS = { ...KEYS, payloadType: 97 };
const PEER = '192.0.2.1';
const SSRC = 77;
const FRAME = new Uint8Array(160);

const media = (direction: StreamDirection = 'sendrecv', more: Partial<StreamMedia> = {}): StreamMedia => ({
  direction,
  send: [PCMU, PCMA, KEYS],
  receive: [PCMU, PCMA, OUR_KEYS],
  ...more,
});

let clock: ManualClock;
let ports: RtpPorts;
let transport: MediaTransport;
let socket: FakeSocket;
let control: FakeSocket;
let stream: RtpStream;
let errors: SipError[];

beforeEach(async () => {
  const network = new FakeSockets();
  clock = new ManualClock();
  ports = createRtpPorts({ clock, random: new SeededRandom(5), network });
  transport = await ports.open('192.0.2.9');
  transport.setRemote({ host: PEER, port: 4000, payloadTypes: [0, 8, 97] });
  socket = network.at(transport.port);
  control = network.at(transport.rtcpPort);
  errors = [];
  stream = ports.stream(transport, { media: media(), onError: (error) => void errors.push(error) });
});

const sent = (): RtpPacket[] => socket.sent.map(({ bytes }) => readRtp(bytes)!);
const reports = () => control.sent.map(({ bytes }) => readRtcp(bytes)!);
function arrive(sequence: number, payloadType = 0, { payload = FRAME, ssrc = SSRC, timestamp = sequence * 160 } = {}): void {
  socket.receiver.message(writeRtp(false, payloadType, sequence & 0xffff, timestamp >>> 0, ssrc, payload), PEER, 4000);
}
const report = (rtcp: RtcpReport): void => control.receiver.message(writeRtcp(rtcp, 'peer', false), PEER, 4001);

describe('sending', () => {
  it('asks the source for a frame every 20 ms, and sends it', async () => {
    const asked: unknown[] = [];
    stream.play((codec, samples) => (asked.push([codec.name, samples]), FRAME));
    await clock.advance(60);
    expect(asked).toEqual([
      ['PCMU', 160],
      ['PCMU', 160],
      ['PCMU', 160],
    ]);
    expect(sent().map((packet) => [packet.payloadType, packet.marker, packet.timestamp - sent()[0]!.timestamp])).toEqual([
      [0, true, 0],
      [0, false, 160],
      [0, false, 320],
    ]);
    expect(stream.stats().sent).toEqual({ packets: 3, octets: 480 });
  });

  it('lets time pass where the source has nothing', async () => {
    let frame = 0;
    stream.play(() => ((frame += 1) % 3 === 0 ? FRAME : undefined));
    await clock.advance(120);
    expect(sent().map((packet) => [packet.marker, packet.timestamp - sent()[0]!.timestamp])).toEqual([
      [true, 0],
      [true, 480],
    ]);
  });

  it('follows one source at a time, and none once it is disposed', async () => {
    const first = stream.play(() => Uint8Array.of(1));
    const second = stream.play(() => Uint8Array.of(2));
    first[Symbol.dispose]();
    await clock.advance(20);
    second[Symbol.dispose]();
    await clock.advance(100);
    expect(sent().map((packet) => packet.payload[0])).toEqual([2]);
  });

  it('holds a timer for its frames only while there is something to do in them', async () => {
    expect(ports.stats().live.timers).toBe(1); // reports
    const playing = stream.play(() => FRAME);
    const listening = stream.listen(() => {});
    expect(ports.stats().live.timers).toBe(2);
    playing[Symbol.dispose]();
    expect(ports.stats().live.timers).toBe(2);
    listening[Symbol.dispose]();
    expect(ports.stats().live.timers).toBe(1);
    await clock.advance(20);
    const pressed = stream.sendDigits('1');
    expect(ports.stats().live.timers).toBe(2);
    await clock.advance(500);
    await pressed;
    expect(ports.stats().live.timers).toBe(1);
  });

  it('sends a frame at once when it is given one', () => {
    stream.send(FRAME);
    stream.send(FRAME.subarray(0, 80), 80);
    stream.send(FRAME);
    expect(sent().map((packet) => packet.timestamp - sent()[0]!.timestamp)).toEqual([0, 160, 240]);
  });
});

describe('echo and bridges', () => {
  it('send each packet on under our numbers and the peer’s payload types, keys included', () => {
    stream.tap((packet, codec) => stream.relay(packet, codec));
    arrive(500);
    arrive(501, 97, { payload: Uint8Array.of(5, 0x8a, 0, 160) });
    arrive(502, 8);
    expect(sent().map((packet) => packet.payloadType)).toEqual([0, 101, 8]);
    expect(sent().map((packet) => packet.ssrc)).toEqual(Array(3).fill(stream.stats().ssrc));
    expect([...sent()[0]!.payload]).toEqual([...FRAME]);
  });

  it('drop and count what the peer does not take', () => {
    stream.remap(media('sendrecv', { send: [PCMA] }));
    stream.tap((packet, codec) => stream.relay(packet, codec));
    arrive(1);
    expect(sent()).toEqual([]);
    expect(ports.stats().total.unsent).toBe(1);
  });
});

describe('receiving', () => {
  it('gives a tap every packet as it comes', () => {
    const heard: unknown[] = [];
    const tap = stream.tap((packet, codec) => void heard.push([packet.sequence, codec.name]));
    arrive(65535);
    arrive(65536 + 1, 97);
    arrive(65536);
    tap[Symbol.dispose]();
    arrive(65536 + 2);
    expect(heard).toEqual([
      [65535, 'PCMU'],
      [1, 'telephone-event'],
      [0, 'PCMU'],
    ]);
  });

  it('gives who listens the packets in order and in time, and says when there is none', async () => {
    const heard: unknown[] = [];
    stream.listen((packet, codec) => void heard.push(packet === undefined ? '-' : `${packet.sequence} ${codec?.name}`));
    const arrivals = [[1], [3], [2], [], [5], [], [], []]; // 4 is lost
    for (const sequences of arrivals) {
      for (const sequence of sequences) arrive(sequence);
      await clock.advance(20);
    }
    expect(heard).toEqual(['-', '-', '1 PCMU', '2 PCMU', '3 PCMU', '-', '5 PCMU', '-']);
    expect(stream.stats().buffer).toMatchObject({ played: 4, lost: 1, late: 0 });
    expect(stream.stats().received).toMatchObject({ ssrc: SSRC, packets: 4, lost: 1 });
  });

  it('does not take keys for losses, nor give them to who listens', async () => {
    const heard: (number | undefined)[] = [];
    stream.listen((packet) => void heard.push(packet?.sequence));
    arrive(1);
    arrive(2, 97, { payload: Uint8Array.of(1, 0x8a, 0, 160) });
    arrive(3);
    await clock.advance(120);
    expect(heard.filter((sequence) => sequence !== undefined)).toEqual([1, 3]);
    expect(stream.stats().buffer?.lost).toBe(0);
  });

  it('reports each key once', async () => {
    const keys: unknown[] = [];
    stream.onEvent(({ digit, durationMs }) => void keys.push([digit, durationMs]));
    for (const [sequence, end, high, low] of [
      [1, 0, 0, 160],
      [2, 0, 1, 64],
      [3, 0x80, 1, 224],
      [4, 0x80, 1, 224],
    ] as const) {
      arrive(sequence, 97, { payload: Uint8Array.of(11, 10 | end, high, low), timestamp: 160 });
    }
    arrive(5, 97, { payload: Uint8Array.of(1, 10, 0, 160), timestamp: 1600 });
    await clock.advance(250); // its end never comes
    expect(keys).toEqual([
      ['#', 60],
      ['1', 20],
    ]);
    expect(ports.stats()).toMatchObject({ live: { timers: 1 }, total: { eventsIn: 2 } });
  });

  it('drops what the stream did not agree on, and strays', () => {
    const heard: number[] = [];
    stream.tap((packet) => void heard.push(packet.sequence));
    stream.remap(media('sendrecv', { receive: [PCMU] }));
    arrive(1);
    arrive(2, 8);
    arrive(30_000);
    arrive(3);
    expect(heard).toEqual([1, 3]);
    expect(ports.stats().total).toMatchObject({ droppedPayloadType: 1, droppedStray: 1 });
  });

  it('follows the peer to another source', async () => {
    const heard: (number | undefined)[] = [];
    stream.listen((packet) => void heard.push(packet?.sequence));
    arrive(1);
    await clock.advance(20);
    arrive(40_000, 0, { ssrc: 78 });
    await clock.advance(100);
    expect(heard).toEqual([undefined, undefined, undefined, 40_000, undefined, undefined]);
    expect(stream.stats().received).toMatchObject({ ssrc: 78, packets: 1, lost: 0 });
  });
});

describe('direction', () => {
  it.each<{ direction: StreamDirection; sends: boolean; hears: boolean }>([
    { direction: 'sendrecv', sends: true, hears: true },
    { direction: 'sendonly', sends: true, hears: false },
    { direction: 'recvonly', sends: false, hears: true },
    { direction: 'inactive', sends: false, hears: false },
  ])('$direction', async ({ direction, sends, hears }) => {
    let heard = 0;
    stream.remap(media(direction));
    expect([stream.sending, stream.receiving]).toEqual([sends, hears]);
    stream.tap((packet, codec) => {
      heard += 1;
      stream.relay(packet, codec);
    });
    stream.play(() => FRAME);
    stream.send(FRAME);
    arrive(1);
    await clock.advance(20);
    expect(sent().length > 0).toBe(sends);
    expect(heard).toBe(hears ? 1 : 0);
    expect(ports.stats().total.droppedDirection).toBe(hears ? 0 : 1);
  });

  it('keeps reports going on hold', async () => {
    stream.remap(media('inactive'));
    await clock.advance(20_000);
    expect(reports().length).toBeGreaterThanOrEqual(2);
  });

  it('takes a source up where it was, with a mark, when the hold is over', async () => {
    let asked = 0;
    stream.play(() => Uint8Array.of((asked += 1)));
    await clock.advance(40);
    stream.remap(media('recvonly'));
    await clock.advance(1000);
    stream.remap(media());
    await clock.advance(20);
    expect(sent().map((packet) => [packet.payload[0], packet.marker])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
    expect(sent()[2]!.timestamp - sent()[0]!.timestamp).toBe(1040 * 8);
  });
});

describe('another agreement', () => {
  it('changes codec, payload type and frame length under way, and keeps the numbers', async () => {
    const asked: unknown[] = [];
    stream.play((codec, samples) => (asked.push([codec.name, samples]), FRAME));
    await clock.advance(20);
    stream.remap(media('sendrecv', { send: [PCMA], ptimeMs: 40 }));
    await clock.advance(80);
    expect(asked).toEqual([
      ['PCMU', 160],
      ['PCMA', 320],
      ['PCMA', 320],
    ]);
    expect(sent().map((packet) => [packet.payloadType, packet.ssrc, packet.sequence - sent()[0]!.sequence])).toEqual(
      [0, 8, 8].map((type, at) => [type, sent()[0]!.ssrc, at]),
    );
    expect(stream.codec).toBe(stream.media.send[0]);
  });

  it('is refused with a frame length out of range, and leaves the old one', () => {
    const before = stream.media;
    expect(() => stream.remap(media('inactive', { ptimeMs: 0 }))).toThrow(expect.objectContaining({ code: 'RTP_OPTION_RANGE' }) as Error);
    expect(stream.media).toBe(before);
  });

  it('that takes no keys ends those under way', async () => {
    const pressed = stream.sendDigits('123');
    await clock.advance(100);
    stream.remap(media('sendrecv', { send: [PCMU] }));
    await expect(pressed).rejects.toMatchObject({ code: 'RTP_EVENTS_NOT_AGREED' });
    await expect(stream.sendDigits('1')).rejects.toMatchObject({ code: 'RTP_EVENTS_NOT_AGREED' });
  });
});

describe('keys that we press', () => {
  it('take the place of audio while they sound, on the same clock', async () => {
    stream.play(() => FRAME);
    await clock.advance(20);
    const pressed = stream.sendDigits('7', { durationMs: 40, gapMs: 100 });
    await clock.advance(20);
    stream.send(FRAME);
    await clock.advance(280);
    await pressed;
    const start = sent()[0]!.timestamp;
    expect(
      sent()
        .slice(0, 6)
        .map((packet) => [packet.payloadType, packet.marker, packet.timestamp - start]),
    ).toEqual([
      [0, true, 0],
      [101, true, 160],
      [101, false, 160],
      [101, false, 160],
      [101, false, 160],
      [0, true, 800],
    ]);
    expect(ports.stats().total.eventsOut).toBe(4);
  });

  it('wait for the end of a hold', async () => {
    stream.remap(media('recvonly'));
    let done = false;
    const pressed = stream.sendDigits('1').then(() => (done = true));
    await clock.advance(1000);
    expect([done, sent().length]).toEqual([false, 0]);
    stream.remap(media());
    await clock.advance(300);
    await pressed;
    expect(sent()).toHaveLength(7);
  });
});

describe('callbacks that throw', () => {
  it.each<{ callback: string; add: (fail: () => never) => void }>([
    { callback: 'source', add: (fail) => stream.play(fail) },
    { callback: 'sink', add: (fail) => stream.listen(fail) },
    { callback: 'tap', add: (fail) => stream.tap(fail) },
    { callback: 'events', add: (fail) => stream.onEvent(fail) },
  ])('are taken off and reported, and the stream goes on: $callback', async ({ callback, add }) => {
    const cause = new Error('mine');
    add(() => {
      throw cause;
    });
    const heard: number[] = [];
    stream.tap((packet) => void heard.push(packet.sequence));
    for (let sequence = 1; sequence <= 3; sequence += 1) {
      arrive(sequence, 97, { payload: Uint8Array.of(1, 0x8a, 0, 160) });
      await clock.advance(20);
    }
    expect(errors).toMatchObject([{ code: 'RTP_CALLBACK_FAILED', info: { callback }, cause }]);
    expect(heard).toEqual([1, 2, 3]);
    expect(ports.stats()).toMatchObject({ live: { timers: 1 }, total: { callbackErrors: 1 } });
  });
});

describe('reports, RFC 3550 §6', () => {
  it('go out every 5 s, give or take half', async () => {
    const times: number[] = [];
    for (let second = 0; second < 600; second += 1) {
      await clock.advance(1000);
      while (times.length < control.sent.length) times.push(second);
    }
    const steps = times.slice(1).map((time, at) => time - times[at]!);
    expect(times[0]).toBeLessThanOrEqual(4);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...steps)).toBeLessThanOrEqual(8);
    expect(times.length).toBeGreaterThan(90);
  });

  it('say what we send and what we hear', async () => {
    stream.send(FRAME);
    for (const sequence of [1, 2, 4]) arrive(sequence);
    await clock.advance(12_000);
    const first = reports()[0]!.reports[0]!;
    expect(first).toMatchObject({
      ssrc: stream.stats().ssrc,
      sender: { packets: 1, octets: 160 },
      blocks: [{ ssrc: SSRC, fractionLost: 64, lost: 1, highestSequence: 4 }],
    });
    const at = first.sender!.ntpSeconds - 2_208_988_800 - new ManualClock().now() / 1000;
    expect(Math.abs(((first.sender!.timestamp - sent()[0]!.timestamp) >>> 0) / 8000 - at)).toBeLessThanOrEqual(1);
    expect(reports()[1]!.reports[0]!.sender).toBeUndefined(); // nothing was sent since
  });

  it('measure the round trip, and say how long ago the peer’s report came', async () => {
    arrive(1);
    stream.send(FRAME);
    while (reports().length === 0) await clock.advance(10);
    const ours = reports()[0]!.reports[0]!.sender!;
    const middle = ((ours.ntpSeconds << 16) | (ours.ntpFraction >>> 16)) >>> 0;
    await clock.advance(150);
    const block = {
      ssrc: stream.stats().ssrc,
      fractionLost: 128,
      lost: 7,
      highestSequence: 1,
      jitter: 80,
      lastReport: middle,
      delaySinceLastReport: 65536 / 10,
    };
    const theirs = { ntpSeconds: 0x12345678, ntpFraction: 0x9abcdef0, timestamp: 0, packets: 1, octets: 160 };
    report({
      ssrc: SSRC,
      sender: theirs,
      blocks: [
        { ...block, delaySinceLastReport: 6554 },
        { ...block, ssrc: 1, lost: 99 },
      ],
    });
    const view = stream.stats().remote!;
    expect(view).toMatchObject({ fractionLost: 0.5, lost: 7, jitterMs: 10 });
    expect(view.roundTripMs).toBeGreaterThan(40);
    expect(view.roundTripMs).toBeLessThan(61); // 150 ms, of which the peer held it 100; and at most 10 that the loop above adds
    while (reports().length === 1) await clock.advance(10);
    const back = reports()[1]!.reports[0]!.blocks[0]!;
    expect(back.lastReport).toBe(0x56789abc);
    expect(back.delaySinceLastReport).toBeGreaterThan(65536);
  });
});

describe('the end of a stream', () => {
  it('says BYE once, stops every timer, rejects the keys that wait, and leaves the transport to its owner', async () => {
    stream.play(() => FRAME);
    stream.listen(() => {});
    const pressed = stream.sendDigits('1');
    arrive(1, 97, { payload: Uint8Array.of(1, 10, 0, 160) });
    await clock.advance(60);
    stream.stop();
    stream.stop();
    await expect(pressed).rejects.toMatchObject({ code: 'RTP_STREAM_STOPPED' });
    await expect(stream.sendDigits('1')).rejects.toMatchObject({ code: 'RTP_STREAM_STOPPED' });
    expect(reports().at(-1)?.bye).toEqual([stream.stats().ssrc]);
    expect(transport.closed).toBe(false);
    expect(ports.stats().live).toEqual({ ports: 1, streams: 0, timers: 0 });
    expect(clock.pending).toBe(0);
    transport.close();
    expect(ports.stats().live.ports).toBe(0);
  });

  it('says no BYE when it never said anything', () => {
    stream.stop();
    expect(control.sent).toEqual([]);
  });

  it('lets no callback fire any more, not even the next one of the same packet', async () => {
    let heard = 0;
    stream.tap(() => stream.stop());
    for (const add of [
      () => stream.tap(() => (heard += 1)),
      () => stream.onEvent(() => (heard += 1)),
      () => stream.listen(() => (heard += 1)),
      () => stream.play(() => ((heard += 1), FRAME)),
    ])
      add();
    arrive(1, 97, { payload: Uint8Array.of(1, 0x0a, 0, 160) });
    arrive(2);
    stream.tap(() => (heard += 1));
    stream.play(() => ((heard += 1), FRAME));
    stream.send(FRAME);
    stream.remap(media('inactive'));
    await clock.advance(1000);
    await settle();
    expect([heard, socket.sent.length, clock.pending]).toEqual([0, 0, 0]);
  });

  it('may come from its own source', async () => {
    stream.play(() => (stream.stop(), FRAME));
    await clock.advance(100);
    expect([socket.sent.length, clock.pending]).toEqual([0, 0]);
  });
});
