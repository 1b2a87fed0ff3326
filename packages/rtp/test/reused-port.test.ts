/** A port that a call gave back and the next call got, while packets of the first are still under way. */
import { ManualClock, SeededRandom, SimulatedNetwork } from '@jackfield/base/testing';
import { expect, it } from 'vitest';
import { createRtpPorts } from '../src/ports.ts';
import { Phone } from '../src/testing/phone.ts';

const PCMU = { payloadType: 0, name: 'PCMU', clockRate: 8000 };
const OURS = '192.0.2.9';
const FRAME = new Uint8Array(160);
const DELAY_MS = 30;

it('T-48: packets under way when a stream ends reach neither it nor the next at its port, and sound goes to the peer of that', async () => {
  const clock = new ManualClock();
  const network = new SimulatedNetwork({ clock, conditions: { minDelayMs: DELAY_MS, maxDelayMs: DELAY_MS } });
  const range = { first: 20_000, last: 20_001 };
  const ports = createRtpPorts({ clock, random: new SeededRandom(1), network: network.host(OURS), range });
  const heard: string[] = [];
  const open = async (name: string, host: string) => {
    const phone = await Phone.at(network.host(host), host, 4000, { host: OURS, port: 20_000 });
    const transport = await ports.open(OURS);
    transport.setRemote({ host, port: 4000, payloadTypes: [0] });
    const media = { direction: 'sendrecv', send: [PCMU], receive: [PCMU] } as const;
    const stream = ports.stream(transport, { media, onError: (error) => heard.push(String(error)) });
    stream.tap(() => heard.push(name));
    return { phone, transport, stream };
  };
  const first = await open('first', '192.0.2.1');
  first.phone.say(0, 1, 160, FRAME);
  await clock.advance(DELAY_MS);
  expect(heard.splice(0)).toEqual(['first']);
  for (let at = 2; at < 20; at += 1) first.phone.say(0, at, at * 160, FRAME);
  first.stream.stop();
  first.transport.close();
  const second = await open('second', '192.0.2.2');
  expect(second.transport.port).toBe(first.transport.port);
  await clock.advance(2 * DELAY_MS);
  expect(heard).toEqual([]);
  first.phone.take();
  second.stream.play(() => FRAME);
  second.phone.say(0, 1, 160, FRAME);
  await clock.advance(200);
  expect([heard, second.phone.take().length > 5, first.phone.take()]).toEqual([['second'], true, []]);
  second.stream.stop();
  second.transport.close();
  expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
});
