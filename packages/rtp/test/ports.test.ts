import { ManualClock, SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { FakeSockets } from './fake-sockets.ts';
import { createRtpPorts, nullPorts, type RtpPortsOptions } from '../src/ports.ts';

const IDLE = { ports: 0, streams: 0, timers: 0 };
function setUp(more: Partial<RtpPortsOptions> = {}) {
  const network = new FakeSockets();
  const range = { first: 20000, last: 20007 };
  return { network, ports: createRtpPorts({ network, clock: new ManualClock(), random: new SeededRandom(1), range, ...more }) };
}
const code = (wanted: string): Error => expect.objectContaining({ code: wanted }) as Error;

describe('ports with sockets', () => {
  it('are an even one for RTP and the odd one above for RTCP', async () => {
    const { network, ports } = setUp();
    const transport = await ports.open('192.0.2.9');
    expect(transport.port % 2).toBe(0);
    expect(transport.rtcpPort).toBe(transport.port + 1);
    expect(network.at(transport.port).local.host).toBe('192.0.2.9');
    expect(network.at(transport.rtcpPort).receiver).not.toBe(network.at(transport.port).receiver);
    expect(ports.stats().live.ports).toBe(1);
    transport.close();
    expect(ports.stats().live).toEqual(IDLE);
  });

  it('are bound to the host given, and shown under the address asked for', async () => {
    const { network, ports } = setUp({ host: '10.0.0.5' });
    const transport = await ports.open('203.0.113.1');
    expect(transport.localAddress).toBe('203.0.113.1');
    expect(network.at(transport.port).local.host).toBe('10.0.0.5');
  });

  it.each([0, 1])('go past a pair of which another program holds one', async (offset) => {
    const { network, ports } = setUp();
    for (const pair of [20000, 20002, 20006]) network.taken.add(pair + offset);
    const transport = await ports.open('192.0.2.9');
    expect(transport.port).toBe(20004);
    expect(ports.stats().live.ports).toBe(1);
    for (const socket of network.bound.values()) expect(socket.closed).toBe(Math.floor(socket.local.port / 2) === 10002 ? 0 : 1);
  });

  it('run out: in the range, and after 16 that others hold', async () => {
    const few = setUp();
    for (let pair = 0; pair < 4; pair += 1) await few.ports.open('192.0.2.9');
    await expect(few.ports.open('192.0.2.9')).rejects.toThrow(code('RTP_PORTS_EXHAUSTED'));
    const many = setUp({ range: { first: 20000, last: 29999 } });
    for (let port = 20000; port < 30000; port += 1) many.network.taken.add(port);
    await expect(many.ports.open('192.0.2.9')).rejects.toMatchObject({ code: 'RTP_PORTS_EXHAUSTED', info: { tried: 16 } });
    expect(many.ports.stats().live.ports).toBe(0);
  });

  it('are given back when the host refuses for another reason', async () => {
    const { network, ports } = setUp();
    network.refusal = 'EADDRNOTAVAIL';
    await expect(ports.open('198.51.100.1')).rejects.toThrow(code('RTP_BIND_FAILED'));
    expect(ports.stats().live).toEqual(IDLE);
  });

  it('are different for calls that open at the same time', async () => {
    const { ports } = setUp();
    const transports = await Promise.all(Array.from({ length: 4 }, async () => ports.open('192.0.2.9')));
    expect(new Set(transports.map((transport) => transport.port)).size).toBe(4);
  });

  it('are refused for a range without a pair', () => {
    expect(() => setUp({ range: { first: 20001, last: 20002 } })).toThrow(code('RTP_PORT_RANGE'));
  });
});

describe('ports without sockets', () => {
  it('are numbers in the range, at once and as many as are asked for', () => {
    const ports = nullPorts({ clock: new ManualClock(), random: new SeededRandom(1), range: { first: 20000, last: 20007 } });
    const transports = Array.from({ length: 100 }, () => ports.open('192.0.2.9'));
    expect(ports.stats().live.ports).toBe(100);
    for (const transport of transports) {
      if (transport instanceof Promise) throw new Error('a number needs no time');
      expect([20000, 20002, 20004, 20006]).toContain(transport.port);
      expect(transport).toMatchObject({ localAddress: '192.0.2.9', rtcpPort: transport.port + 1, inert: true, closed: false });
      transport.close();
      transport.close();
      expect(transport.closed).toBe(true);
    }
    expect(ports.stats().live).toEqual(IDLE);
  });

  it('carry streams that arm no timer, ask no source and press no key', async () => {
    const clock = new ManualClock();
    const ports = nullPorts({ clock, random: new SeededRandom(1) });
    const types = [
      { payloadType: 0, name: 'PCMU', clockRate: 8000 },
      { payloadType: 101, name: 'telephone-event', clockRate: 8000 },
    ];
    const onError = (): void => {
      throw new Error('no callback was to fail');
    };
    const stream = ports.stream(await ports.open('192.0.2.9'), { media: { direction: 'sendrecv', send: types, receive: types }, onError });
    stream.play(() => {
      throw new Error('nobody would hear it');
    });
    stream.listen(() => {});
    await stream.sendDigits('1');
    stream.send(new Uint8Array(160));
    expect(clock.pending).toBe(0);
    expect(stream.stats().sent.packets).toBe(0);
    expect(ports.stats().live).toEqual({ ports: 1, streams: 1, timers: 0 });
  });
});
