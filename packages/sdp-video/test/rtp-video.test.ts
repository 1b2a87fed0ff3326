import { ManualClock, SeededRandom, SimulatedNetwork } from '@jackfield/base/testing';
import { createRtpPorts, type RtpPorts } from '@jackfield/rtp';
import { describe, expect, it } from 'vitest';
import { OUR_ADDRESS, PEER_ADDRESS, described } from '@jackfield/session/testing';
import { Desk } from './desk.ts';
import { Phone } from '@jackfield/rtp/testing';
import type { RtpVideo } from '../src/rtp-video.ts';

const offer = (port: number, number: number, ...lines: string[]) =>
  described(`m=video ${port} RTP/AVP ${number}`, `a=rtpmap:${number} VP8/90000`, ...lines);

interface Leg {
  readonly desk: Desk;
  readonly stream: RtpVideo;
  readonly phone: Phone;
}

async function setUp(): Promise<{
  clock: ManualClock;
  ports: RtpPorts;
  errors: unknown[];
  leg: (port: number, number: number) => Promise<Leg>;
}> {
  const clock = new ManualClock();
  const network = new SimulatedNetwork({ clock });
  const [us, peer] = [network.host(OUR_ADDRESS), network.host(PEER_ADDRESS)];
  const ports = createRtpPorts({ clock, random: new SeededRandom(1), network: us });
  const errors: unknown[] = [];
  const leg = async (port: number, number: number): Promise<Leg> => {
    const desk = new Desk({ ports, onError: (error) => void errors.push(error) }, { clock });
    const section = await desk.answer(offer(port, number));
    return { desk, stream: desk.stream!, phone: await Phone.at(peer, PEER_ADDRESS, port, { host: OUR_ADDRESS, port: section.port }) };
  };
  return { clock, ports, errors, leg };
}

/** A frame of three packets, of which the last is marked. */
function sendFrame(phone: Phone, number: number, sequence: number, timestamp: number): void {
  for (let at = 0; at < 3; at += 1) phone.say(number, sequence + at, timestamp, Uint8Array.of(sequence + at, 0xff, at), at === 2);
}

describe('echo of video', () => {
  it('sends back every packet as it came, under our source and with the steps of the peer’s numbers', async () => {
    const { clock, leg } = await setUp();
    const { stream, phone } = await leg(4000, 100);
    stream.echo(true);
    sendFrame(phone, 100, 65_534, 90_000);
    await clock.advance(40);
    sendFrame(phone, 100, 2, 93_600);
    await clock.advance(40);
    const back = phone.take();
    expect(back.map(({ payload }) => payload[0])).toEqual([254, 255, 0, 2, 3, 4]);
    expect(back.map(({ sequence }) => (sequence - back[0]!.sequence) & 0xffff)).toEqual([0, 1, 2, 4, 5, 6]); // one was lost on its way to us
    expect(back.map(({ timestamp }) => (timestamp - back[0]!.timestamp) >>> 0)).toEqual([0, 0, 0, 3600, 3600, 3600]);
    expect(back.map(({ marker }) => marker).slice(1)).toEqual([false, true, false, false, true]);
    expect(new Set(back.map(({ ssrc }) => ssrc)).size).toBe(1);
    expect(back[0]!.ssrc).not.toBe(77);
    expect(stream.statistics).toMatchObject({ sent: { packets: 6 }, received: { packets: 6, lost: 1 } });
  });

  it('ends when it is switched off', async () => {
    const { clock, leg } = await setUp();
    const { stream, phone } = await leg(4000, 100);
    stream.echo(true);
    stream.echo(false);
    sendFrame(phone, 100, 1, 0);
    await clock.advance(40);
    expect(phone.take()).toEqual([]);
  });

  it('waits on hold', async () => {
    const { clock, leg } = await setUp();
    const { desk, stream, phone } = await leg(4000, 100);
    stream.echo(true);
    await desk.answer(offer(4000, 100, 'a=inactive'), 'inactive');
    sendFrame(phone, 100, 1, 0);
    await clock.advance(40);
    expect(phone.take()).toEqual([]);
    await desk.answer(offer(4000, 100));
    sendFrame(phone, 100, 4, 3600);
    await clock.advance(40);
    expect(phone.take()).toHaveLength(3);
  });

  it('hears nothing but what was agreed', async () => {
    const { clock, ports, leg } = await setUp();
    const { stream, phone } = await leg(4000, 100);
    stream.echo(true);
    phone.say(96, 1, 0, Uint8Array.of(1));
    await clock.advance(40);
    expect(phone.take()).toEqual([]);
    expect(ports.stats().total.droppedPayloadType).toBe(1);
  });
});

describe('relaying video to another leg', () => {
  it('uses the numbers of the other leg, both ways at once', async () => {
    const { clock, leg } = await setUp();
    const [left, right] = [await leg(4000, 100), await leg(5000, 120)];
    left.stream.relayTo(right.stream);
    right.stream.relayTo(left.stream);
    sendFrame(left.phone, 100, 1, 0);
    right.phone.say(120, 9, 0, Uint8Array.of(9));
    await clock.advance(40);
    expect(right.phone.take().map(({ payloadType, payload }) => [payloadType, payload[0]])).toEqual([
      [120, 1],
      [120, 2],
      [120, 3],
    ]);
    expect(left.phone.take().map(({ payloadType, payload }) => [payloadType, payload[0]])).toEqual([[100, 9]]);
  });

  it('ends when it is told to, and when either leg stops', async () => {
    const { clock, ports, errors, leg } = await setUp();
    const [left, right] = [await leg(4000, 100), await leg(5000, 100)];
    left.stream.relayTo(right.stream);
    left.stream.relayTo(undefined);
    sendFrame(left.phone, 100, 1, 0);
    await clock.advance(40);
    left.stream.relayTo(right.stream);
    right.desk.stop();
    sendFrame(left.phone, 100, 4, 3600);
    await clock.advance(40);
    left.desk.stop();
    sendFrame(left.phone, 100, 7, 7200);
    await clock.advance(40);
    expect(right.phone.take()).toEqual([]);
    expect(errors).toEqual([]);
    expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
    expect(clock.pending).toBe(0);
  });

  it('takes the place of echo, and drops what the other leg does not take', async () => {
    const { clock, ports, leg } = await setUp();
    const [left, right] = [await leg(4000, 100), await leg(5000, 120)];
    await right.desk.answer(described('m=video 5000 RTP/AVP 99', 'a=rtpmap:99 H264/90000', 'a=fmtp:99 profile-level-id=42e01f'));
    left.stream.echo(true);
    left.stream.relayTo(right.stream);
    left.stream.echo(false); // is on no more
    sendFrame(left.phone, 100, 1, 0);
    await clock.advance(40);
    expect([...left.phone.take(), ...right.phone.take()]).toEqual([]);
    expect(ports.stats().total.unsent).toBe(3);
  });

  it('reports a receiver that throws, once, and goes on without it', async () => {
    const { clock, errors, leg } = await setUp();
    const { stream, phone } = await leg(4000, 100);
    const broken = {
      codec: undefined,
      direction: 'sendrecv' as const,
      held: false,
      statistics: undefined,
      echo: () => {},
      relayTo: () => {},
      relay: () => {
        throw new Error('no eyes');
      },
    };
    stream.relayTo(broken);
    sendFrame(phone, 100, 1, 0);
    await clock.advance(40);
    expect(errors).toMatchObject([{ code: 'RTP_CALLBACK_FAILED', info: { callback: 'tap' } }]);
  });
});

describe('a video stream before any exchange has settled it', () => {
  it('has nothing to say', async () => {
    const { clock } = await setUp();
    const network = new SimulatedNetwork({ clock });
    const desk = new Desk({ ports: createRtpPorts({ clock, random: new SeededRandom(1), network: network.host(OUR_ADDRESS) }) }, { clock });
    const { stream } = (await desk.create(desk.exchange('offerer')))!;
    expect([stream.codec, stream.direction, stream.held, stream.statistics]).toEqual([undefined, 'inactive', false, undefined]);
    expect(() => stream.echo(true)).toThrow(expect.objectContaining({ code: 'VIDEO_NOT_AGREED' }) as Error);
  });
});
