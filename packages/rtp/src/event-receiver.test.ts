import { ManualClock } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { EventReceiver, type TelephoneEvent } from './event-receiver.ts';
import { RtpPacket } from './packet.ts';
import { writeEvent } from './telephone-event.ts';

function setUp() {
  const clock = new ManualClock();
  const events: TelephoneEvent[] = [];
  const receiver = new EventReceiver(clock, 8000, { released: (event) => void events.push(event) });
  const hear = (timestamp: number, ...blocks: (readonly [event: number, duration: number, end?: boolean])[]): void => {
    const payload = Buffer.concat(blocks.map(([event, duration, end = false]) => writeEvent({ event, end, volume: 10, duration })));
    receiver.packet(new RtpPacket(false, 101, 0, timestamp >>> 0, 1, payload));
  };
  return { clock, events, receiver, hear, digits: () => events.map((event) => `${event.digit}:${event.durationMs}`) };
}

type Step = readonly [timestamp: number, event: number, duration: number, end?: boolean];
describe('keys that are heard, RFC 4733 §2.5.2', () => {
  it.each<{ what: string; packets: Step[]; digits: string[] }>([
    {
      what: 'one key, with its end three times',
      packets: [
        [0, 5, 160],
        [0, 5, 320],
        [0, 5, 480, true],
        [0, 5, 480, true],
        [0, 5, 480, true],
      ],
      digits: ['5:60'],
    },
    { what: 'one key of which only the last packet came', packets: [[0, 11, 800, true]], digits: ['#:100'] },
    {
      what: 'a packet of it that was overtaken by the end',
      packets: [
        [0, 5, 320, true],
        [0, 5, 160],
      ],
      digits: ['5:40'],
    },
    {
      what: 'a packet of it that was overtaken by a longer one',
      packets: [
        [0, 5, 320],
        [0, 5, 160],
        [0, 5, 480, true],
      ],
      digits: ['5:60'],
    },
    {
      what: 'the longest it was told of a key whose end was lost',
      packets: [
        [0, 5, 480],
        [0, 5, 160],
        [1600, 6, 160, true],
      ],
      digits: ['5:60', '6:20'],
    },
    {
      what: 'the same key twice',
      packets: [
        [0, 1, 800, true],
        [1600, 1, 800, true],
      ],
      digits: ['1:100', '1:100'],
    },
    {
      what: 'a key whose end was lost, when the next one begins',
      packets: [
        [0, 1, 160],
        [0, 1, 640],
        [1600, 2, 160],
        [1600, 2, 320, true],
      ],
      digits: ['1:80', '2:40'],
    },
    {
      what: 'a straggler of the key before',
      packets: [
        [0, 1, 640, true],
        [1600, 2, 160],
        [0, 1, 640, true],
        [1600, 2, 320, true],
      ],
      digits: ['1:80', '2:40'],
    },
    {
      what: 'a straggler of a key whose end was lost',
      packets: [
        [0, 1, 640],
        [1600, 2, 160],
        [0, 1, 640],
        [1600, 2, 320, true],
      ],
      digits: ['1:80', '2:40'],
    },
    {
      what: 'timestamps over the wrap',
      packets: [
        [0xffffff00, 1, 640, true],
        [0x200, 2, 640, true],
      ],
      digits: ['1:80', '2:80'],
    },
    {
      what: 'a report without duration',
      packets: [
        [0, 1, 0],
        [0, 1, 0, true],
      ],
      digits: [],
    },
    { what: 'what is no key', packets: [[0, 16, 800, true]], digits: ['undefined:100'] },
  ])('$what', ({ packets, digits }) => {
    const heard = setUp();
    for (const [timestamp, ...block] of packets) heard.hear(timestamp, block);
    expect(heard.digits()).toEqual(digits);
    expect(heard.clock.pending).toBe(0);
  });

  it('are over when nothing more is heard of them, and late packets do not begin them again', async () => {
    const { clock, hear, digits } = setUp();
    hear(0, [3, 160]);
    await clock.advance(200);
    hear(0, [3, 1760]);
    await clock.advance(249);
    expect(digits()).toEqual([]);
    await clock.advance(1);
    expect(digits()).toEqual(['3:220']);
    expect(clock.pending).toBe(0);
    hear(0, [3, 4000]);
    hear(0, [3, 4160, true]);
    expect(digits()).toHaveLength(1);
  });

  it('may be held longer than a duration can say, §2.5.2.3', () => {
    const { hear, digits } = setUp();
    for (let duration = 160; duration < 0xffff; duration += 160) hear(1000, [7, duration]);
    hear(1000, [7, 0xffff]);
    hear(1000 + 0xffff, [7, 160]);
    hear(1000 + 0xffff, [7, 320, true]);
    expect(digits()).toEqual([`7:${Math.round((0xffff + 320) / 8)}`]);
  });

  it('may come several in a packet, §2.5.2.4', () => {
    const { hear, digits } = setUp();
    hear(0, [1, 400, true], [2, 400, true], [3, 160]);
    hear(800, [3, 480, true]);
    expect(digits()).toEqual(['1:50', '2:50', '3:60']);
  });

  it('are not heard in a payload that is cut short', () => {
    const { receiver, events, clock } = setUp();
    receiver.packet(new RtpPacket(true, 101, 0, 0, 1, Uint8Array.of(5, 0x80, 1)));
    receiver.packet(new RtpPacket(true, 101, 0, 0, 1, new Uint8Array(0)));
    expect([events.length, clock.pending]).toEqual([0, 0]);
  });

  it('are forgotten when the stream stops', async () => {
    const { receiver, events, clock, hear } = setUp();
    hear(0, [1, 160]);
    receiver.stop();
    expect(clock.pending).toBe(0);
    await clock.advance(1000);
    expect(events).toEqual([]);
  });

  it('are over when the source changes, whose timestamps may be earlier', () => {
    const { receiver, hear, digits } = setUp();
    hear(1_000_000, [1, 160]);
    receiver.reset();
    hear(500, [2, 160, true]);
    expect(digits()).toEqual(['1:20', '2:20']);
  });
});
