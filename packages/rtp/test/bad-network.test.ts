/** Two streams over a network that loses, copies and overtakes, on a virtual clock: what the promises of this package hold against. */
import { ManualClock, SeededRandom, SimulatedNetwork } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { createRtpPorts, type RtpPorts, type RtpStream, type StreamMedia } from '../src/index.ts';

const PCMU = { payloadType: 0, name: 'PCMU', clockRate: 8000 };
const KEYS = { payloadType: 101, name: 'telephone-event', clockRate: 8000 };
const MEDIA: StreamMedia = { direction: 'sendrecv', send: [PCMU, KEYS], receive: [PCMU, KEYS] };
const DIGITS = '0123456789*#ABCD';

async function connect(seed: number) {
  const clock = new ManualClock();
  const random = new SeededRandom(seed);
  const network = new SimulatedNetwork({
    clock,
    random: random.fork(),
    conditions: { loss: 0.1, duplication: 0.1, reordering: 0.2, minDelayMs: 10, maxDelayMs: 40 },
  });
  const addresses = ['192.0.2.1', '192.0.2.2'] as const;
  const ports = addresses.map((address) => createRtpPorts({ clock, random: random.fork(), network: network.host(address) }));
  const transports = await Promise.all(ports.map(async (each, side) => each.open(addresses[side]!)));
  const streams = transports.map((transport, side) => {
    const other = transports[1 - side]!;
    transport.setRemote({ host: other.localAddress, port: other.port, payloadTypes: [0, 101] });
    const onError = (error: Error): never => {
      throw error;
    };
    return ports[side]!.stream(transport, { media: MEDIA, onError });
  });
  const close = (): void => {
    for (const stream of streams) stream.stop();
    for (const transport of transports) transport.close();
  };
  return { clock, network, ports: ports as [RtpPorts, RtpPorts], streams: streams as [RtpStream, RtpStream], close };
}

describe('over a bad network', () => {
  it.each(Array.from({ length: 20 }, (_, at) => at + 1))(
    'frames come in order and once, keys are heard once, nothing is left: seed %i',
    async (seed) => {
      const { clock, network, ports, streams, close } = await connect(seed);
      const [left, right] = streams;
      const frames: number[] = [];
      const keys: string[] = [];
      let frame = 0;
      left.play(() => Uint8Array.of((frame += 1) >> 8, frame & 0xff));
      right.listen((packet) => {
        if (packet !== undefined) frames.push((packet.payload[0]! << 8) | packet.payload[1]!);
      });
      right.onEvent(({ digit }) => void keys.push(digit!));
      await clock.advance(10_000);
      const played = frames.length;
      const pressed = left.sendDigits(DIGITS, { gapMs: 100 });
      await clock.advance(5000);
      await pressed;
      expect(keys.join('')).toBe(DIGITS);
      expect(frames).toEqual([...new Set(frames)].toSorted((a, b) => a - b));
      expect(played).toBeGreaterThan(500 * 0.8);

      const { received, buffer } = right.stats();
      expect(buffer!.depth).toBeLessThan(10);
      expect(received!.jitterMs).toBeLessThan(40);
      await clock.advance(20_000); // reports are lost too, but not all of them
      expect(left.stats().remote!.roundTripMs).toBeGreaterThanOrEqual(19);
      expect(left.stats().remote!.roundTripMs).toBeLessThan(120);

      close();
      const heard = frames.length;
      await clock.advance(1000);
      expect(frames).toHaveLength(heard);
      for (const each of ports) expect(each.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
      expect(clock.pending).toBe(0);
      expect(network.counts.lost).toBeGreaterThan(0);
    },
  );

  it('is the same run for the same seed', async () => {
    const run = async (): Promise<unknown> => {
      const { clock, ports, streams, close } = await connect(7);
      streams[0].play(() => Uint8Array.of(1));
      streams[1].listen(() => {});
      await clock.advance(30_000);
      const result = [streams.map((stream) => stream.stats()), ports.map((each) => each.stats())];
      close();
      return result;
    };
    expect(await run()).toEqual(await run());
  });
});
