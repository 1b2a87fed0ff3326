import { beforeEach, describe, expect, it } from 'vitest';
import { FakeSocket } from './fake-sockets.ts';
import { RtpCounters } from '../src/counters.ts';
import { writeRtp } from '../src/packet.ts';
import { writeRtcp } from '../src/rtcp.ts';
import type { Latching, RemoteMedia } from '../src/transport.ts';
import { UdpTransport } from '../src/udp-transport.ts';

const PEER = '192.0.2.1';
const rtp = (payloadType = 0, sequence = 1): Uint8Array => writeRtp(false, payloadType, sequence, 0, 7, Uint8Array.of(1));
const rtcp = writeRtcp({ ssrc: 7, sender: undefined, blocks: [] }, 'peer', false);
const remote = (more: Partial<RemoteMedia> = {}): RemoteMedia => ({ host: PEER, port: 4000, payloadTypes: [0, 101], ...more });

function open(latch: Latching = 'port') {
  const counters = new RtpCounters();
  let released = 0;
  const transport = new UdpTransport('192.0.2.9', 20000, latch, counters, () => (released += 1));
  const media = new FakeSocket({ host: '192.0.2.9', port: 20000 }, transport.mediaReceiver);
  const control = new FakeSocket({ host: '192.0.2.9', port: 20001 }, transport.controlReceiver);
  transport.attach(media, control);
  const heard: string[] = [];
  transport.setReceiver({
    packet: (packet) => void heard.push(`rtp ${packet.payloadType}/${packet.sequence}`),
    control: (compound) => void heard.push(`rtcp ${compound.reports[0]!.ssrc}`),
  });
  const arrive = (bytes = rtp(), port = 4000, host = PEER): void => media.receiver.message(bytes, host, port);
  return { transport, counters, media, control, heard, arrive, released: () => released };
}
let world: ReturnType<typeof open>;
beforeEach(() => {
  world = open();
});

describe('what arrives over UDP', () => {
  it.each<{ what: string; bytes: Uint8Array; host?: string; counter: keyof RtpCounters }>([
    { what: 'of another address', bytes: rtp(), host: '192.0.2.66', counter: 'droppedSource' },
    { what: 'that is no RTP', bytes: Uint8Array.of(1, 2, 3), counter: 'droppedMalformed' },
    { what: 'of a payload type that was not agreed', bytes: rtp(8), counter: 'droppedPayloadType' },
    { what: 'that is RTCP without an agreement to share the port', bytes: rtcp, counter: 'droppedControl' },
  ])('is dropped and counted: a packet $what', ({ bytes, host, counter }) => {
    world.transport.setRemote(remote());
    world.arrive(bytes, 4000, host);
    expect(world.heard).toEqual([]);
    expect(world.counters[counter]).toBe(1);
    world.arrive();
    expect(world.heard).toEqual(['rtp 0/1']);
  });

  it('is dropped before there is a remote side, and while the remote side is nowhere', () => {
    world.arrive();
    for (const host of ['0.0.0.0', '::', 'media.example.com']) {
      world.transport.setRemote(remote({ host }));
      world.arrive();
    }
    world.transport.setRemote(remote({ port: 0 }));
    world.arrive();
    expect(world.heard).toEqual([]);
    expect(world.counters.droppedEarly).toBe(5);
  });

  it('teaches the port once, by the first packet that is valid', () => {
    const { transport, media, counters, heard, arrive } = world;
    transport.setRemote(remote());
    arrive(rtp(8), 6666); // not agreed: decides nothing
    arrive(Uint8Array.of(9), 6666);
    arrive(rtp(0, 1), 5000);
    arrive(rtp(0, 2), 4000); // the negotiated one is a stranger now
    arrive(rtp(0, 3), 5000);
    expect(heard).toEqual(['rtp 0/1', 'rtp 0/3']);
    expect(counters.droppedSource).toBe(1);
    transport.send(rtp());
    expect(media.sent).toMatchObject([{ host: PEER, port: 5000 }]);
  });

  it("teaches the address too where the policy is 'address', and RTCP must come from there", () => {
    const { transport, media, control, heard, arrive } = open('address');
    transport.setRemote(remote());
    arrive(rtp(), 5000, '198.51.100.7');
    arrive(rtp(0, 2), 4000, PEER);
    control.receiver.message(rtcp, PEER, 4001);
    control.receiver.message(rtcp, '198.51.100.7', 5001);
    expect(heard).toEqual(['rtp 0/1', 'rtcp 7']);
    transport.send(rtp());
    transport.sendControl(rtcp);
    expect(media.sent).toMatchObject([{ host: '198.51.100.7', port: 5000 }]);
    expect(control.sent).toMatchObject([{ host: '198.51.100.7', port: 5001 }]);
  });

  it("teaches nothing where the policy is 'none'", () => {
    const { transport, media, heard, arrive } = open('none');
    transport.setRemote(remote());
    arrive(rtp(), 5000);
    arrive(rtp(0, 2), 5002);
    transport.send(rtp());
    expect(heard).toHaveLength(2);
    expect(media.sent).toMatchObject([{ port: 4000 }]);
  });

  it('keeps what it learned while the description says the same, and forgets it when the peer moves', () => {
    const { transport, media, arrive } = world;
    transport.setRemote(remote());
    arrive(rtp(), 5000);
    transport.setRemote(remote({ payloadTypes: [8] }));
    transport.send(rtp());
    transport.setRemote(remote({ port: 4002 }));
    transport.send(rtp());
    arrive(rtp(), 5004);
    transport.send(rtp());
    expect(media.sent.map((sent) => sent.port)).toEqual([5000, 4002, 5004]);
  });

  it('may be of newly agreed payload types only', () => {
    world.transport.setRemote(remote());
    world.transport.setRemote(remote({ payloadTypes: [8] }));
    world.arrive(rtp(0));
    world.arrive(rtp(8));
    expect(world.heard).toEqual(['rtp 8/1']);
  });
});

describe('RTCP beside RTP', () => {
  it.each<{ what: string; more: Partial<RemoteMedia>; socket: 'media' | 'control'; to: object }>([
    { what: 'to the port above', more: {}, socket: 'control', to: { host: PEER, port: 4001 } },
    {
      what: 'to where a=rtcp says',
      more: { rtcpHost: '192.0.2.2', rtcpPort: 5555 },
      socket: 'control',
      to: { host: '192.0.2.2', port: 5555 },
    },
    { what: 'over the one port of rtcp-mux', more: { rtcpMux: true }, socket: 'media', to: { host: PEER, port: 4000 } },
  ])('is sent $what', ({ more, socket, to }) => {
    world.transport.setRemote(remote(more));
    world.transport.sendControl(rtcp);
    expect(world[socket].sent).toMatchObject([to]);
  });

  it('is heard on the shared port once that is agreed, and not on the other', () => {
    world.transport.setRemote(remote({ rtcpMux: true }));
    world.arrive(rtcp);
    world.control.receiver.message(rtcp, PEER, 4001);
    expect(world.heard).toEqual(['rtcp 7']);
    expect(world.counters.droppedControl).toBe(1);
  });

  it('decides no port for RTP', () => {
    world.transport.setRemote(remote({ rtcpMux: true }));
    world.arrive(rtcp, 6666);
    world.transport.send(rtp());
    expect(world.media.sent).toMatchObject([{ port: 4000 }]);
  });

  it.each<{ what: string; bytes: Uint8Array; host: string }>([
    { what: 'does not hold together', bytes: rtcp.subarray(0, rtcp.length - 4), host: PEER },
    { what: 'comes from elsewhere', bytes: rtcp, host: '192.0.2.66' },
  ])('is dropped and counted when it $what', ({ bytes, host }) => {
    world.transport.setRemote(remote());
    world.control.receiver.message(bytes, host, 4001);
    expect(world.heard).toEqual([]);
    expect(world.counters.droppedControl).toBe(1);
  });
});

describe('closing', () => {
  it('closes both sockets and gives the ports back, once', () => {
    world.transport.close();
    world.transport.close();
    expect([world.media.closed, world.control.closed, world.released()]).toEqual([1, 1, 1]);
    expect(world.transport.closed).toBe(true);
  });

  it('lets no callback fire for packets that were on their way, and sends no more', () => {
    world.transport.setRemote(remote());
    world.transport.close();
    world.arrive();
    world.control.receiver.message(rtcp, PEER, 4001);
    world.media.receiver.error(new Error('late'));
    world.transport.setRemote(remote());
    world.transport.setReceiver({ packet: () => world.heard.push('zombie'), control: () => {} });
    world.arrive();
    world.transport.send(rtp());
    world.transport.sendControl(rtcp);
    expect(world.heard).toEqual([]);
    expect(world.media.sent).toEqual([]);
    expect(world.counters).toMatchObject({ packetsIn: 0, controlIn: 0, socketErrors: 0, droppedEarly: 0, droppedControl: 0, unsent: 2 });
  });

  it('may happen in the middle of a packet', () => {
    world.transport.setRemote(remote());
    world.transport.setReceiver({ packet: () => world.transport.close(), control: () => {} });
    world.arrive();
    world.arrive();
    expect(world.counters.packetsIn).toBe(1);
  });
});

describe('sending', () => {
  it('is counted and dropped while the remote side is nowhere', () => {
    world.transport.send(rtp());
    world.transport.sendControl(rtcp);
    world.transport.setRemote(remote({ port: 65535 }));
    world.transport.sendControl(rtcp); // there is no port above
    expect(world.counters).toMatchObject({ unsent: 3, packetsOut: 0, controlOut: 0 });
  });

  it('that the host refuses is counted', () => {
    world.media.receiver.error(new Error('no route'));
    world.control.receiver.error(new Error('no route'));
    expect(world.counters.socketErrors).toBe(2);
  });
});
