import { describe, expect, it } from 'vitest';
import type { Address, DatagramReceiver, DatagramSocket } from '../network.ts';
import { ManualClock } from './manual-clock.ts';
import { SimulatedNetwork, type NetworkConditions, type NetworkEvent, type SimulatedHost } from './simulated-network.ts';

class Inbox implements DatagramReceiver {
  readonly got: string[] = [];
  readonly from: Address[] = [];
  readonly errors: (Error & { code?: string })[] = [];
  message(bytes: Uint8Array, host: string, port: number): void {
    this.got.push(Buffer.from(bytes).toString());
    this.from.push({ host, port });
  }
  error(error: Error): void {
    this.errors.push(error);
  }
}

interface Pair {
  readonly clock: ManualClock;
  readonly network: SimulatedNetwork;
  readonly a: SimulatedHost;
  readonly b: SimulatedHost;
  readonly socket: DatagramSocket;
  readonly own: Inbox;
  readonly inbox: Inbox;
}

async function pair(conditions: Partial<NetworkConditions> = {}, seed = 1): Promise<Pair> {
  const clock = new ManualClock(0);
  const network = new SimulatedNetwork({ clock, random: seed, conditions });
  const [a, b] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
  const [own, inbox] = [new Inbox(), new Inbox()];
  const socket = await a.bindDatagram({ host: '10.0.0.1', port: 5060 }, own);
  await b.bindDatagram({ host: '10.0.0.2', port: 5060 }, inbox);
  return { clock, network, a, b, socket, own, inbox };
}

const send = (socket: DatagramSocket, count: number): void => {
  for (let at = 0; at < count; at += 1) socket.send(Buffer.from(String(at)), 5060, '10.0.0.2');
};
const numbers = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at));

describe('datagrams of a simulated network', () => {
  it('arrive in order after the delay, with the address of their sender', async () => {
    const { clock, socket, inbox, network } = await pair({ minDelayMs: 20, maxDelayMs: 20 });
    send(socket, 3);
    await clock.advance(19);
    expect(inbox.got).toEqual([]);
    await clock.advance(1);
    expect(inbox.got).toEqual(numbers(3));
    expect(inbox.from[0]).toEqual({ host: '10.0.0.1', port: 5060 });
    expect(network.counts).toMatchObject({ sent: 3, delivered: 3, lost: 0 });
  });

  it('keep their order under a delay that varies, unless reordering is asked for', async () => {
    const { clock, socket, inbox, network } = await pair({ minDelayMs: 1, maxDelayMs: 50 });
    send(socket, 100);
    await clock.advance(50);
    expect(inbox.got).toEqual(numbers(100));

    network.change({ reordering: 0.3 });
    inbox.got.length = 0;
    send(socket, 100);
    await clock.advance(200);
    expect(inbox.got).not.toEqual(numbers(100));
    expect(inbox.got.toSorted((x, y) => Number(x) - Number(y))).toEqual(numbers(100));
    expect(network.counts.reordered).toBeGreaterThan(10);
  });

  it('are lost and doubled in the share asked for', async () => {
    const { clock, socket, inbox, network } = await pair({ loss: 0.2, duplication: 0.1 });
    send(socket, 5000);
    await clock.advance(10);
    const { sent, lost, duplicated, delivered } = network.counts;
    expect(sent).toBe(5000);
    expect(lost / sent).toBeCloseTo(0.2, 1);
    expect(duplicated / (sent - lost)).toBeCloseTo(0.1, 1);
    expect(delivered).toBe(sent - lost + duplicated);
    expect(inbox.got).toHaveLength(delivered);
  });

  it('have the same fate in every run with the same seed, and another with another', async () => {
    const fate = async (seed: number): Promise<string[]> => {
      const bad = await pair({ loss: 0.3, duplication: 0.2, reordering: 0.3, minDelayMs: 1, maxDelayMs: 30 }, seed);
      send(bad.socket, 200);
      await bad.clock.advance(200);
      return bad.inbox.got;
    };
    expect(await fate(4)).toEqual(await fate(4));
    expect(await fate(4)).not.toEqual(await fate(5));
  });

  it('over the MTU are lost', async () => {
    const { clock, socket, inbox, network } = await pair({ mtu: 1000 });
    socket.send(Buffer.alloc(1001), 5060, '10.0.0.2');
    socket.send(Buffer.alloc(1000, 'x'), 5060, '10.0.0.2');
    await clock.advance(10);
    expect(inbox.got).toEqual(['x'.repeat(1000)]);
    expect(network.counts).toMatchObject({ oversize: 1, lost: 1 });
  });

  it('do not pass a partition until it heals', async () => {
    const { clock, network, a, b, socket, inbox } = await pair();
    const partition = network.partition(a, [b]);
    socket.send(Buffer.from('cut off'), 5060, '10.0.0.2');
    await clock.advance(10);
    partition[Symbol.dispose]();
    socket.send(Buffer.from('healed'), 5060, '10.0.0.2');
    await clock.advance(10);
    network.partition(b, a);
    network.heal();
    socket.send(Buffer.from('again'), 5060, '10.0.0.2');
    await clock.advance(10);
    expect(inbox.got).toEqual(['healed', 'again']);
    expect(network.counts).toMatchObject({ partitioned: 1, lost: 1 });
  });

  it('to a port where nobody listens vanish, or are reported where that is asked for', async () => {
    const { clock, network, socket, own } = await pair();
    socket.send(Buffer.from('x'), 9, '10.0.0.2');
    socket.send(Buffer.from('x'), 9, '10.0.0.99');
    await clock.advance(10);
    expect(own.errors).toEqual([]);
    network.change({ reportUnreachable: true });
    socket.send(Buffer.from('x'), 9, '10.0.0.2');
    await clock.advance(10);
    expect(own.errors.map(({ code }) => code)).toEqual(['ECONNREFUSED']);
    expect(network.counts.unbound).toBe(3);
  });

  it('do not change when the sender writes into its buffer again', async () => {
    const { clock, socket, inbox } = await pair();
    const bytes = Buffer.from('first');
    socket.send(bytes, 5060, '10.0.0.2');
    bytes.write('other');
    await clock.advance(10);
    expect(inbox.got).toEqual(['first']);
  });

  it('neither leave nor reach a closed socket, whose port is free again', async () => {
    const { clock, a, socket, inbox, own, b } = await pair();
    const back = await b.bindDatagram({ host: '10.0.0.2', port: 0 }, new Inbox());
    back.send(Buffer.from('x'), 5060, '10.0.0.1');
    socket.close();
    send(socket, 1);
    await clock.advance(10);
    expect([own.got, inbox.got]).toEqual([[], []]);
    expect((await a.bindDatagram({ host: '10.0.0.1', port: 5060 }, own)).local.port).toBe(5060);
  });
});

describe('a path', () => {
  it('bends one direction between some hosts, and nothing else', async () => {
    const { clock, network, a, b, socket, own, inbox } = await pair({ minDelayMs: 5, maxDelayMs: 5 });
    const c = network.host('10.0.0.3');
    const third = new Inbox();
    await c.bindDatagram({ host: '10.0.0.3', port: 5060 }, third);
    const back = await b.bindDatagram({ host: '10.0.0.2', port: 0 }, new Inbox());
    network.path(a, b, { loss: 1 });
    network.path(b, [a, c], { minDelayMs: 50, maxDelayMs: 50 });
    socket.send(Buffer.from('gone'), 5060, '10.0.0.2');
    socket.send(Buffer.from('past it'), 5060, '10.0.0.3');
    back.send(Buffer.from('slow'), 5060, '10.0.0.1');
    await clock.advance(5);
    expect([inbox.got, own.got, third.got]).toEqual([[], [], ['past it']]);
    await clock.advance(45);
    expect(own.got).toEqual(['slow']);
  });

  it('is taken off again, gives way to a later one, and keeps what it does not name as it is everywhere', async () => {
    const { clock, network, a, b, socket, inbox } = await pair();
    const lossy = network.path(a, b, { loss: 1 });
    const narrow = network.path([a], [b], { loss: 0, mtu: 4 });
    socket.send(Buffer.from('small'), 5060, '10.0.0.2');
    socket.send(Buffer.from('wee'), 5060, '10.0.0.2');
    narrow[Symbol.dispose]();
    socket.send(Buffer.from('lost'), 5060, '10.0.0.2');
    lossy[Symbol.dispose]();
    network.change({ minDelayMs: 9, maxDelayMs: 9 });
    socket.send(Buffer.from('through'), 5060, '10.0.0.2');
    await clock.advance(8);
    expect(inbox.got).toEqual(['wee']);
    await clock.advance(1);
    expect(inbox.got).toEqual(['wee', 'through']);
    expect(network.counts).toMatchObject({ oversize: 1, lost: 2 });
  });

  it('follows what changes everywhere', async () => {
    const { clock, network, a, b, socket, inbox } = await pair();
    network.path(a, b, { duplication: 1 });
    socket.send(Buffer.from('1'), 5060, '10.0.0.2');
    network.change({ loss: 1 });
    socket.send(Buffer.from('2'), 5060, '10.0.0.2');
    await clock.advance(5);
    expect(inbox.got).toEqual(['1', '1']);
  });

  it.each<Partial<NetworkConditions>>([
    { loss: 1.1 },
    { duplication: -0.1 },
    { streamBreaks: Number.NaN },
    { minDelayMs: -1 },
    { mtu: -1 },
  ])('and a whole network refuse %o', async (conditions) => {
    const { network, a, b } = await pair();
    expect(() => network.path(a, b, conditions)).toThrow(RangeError);
    expect(() => network.change(conditions)).toThrow(RangeError);
    expect(network.conditions).toMatchObject({ loss: 0, duplication: 0, streamBreaks: 0, minDelayMs: 1, mtu: Infinity });
  });
});

describe('addresses of a simulated host', () => {
  const world = (): { clock: ManualClock; network: SimulatedNetwork } => {
    const clock = new ManualClock(0);
    return { clock, network: new SimulatedNetwork({ clock }) };
  };

  it('hold a port once, wildcards included, and per family', async () => {
    const host = world().network.host(['10.0.0.1', '10.0.0.2', '2001:db8::1']);
    const bind = (address: string): Promise<DatagramSocket> => host.bindDatagram({ host: address, port: 5060 }, new Inbox());
    await bind('10.0.0.1');
    await expect(bind('10.0.0.1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(bind('0.0.0.0')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await bind('10.0.0.2');
    await bind('::');
    await expect(bind('2001:db8::1')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(bind('192.0.2.1')).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  it('give free ports that differ', async () => {
    const host = world().network.host('10.0.0.1');
    const sockets = await Promise.all(Array.from({ length: 50 }, () => host.bindDatagram({ host: '0.0.0.0', port: 0 }, new Inbox())));
    expect(new Set(sockets.map(({ local }) => local.port)).size).toBe(50);
  });

  it('belong to one host', () => {
    const { network } = world();
    network.host('10.0.0.1');
    expect(() => network.host(['10.0.0.9', '10.0.0.1'])).toThrow('10.0.0.1');
  });

  it.each([
    { remote: '10.0.0.9', source: '10.0.0.1' },
    { remote: '192.168.1.7', source: '192.168.1.2' },
    { remote: '8.8.8.8', source: '10.0.0.1' },
    { remote: '2001:db8::77', source: '2001:db8::1' },
    { remote: '127.0.0.1', source: '127.0.0.1' },
    { remote: '::1', source: '::1' },
    { remote: '192.168.1.2', source: '192.168.1.2' },
  ])('packets to $remote leave from $source', async ({ remote, source }) => {
    const { network, clock } = world();
    const host = network.host(['10.0.0.1', '192.168.1.2', '2001:db8::1']);
    expect(host.sourceFor(remote)).toBe(source);
    const inbox = new Inbox();
    const other = ['127.0.0.1', '::1', '192.168.1.2'].includes(remote) ? host : network.host(remote);
    await other.bindDatagram({ host: remote, port: 7 }, inbox);
    const socket = await host.bindDatagram({ host: remote.includes(':') ? '::' : '0.0.0.0', port: 5060 }, new Inbox());
    socket.send(Buffer.from('x'), 7, remote);
    await clock.advance(5);
    expect(inbox.from).toEqual([{ host: source, port: 5060 }]);
  });

  it('have no way to a family of which they have none', async () => {
    const { network, clock } = world();
    const host = network.host('10.0.0.1');
    await expect(Promise.resolve(host.sourceFor('2001:db8::1'))).rejects.toMatchObject({ code: 'ENETUNREACH' });
    const inbox = new Inbox();
    (await host.bindDatagram({ host: '0.0.0.0', port: 0 }, inbox)).send(Buffer.from('x'), 1, '2001:db8::1');
    await clock.advance(1);
    expect(inbox.errors.map(({ code }) => code)).toEqual(['ENETUNREACH']);
  });

  it('keep loopback to the host', async () => {
    const { network, clock } = world();
    const [a, b] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
    const [ofA, ofB] = [new Inbox(), new Inbox()];
    const socket = await a.bindDatagram({ host: '127.0.0.1', port: 5060 }, ofA);
    await b.bindDatagram({ host: '127.0.0.1', port: 5060 }, ofB);
    socket.send(Buffer.from('self'), 5060, '127.0.0.1');
    await clock.advance(5);
    expect([ofA.got, ofB.got]).toEqual([['self'], []]);
  });

  it('are found by names, numeric ones at once, until those are taken away', async () => {
    const { network } = world();
    const host = network.host('10.0.0.1');
    network.name('sip.example.com', ['10.0.0.2', '2001:db8::2']);
    expect(await host.lookup('SIP.example.com')).toEqual(['10.0.0.2', '2001:db8::2']);
    expect(await host.lookup('10.9.9.9')).toEqual(['10.9.9.9']);
    expect(await host.lookup('2001:db8::9')).toEqual(['2001:db8::9']);
    network.name('sip.example.com', []);
    await expect(host.lookup('sip.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('a tap', () => {
  it('sees what is sent, delivered and lost, with time and addresses, until it is taken off', async () => {
    const { clock, network, a, b, socket } = await pair({ minDelayMs: 5, maxDelayMs: 5 });
    const seen: string[] = [];
    const tap = network.tap(({ what, at, from, to, bytes }: NetworkEvent) =>
      seen.push(`${at} ${what} ${from.host}:${from.port} ${to.host}:${to.port} ${Buffer.from(bytes).toString()}`),
    );
    send(socket, 1);
    await clock.advance(5);
    network.partition(a, b);
    send(socket, 1);
    tap[Symbol.dispose]();
    send(socket, 1);
    const path = '10.0.0.1:5060 10.0.0.2:5060 0';
    expect(seen).toEqual([`0 sent ${path}`, `5 delivered ${path}`, `5 sent ${path}`, `5 lost ${path}`]);
  });
});

describe('the cost of a simulated network', () => {
  it('carries 50,000 datagrams in a moment', async () => {
    const { clock, socket, inbox } = await pair({ minDelayMs: 1, maxDelayMs: 40, loss: 0.05 });
    const begun = performance.now();
    send(socket, 50_000);
    await clock.advance(50);
    expect(inbox.got.length).toBeGreaterThan(45_000);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
