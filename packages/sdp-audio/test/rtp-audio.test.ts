import { ManualClock, SeededRandom, SimulatedNetwork, settle } from '@jackfield/base/testing';
import { createRtpPorts, decodePcma, encodePcma, encodePcmu, type RtpPorts } from '@jackfield/rtp';
import { describe, expect, it } from 'vitest';
import { OUR_ADDRESS, PEER_ADDRESS, described } from '@jackfield/session/testing';
import { Desk } from './desk.ts';
import { Phone } from '@jackfield/rtp/testing';
import type { AudioOptions, Digit } from '../src/index.ts';
import type { RtpAudio } from '../src/rtp-audio.ts';

const EVENTS = 'a=rtpmap:101 telephone-event/8000';
const OFFER = described('m=audio 4000 RTP/AVP 8 101', EVENTS);
const frame = (level: number): Int16Array => new Int16Array(160).fill(level);

interface Call {
  readonly clock: ManualClock;
  readonly ports: RtpPorts;
  readonly desk: Desk;
  readonly stream: RtpAudio;
  readonly phone: Phone;
  /** Somebody else, who was not negotiated. */
  readonly stranger: Phone;
  readonly errors: unknown[];
}

async function call(options: AudioOptions = {}, offer = OFFER): Promise<Call> {
  const clock = new ManualClock();
  const network = new SimulatedNetwork({ clock });
  const [us, peer, other] = [network.host(OUR_ADDRESS), network.host(PEER_ADDRESS), network.host('192.0.2.66')];
  const ports = createRtpPorts({ clock, random: new SeededRandom(1), network: us });
  const errors: unknown[] = [];
  const desk = new Desk({ ports, onError: (error) => void errors.push(error), ...options }, { clock });
  const { port } = await desk.answer(offer);
  const phone = await Phone.at(peer, PEER_ADDRESS, 4000, { host: OUR_ADDRESS, port });
  const stranger = await Phone.at(other, '192.0.2.66', 4000, { host: OUR_ADDRESS, port });
  return { clock, ports, desk, stream: desk.stream!, phone, stranger, errors };
}

const press = (event: number, end: boolean, duration: number): Uint8Array =>
  Uint8Array.of(event, (end ? 0x80 : 0) | 10, duration >> 8, duration & 0xff);

describe('echo', () => {
  it('sends back what arrives, keys too, with the timing it had', async () => {
    const { clock, stream, phone } = await call();
    stream.echo(true);
    phone.say(8, 10, 1000, Uint8Array.of(1, 2, 3), true);
    await clock.advance(20);
    phone.say(101, 11, 1160, press(5, false, 160), true);
    await clock.advance(20);
    phone.say(8, 13, 1480, Uint8Array.of(4));
    await clock.advance(20);
    const [first, key, last] = phone.take();
    expect([first!.payloadType, key!.payloadType, last!.payloadType]).toEqual([8, 101, 8]);
    expect([...first!.payload]).toEqual([1, 2, 3]);
    expect([...key!.payload]).toEqual([...press(5, false, 160)]);
    expect([key!.sequence - first!.sequence, last!.sequence - first!.sequence]).toEqual([1, 3]); // the gap stays visible
    expect([key!.timestamp - first!.timestamp, last!.timestamp - first!.timestamp]).toEqual([160, 480]);
    expect(first!.ssrc).not.toBe(77);
  });

  it('stops when it is switched off, and once is enough', async () => {
    const { clock, stream, phone } = await call();
    stream.echo(true);
    stream.echo(true);
    phone.say(8, 1, 0, Uint8Array.of(1));
    await clock.advance(10);
    expect(phone.take()).toHaveLength(1);
    stream.echo(false);
    phone.say(8, 2, 160, Uint8Array.of(1));
    await clock.advance(10);
    expect(phone.take()).toHaveLength(0);
  });

  it('goes on with the numbers of a later exchange', async () => {
    const { clock, desk, stream, phone } = await call();
    stream.echo(true);
    await desk.answer(described('m=audio 4000 RTP/AVP 0'));
    phone.say(0, 1, 0, Uint8Array.of(9));
    phone.say(8, 2, 160, Uint8Array.of(9));
    await clock.advance(10);
    expect(phone.take().map(({ payloadType }) => payloadType)).toEqual([0]);
  });
});

describe('strangers, T-23', () => {
  it('are not heard: neither another address nor a number that was not agreed', async () => {
    const { clock, ports, stream, phone, stranger } = await call();
    stream.echo(true);
    stranger.say(8, 1, 0, Uint8Array.of(1));
    phone.say(0, 1, 0, Uint8Array.of(1));
    await clock.advance(10);
    expect([...phone.take(), ...stranger.take()]).toEqual([]);
    expect(ports.stats().total).toMatchObject({ droppedSource: 1, droppedPayloadType: 1, packetsIn: 0 });
  });

  it('may be believed where the application says so', async () => {
    const { clock, stream, stranger } = await call({ latch: 'address' });
    stream.echo(true);
    stranger.say(8, 1, 0, Uint8Array.of(1));
    await clock.advance(10);
    expect(stranger.take()).toHaveLength(1);
  });
});

describe('play', () => {
  it('sends a frame every ptime, encoded as agreed, and is finished with the last', async () => {
    const { clock, stream, phone } = await call({}, described('m=audio 4000 RTP/AVP 8', 'a=ptime:30'));
    const samples = new Int16Array(600).fill(1000);
    const playing = stream.play(samples);
    await clock.advance(75);
    const packets = phone.take();
    expect(packets.map(({ payload }) => payload.length)).toEqual([240, 240]);
    await clock.advance(30);
    await expect(playing).resolves.toBe('finished');
    packets.push(...phone.take());
    expect(packets.map(({ timestamp }) => timestamp - packets[0]!.timestamp)).toEqual([0, 240, 480]);
    expect(packets.map(({ marker }) => marker)).toEqual([true, false, false]);
    expect([...packets[0]!.payload]).toEqual([...encodePcma(samples.subarray(0, 240))]);
    expect([...decodePcma(packets[2]!.payload)].slice(120)).toEqual(Array.from({ length: 120 }, () => 8)); // filled up with A-law's silence
    await clock.advance(200);
    expect(phone.take()).toEqual([]);
  });

  it('joins what is played next without a gap', async () => {
    const { clock, stream, phone } = await call();
    const both = stream.play(frame(1)).then(() => stream.play([frame(2)]));
    await clock.advance(45);
    await expect(both).resolves.toBe('finished');
    const [first, second] = phone.take();
    expect([second!.timestamp - first!.timestamp, second!.marker]).toEqual([160, false]);
  });

  it('is stopped by its signal, before or while it plays', async () => {
    const { clock, stream, phone } = await call();
    await expect(stream.play(frame(1), { signal: AbortSignal.abort() })).resolves.toBe('stopped');
    const control = new AbortController();
    const playing = stream.play(new Int16Array(8000), { signal: control.signal });
    await clock.advance(45);
    control.abort();
    await expect(playing).resolves.toBe('stopped');
    await clock.advance(100);
    expect(phone.take()).toHaveLength(2);
  });

  it('is stopped by what is played after it, and by the end of the stream', async () => {
    const { clock, desk, ports, stream } = await call();
    const first = stream.play(new Int16Array(8000));
    const second = stream.play(new Int16Array(8000));
    await expect(first).resolves.toBe('stopped');
    await clock.advance(20);
    desk.stop();
    await expect(second).resolves.toBe('stopped');
    await expect(stream.play(frame(1))).resolves.toBe('stopped');
    expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
  });

  it('waits on hold, and goes on where it was', async () => {
    const { clock, desk, stream, phone } = await call();
    const playing = stream.play([frame(1), frame(2), frame(3)]);
    await clock.advance(25);
    await desk.answer(described('m=audio 4000 RTP/AVP 8', 'a=sendonly'), 'recvonly');
    await clock.advance(200);
    expect(phone.take()).toHaveLength(1);
    await desk.answer(described('m=audio 4000 RTP/AVP 8'));
    await clock.advance(40);
    await expect(playing).resolves.toBe('finished');
    expect(phone.take().map(({ payload }) => payload[0])).toEqual([encodePcma(frame(2))[0], encodePcma(frame(3))[0]]);
  });

  it('rejects with what its source throws, and the stream goes on', async () => {
    const { clock, stream, phone, errors } = await call();
    async function* broken(): AsyncGenerator<Int16Array> {
      yield frame(1);
      throw new Error('disk gone');
    }
    const failed = expect(stream.play(broken())).rejects.toThrow('disk gone');
    await clock.advance(20);
    await failed;
    const playing = stream.play(frame(1));
    await clock.advance(25);
    await expect(playing).resolves.toBe('finished');
    expect(phone.take()).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('refuses a codec that no samples can be made into, which echo still takes', async () => {
    const { clock, stream, phone } = await call(
      { codecs: [{ name: 'G729', clockRate: 8000, payloadType: 18 }] },
      described('m=audio 4000 RTP/AVP 18'),
    );
    await expect(stream.play(frame(1))).rejects.toMatchObject({ code: 'AUDIO_CODEC_OPAQUE', info: { codec: 'G729' } });
    stream.writeFrame(frame(1));
    stream.echo(true);
    phone.say(18, 1, 0, Uint8Array.of(5));
    await clock.advance(10);
    expect(phone.take().map(({ payload }) => Array.from(payload))).toEqual([[5]]);
  });
});

describe('frames', () => {
  it('that are written leave at once, as one packet', async () => {
    const { clock, stream, phone } = await call();
    stream.writeFrame(new Int16Array(80).fill(500));
    await clock.advance(1);
    expect(phone.take().map(({ payload }) => Array.from(payload))).toEqual([[...encodePcma(new Int16Array(80).fill(500))]]);
  });

  it('that arrive are decoded by their own codec, in order, with the time where they belong', async () => {
    const { clock, desk, stream, phone } = await call();
    await desk.answer(described('m=audio 4000 RTP/AVP 8 0'));
    const heard: [number, number][] = [];
    const listening = stream.onFrame((samples, timestamp) => void heard.push([samples[0]!, timestamp]));
    phone.say(8, 1, 1000, encodePcma(frame(1000)));
    phone.say(8, 3, 1320, encodePcma(frame(3000)));
    phone.say(0, 2, 1160, encodePcmu(frame(2000)));
    await clock.advance(200);
    expect(heard).toEqual([
      [decodePcma(encodePcma(frame(1000)))[0], 1000],
      [expect.closeTo(2000, -2), 1160],
      [decodePcma(encodePcma(frame(3000)))[0], 1320],
    ]);
    listening[Symbol.dispose]();
    phone.say(8, 4, 1480, encodePcma(frame(1)));
    await clock.advance(200);
    expect(heard).toHaveLength(3);
  });

  it('go to a listener that throws once, and the error to the application', async () => {
    const { clock, stream, phone, errors } = await call();
    stream.onFrame(() => {
      throw new Error('no ears');
    });
    phone.say(8, 1, 0, encodePcma(frame(1)));
    phone.say(8, 2, 160, encodePcma(frame(1)));
    await clock.advance(200);
    expect(errors).toMatchObject([{ code: 'RTP_CALLBACK_FAILED', info: { callback: 'sink' } }]);
  });
});

describe('keys, RFC 4733', () => {
  it('of the peer are heard once each, with their length', async () => {
    const { clock, stream, phone } = await call();
    const digits: Digit[] = [];
    stream.onDigit((digit) => void digits.push(digit));
    [160, 320].forEach((duration, at) => phone.say(101, 1 + at, 5000, press(11, false, duration), at === 0));
    for (let repeat = 0; repeat < 3; repeat += 1) phone.say(101, 3 + repeat, 5000, press(11, true, 480));
    phone.say(101, 9, 9000, press(16, true, 800)); // flash is no key
    await clock.advance(10);
    expect(digits).toEqual([{ digit: '#', durationMs: 60 }]);
  });

  it('of ours are pressed where the peer takes them', async () => {
    const { clock, stream, phone } = await call();
    expect(stream.takesDigits).toBe(true);
    const sent = stream.sendDigits('1#', { durationMs: 40, gapMs: 40 });
    await clock.advance(400);
    await sent;
    const packets = phone.take();
    expect([...new Set(packets.map(({ payloadType }) => payloadType))]).toEqual([101]);
    expect(packets.filter(({ payload }) => payload[1]! >= 0x80).map(({ payload }) => payload[0])).toEqual([1, 1, 1, 11, 11, 11]);
  });

  it('are refused where it does not, and when the stream stops', async () => {
    const { desk, stream } = await call();
    const pressing = stream.sendDigits('123');
    const failed = expect(pressing).rejects.toMatchObject({ code: 'RTP_STREAM_STOPPED' });
    desk.stop();
    await failed;
    const plain = await call({}, described('m=audio 4000 RTP/AVP 8'));
    expect(plain.stream.takesDigits).toBe(false);
    await expect(plain.stream.sendDigits('1')).rejects.toMatchObject({ code: 'RTP_EVENTS_NOT_AGREED' });
  });
});

describe('hold', () => {
  it('stops sending and hears no more, in whichever way the peer says it, until it resumes', async () => {
    const { clock, desk, stream, phone } = await call();
    const speak = (sequence: number): void => {
      stream.writeFrame(frame(1));
      phone.say(8, sequence, sequence * 160, Uint8Array.of(1));
    };
    let heard = 0;
    stream.onFrame(() => void (heard += 1));
    for (const [at, lines, wanted] of [
      [1, ['a=inactive'], 'inactive'],
      [2, ['c=IN IP4 0.0.0.0'], 'sendrecv'],
    ] as const) {
      await desk.answer(described('m=audio 4000 RTP/AVP 8', ...lines), wanted);
      speak(at);
      await clock.advance(100);
    }
    expect([phone.take().length, heard]).toEqual([0, 0]);
    await desk.answer(described('m=audio 4000 RTP/AVP 8'));
    speak(3);
    await clock.advance(100);
    expect([phone.take().length, heard]).toEqual([1, 1]);
  });

  it('of ours hears nothing, and may play to who is held', async () => {
    const { clock, desk, stream, phone, ports } = await call();
    await desk.offer(described('m=audio 4000 RTP/AVP 8', 'a=recvonly'), 'sendonly');
    expect([stream.held, stream.direction]).toEqual([false, 'sendonly']);
    stream.writeFrame(frame(1));
    phone.say(8, 1, 0, Uint8Array.of(1));
    await clock.advance(20);
    expect(phone.take()).toHaveLength(1);
    expect(ports.stats().total.droppedDirection).toBe(1);
  });

  it('sends to a new address only when that is applied', async () => {
    const { clock, desk, stream, phone } = await call();
    const exchange = desk.exchange('answerer', described('m=audio 4444 RTP/AVP 8'));
    const { section } = (await desk.create(exchange))!;
    stream.writeFrame(frame(1));
    await clock.advance(5);
    expect(phone.take()).toHaveLength(1);
    desk.apply(stream, section, exchange);
    stream.writeFrame(frame(1));
    await clock.advance(5);
    expect(phone.take()).toHaveLength(0);
    desk.handler.rollbackStream(desk.session, stream);
    stream.writeFrame(frame(1));
    await clock.advance(5);
    expect(phone.take()).toHaveLength(1);
  });
});

describe('the stream', () => {
  it('counts what it sends and hears', async () => {
    const { clock, stream, phone } = await call();
    stream.writeFrame(frame(1));
    phone.say(8, 1, 0, Uint8Array.of(1));
    await clock.advance(5);
    expect(stream.statistics).toMatchObject({ sent: { packets: 1, octets: 160 }, received: { ssrc: 77, packets: 1, lost: 0 } });
  });

  it('says nothing and takes nothing after it has stopped', async () => {
    const { clock, desk, stream, phone, ports } = await call();
    stream.echo(true);
    desk.stop();
    stream.writeFrame(frame(1));
    stream.onFrame(() => {});
    phone.say(8, 1, 0, Uint8Array.of(1));
    await clock.advance(100);
    expect(phone.take()).toEqual([]);
    expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
    expect(clock.pending).toBe(0);
  });

  it('is of no use before an exchange has settled it', async () => {
    const { desk } = await call();
    const { stream } = (await desk.create(desk.exchange('offerer'), 'sendrecv', OUR_ADDRESS))!;
    expect(stream).toBe(desk.stream);
    desk.stream = undefined;
    const fresh = (await desk.create(desk.exchange('offerer')))!.stream;
    expect([fresh.codec, fresh.direction, fresh.held, fresh.takesDigits, fresh.statistics]).toEqual([
      undefined,
      'inactive',
      false,
      false,
      undefined,
    ]);
    expect(() => fresh.echo(true)).toThrow(expect.objectContaining({ code: 'AUDIO_NOT_AGREED' }) as Error);
    await expect(fresh.play(frame(1))).rejects.toMatchObject({ code: 'AUDIO_NOT_AGREED' });
    await settle();
  });
});
