/** Real sockets on the loopback: the node side of ports, and one stream end to end. */
import { createSocket, type Socket } from 'node:dgram';
import { isSipError, systemClock, systemRandom } from '@jackfield/base';
import { afterEach, describe, expect, it } from 'vitest';
import { createRtpPorts, readRtcp, readRtp, writeRtp, type MediaTransport } from '../src/index.ts';

const closing: { close(): unknown }[] = [];
afterEach(() => {
  for (const open of closing.splice(0)) open.close();
});

const PCMU = { payloadType: 0, name: 'PCMU', clockRate: 8000 };
const makePorts = (range = { first: 24000, last: 27999 }) => createRtpPorts({ clock: systemClock(), random: systemRandom(), range });

async function open(ports = makePorts()): Promise<MediaTransport> {
  const transport = await ports.open('127.0.0.1');
  closing.push(transport);
  return transport;
}

function bind(type: 'udp4' | 'udp6', port: number, address: string): Promise<Socket> {
  const socket = createSocket(type);
  closing.push(socket);
  return new Promise((resolve) => socket.bind(port, address, () => resolve(socket)));
}
const next = (socket: Socket): Promise<Uint8Array> => new Promise((resolve) => socket.once('message', resolve));

describe('ports on this machine', () => {
  it('carry packets both ways between two transports', async () => {
    const [a, b] = [await open(), await open()];
    a.setRemote({ host: '127.0.0.1', port: b.port, payloadTypes: [0] });
    b.setRemote({ host: '127.0.0.1', port: a.port, payloadTypes: [0] });
    const heard = new Promise<number>((resolve) => a.setReceiver({ packet: (packet) => resolve(packet.sequence), control: () => {} }));
    b.setReceiver({ packet: (packet) => b.send(writeRtp(false, 0, packet.sequence + 1, 0, 2, packet.payload)), control: () => {} });
    a.send(writeRtp(true, 0, 41, 0, 1, new Uint8Array(160)));
    expect(await heard).toBe(42);
  });

  it('go past a port that another socket holds, and report one that cannot be bound', async () => {
    const ports = makePorts({ first: 28000, last: 28003 });
    await bind('udp4', 28000, '127.0.0.1');
    expect((await open(ports)).port).toBe(28002);
    await expect(open(ports)).rejects.toSatisfy((error) => isSipError(error, 'RTP_PORTS_EXHAUSTED'));
    await expect(makePorts().open('192.0.2.77')).rejects.toSatisfy((error) => isSipError(error, 'RTP_BIND_FAILED'));
    expect(ports.stats().live.ports).toBe(1);
  });

  it('count what the host will not send, and stay open', async () => {
    const ports = makePorts();
    const transport = await open(ports);
    const peer = await bind('udp4', 0, '127.0.0.1');
    transport.setRemote({ host: '127.0.0.1', port: peer.address().port, payloadTypes: [0] });
    transport.send(new Uint8Array(70_000)); // more than a datagram holds
    const arrived = next(peer);
    transport.send(writeRtp(false, 0, 7, 0, 1, new Uint8Array(0)));
    expect(readRtp(await arrived)?.sequence).toBe(7);
    expect(ports.stats().total.socketErrors).toBe(1);
  });

  it('can be bound again after they were closed', async () => {
    const ports = makePorts({ first: 28010, last: 28011 });
    for (let round = 0; round < 5; round += 1) (await open(ports)).close();
    expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
  });
});

describe('a stream on this machine', () => {
  it('keeps its beat, says goodbye, and leaves nothing behind', async () => {
    const ports = makePorts();
    const transport = await open(ports);
    const peer = await bind('udp4', 0, '127.0.0.1');
    const peerControl = await bind('udp4', 0, '127.0.0.1');
    transport.setRemote({ host: '127.0.0.1', port: peer.address().port, rtcpPort: peerControl.address().port, payloadTypes: [0] });
    const stream = ports.stream(transport, { media: { direction: 'sendrecv', send: [PCMU], receive: [PCMU] }, onError: () => {} });
    const packets: Uint8Array[] = [];
    const enough = new Promise<void>((resolve) =>
      peer.on('message', (bytes) => {
        packets.push(bytes);
        if (packets.length === 10) resolve();
      }),
    );
    stream.play((_codec, samples) => new Uint8Array(samples));
    await enough;
    const goodbye = next(peerControl);
    stream.stop();
    transport.close();
    expect(readRtcp(await goodbye)?.bye).toEqual([stream.stats().ssrc]);
    const read = packets.slice(0, 10).map((bytes) => readRtp(bytes)!);
    expect(read.map((packet) => packet.marker)).toEqual([true, ...Array<boolean>(9).fill(false)]);
    expect(read.map((packet) => (packet.timestamp - read[0]!.timestamp) >>> 0)).toEqual(read.map((_, at) => at * 160));
    expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
  });
});
