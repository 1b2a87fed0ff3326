import { Socket } from 'node:dgram';
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { systemClock, type Address, type DatagramReceiver, type Network, type StreamConnection } from '@jackfield/base';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Recorder, answerTo, requestText } from './world.ts';
import { writeMessage } from '../../src/messages/write.ts';
import { TransportLayer } from '../../src/transport/layer.ts';
import { nodeNetwork } from '../../src/transport/node-network.ts';
import { tcp } from '../../src/transport/tcp.ts';
import type { Flow, Transport } from '../../src/transport/transport.ts';
import { udp } from '../../src/transport/udp.ts';

const LOOPBACKS = ['127.0.0.1', '::1'];

class Mail implements DatagramReceiver {
  readonly #waiting: ((mail: { text: string; from: Address }) => void)[] = [];
  readonly errors: { error: Error & { code?: string }; to: Address | undefined }[] = [];
  readonly #failing: (() => void)[] = [];
  message(bytes: Uint8Array, host: string, port: number): void {
    this.#waiting.shift()?.({ text: Buffer.from(bytes).toString(), from: { host, port } });
  }
  error(error: Error, to?: Address): void {
    this.errors.push({ error, to });
    this.#failing.shift()?.();
  }
  next(): Promise<{ text: string; from: Address }> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  failure(): Promise<void> {
    return new Promise((resolve) => this.#failing.push(resolve));
  }
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

describe.each(LOOPBACKS)('datagrams of this machine on %s', (host) => {
  it('go both ways, with the sender’s address', async () => {
    const network = nodeNetwork();
    const [one, two] = [new Mail(), new Mail()];
    const a = await network.bindDatagram({ host, port: 0, recvBufferSize: 4 * 1024 * 1024 }, one);
    const b = await network.bindDatagram({ host: host === '::1' ? '::' : '0.0.0.0', port: 0 }, two);
    closing.push(
      () => a.close(),
      () => b.close(),
    );
    const there = two.next();
    a.send(Buffer.from('there'), b.local.port, host);
    expect(await there).toEqual({ text: 'there', from: a.local });
    const back = one.next();
    b.send(Buffer.from('back'), a.local.port, host);
    expect(await back).toEqual({ text: 'back', from: { host, port: b.local.port } });
  });

  it('that cannot be sent are reported later, with where they were to go', async () => {
    const mail = new Mail();
    const socket = await nodeNetwork().bindDatagram({ host, port: 0 }, mail);
    closing.push(() => socket.close());
    const failed = [mail.failure(), mail.failure()];
    socket.send(Buffer.alloc(70_000), 9, host); // over what UDP carries
    socket.send(Buffer.from('x'), 0, host);
    expect(mail.errors).toEqual([]);
    await Promise.all(failed);
    expect(mail.errors.map(({ error, to }) => [error.code, to])).toEqual(
      expect.arrayContaining([
        ['EMSGSIZE', { host, port: 9 }],
        ['ERR_SOCKET_BAD_PORT', { host, port: 0 }],
      ]),
    );
    socket.close();
    socket.close();
    socket.send(Buffer.from('x'), 9, host);
  });

  it('refuse a port that is taken', async () => {
    const network = nodeNetwork();
    const socket = await network.bindDatagram({ host, port: 0 }, new Mail());
    closing.push(() => socket.close());
    await expect(network.bindDatagram({ host, port: socket.local.port }, new Mail())).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('the receive buffer', () => {
  it('is what was asked for, or half of it, and half again, where the system refuses', async () => {
    const enlarge = vi.spyOn(Socket.prototype, 'setRecvBufferSize');
    for (let refusals = 2; refusals > 0; refusals -= 1) {
      enlarge.mockImplementationOnce(() => {
        throw new Error('no');
      });
    }
    const socket = await nodeNetwork().bindDatagram({ host: '127.0.0.1', port: 0, recvBufferSize: 4 * 1024 * 1024 }, new Mail());
    socket.close();
    expect(enlarge.mock.calls).toEqual([[4194304], [2097152], [1048576]]);
    expect(enlarge.mock.results.map(({ type }) => type)).toEqual(['throw', 'throw', 'return']);
  });
});

describe('source addresses and names', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.9.9.9', '127.0.0.1'],
    ['::1', '::1'],
  ])('%s is reached from %s, which is known at once', (remote, source) => {
    expect(nodeNetwork().sourceFor(remote)).toBe(source);
  });

  it('asks the routing table once per destination, and no more while it is asked', async () => {
    const network = nodeNetwork();
    const asked = network.sourceFor('0.0.0.0');
    expect(network.sourceFor('0.0.0.0')).toBe(asked);
    expect(await asked).toMatch(/^127\./);
    expect(network.sourceFor('0.0.0.0')).toBe(await asked);
  });

  it('asks again after a destination could not be reached', async () => {
    const network = nodeNetwork();
    const asked = network.sourceFor('255.255.255.255'); // a broadcast, for which a socket needs leave
    await expect(Promise.resolve(asked)).rejects.toThrow();
    const again = network.sourceFor('255.255.255.255');
    expect(again).not.toBe(asked);
    await expect(Promise.resolve(again)).rejects.toThrow();
  });

  it('gives numeric names as they are, and looks others up', async () => {
    const network = nodeNetwork();
    expect(await network.lookup('192.0.2.7')).toEqual(['192.0.2.7']);
    expect(await network.lookup('2001:db8::7')).toEqual(['2001:db8::7']);
    for (const address of await network.lookup('localhost')) expect(LOOPBACKS).toContain(address);
  });
});

describe.each(LOOPBACKS)('streams of this machine on %s', (host) => {
  async function linked(network: Network) {
    const ends: (Error | undefined)[] = [];
    const texts: string[] = ['', ''];
    const said: (() => void)[] = [];
    const receiver = (side: number) => ({
      data(bytes: Uint8Array) {
        texts[side] += Buffer.from(bytes).toString();
        said.shift()?.();
      },
      closed(error?: Error) {
        ends.push(error);
        said.shift()?.();
      },
    });
    const next = (): Promise<void> => new Promise((resolve) => said.push(resolve));
    let accepted!: StreamConnection;
    const listener = await network.listenStream({ host, port: 0 }, (connection) => {
      accepted = connection;
      return receiver(1);
    });
    closing.push(() => listener.close());
    const connection = await network.connectStream({ host, port: listener.local.port }, receiver(0));
    const hello = next();
    connection.send(Buffer.from('hello'));
    await hello;
    return { listener, connection, accepted, texts, ends, next };
  }

  it('carry bytes both ways, and end on both sides after what was sent', async () => {
    const { connection, accepted, texts, ends, next } = await linked(nodeNetwork());
    expect(connection.remote).toEqual(accepted.local);
    expect(connection.local).toEqual(accepted.remote);
    const all = [next(), next(), next()];
    accepted.send(Buffer.from('last words'));
    accepted.close();
    accepted.send(Buffer.from('too late'));
    await Promise.all(all);
    expect(texts).toEqual(['last words', 'hello']);
    expect(ends).toEqual([undefined, undefined]);
    connection.send(Buffer.from('nobody'));
    connection.close();
  });

  it('end at once when aborted, and count what waits', async () => {
    const { connection, accepted, ends, next } = await linked(nodeNetwork());
    expect(connection.buffered).toBe(0);
    connection.send(Buffer.alloc(64 * 1024 * 1024));
    expect(connection.buffered).toBeGreaterThan(0);
    const all = [next(), next()];
    accepted.abort();
    await Promise.all(all);
    expect(ends.length).toBeGreaterThan(0);
  });

  it('refuse where nobody listens, or what is given up', async () => {
    const network = nodeNetwork();
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const receiver = { data() {}, closed() {} };
    await expect(network.connectStream({ host, port }, receiver)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(network.connectStream({ host, port }, receiver, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
    const attempt = new AbortController();
    const given = network.connectStream({ host, port }, receiver, attempt.signal);
    attempt.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    const { listener } = await linked(network);
    await expect(network.listenStream(listener.local, () => receiver)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe.each([
  { host: '127.0.0.1', wildcard: '0.0.0.0', sentBy: '127.0.0.1' },
  { host: '::1', wildcard: '::', sentBy: '[::1]' },
])('the transport layer on real sockets, $host', ({ host, wildcard, sentBy }) => {
  async function layer(transports: readonly Transport[]) {
    const user = new Recorder();
    const made = new TransportLayer({ transports, clock: systemClock(), user });
    closing.push(() => void made.close());
    const listening = await made.listen();
    user.answer = (request, flow) => made.responseFlow(request, flow).send(writeMessage(answerTo(request)));
    return { made, user, port: listening[0]!.port };
  }

  it('answers over UDP on a wildcard, showing loopback', async () => {
    const { made, user, port } = await layer([udp({ host: wildcard, port: 0 })]);
    const mail = new Mail();
    const peer = await nodeNetwork().bindDatagram({ host, port: 0 }, mail);
    closing.push(() => peer.close());
    const answer = mail.next();
    peer.send(Buffer.from(requestText({ via: `SIP/2.0/UDP ${sentBy}:5060;rport;branch=z9hG4bK1` })), port, host);
    expect((await answer).text).toMatch(/^SIP\/2\.0 200/);
    expect(user.heard[0]!.flow.advertised).toEqual({ host, port });
    expect((made.open({ kind: 'UDP', host, port: peer.local.port }) as Flow).remote).toEqual(peer.local);
  });

  it('answers over TCP whatever the cuts, keeps the connection, and connects by itself', async () => {
    const { made, user, port } = await layer([tcp({ host: wildcard, port: 0 })]);
    const socket = connect({ host, port });
    await once(socket, 'connect');
    socket.setNoDelay(true);
    let text = '';
    for (const byte of Buffer.from(requestText({ via: `SIP/2.0/TCP ${sentBy}:5060;branch=z9hG4bK1` }))) socket.write(Buffer.of(byte));
    while (!text.includes('\r\n\r\n')) text += String((await once(socket, 'data'))[0]);
    expect(text).toMatch(/^SIP\/2\.0 200/);
    expect(user.heard[0]!.flow).toMatchObject({ advertised: { host, port }, remote: { host } });
    socket.destroy();

    const flow = await made.open({ kind: 'TCP', host, port });
    expect(flow.advertised).toEqual({ host, port });
    expect(made.open({ kind: 'TCP', host, port })).toBe(flow);
    expect(made.stats().total['connectionsOut']).toBe(1);
  });

  it('listens on both wildcards at one port', async () => {
    const { made } = await layer([udp({ host: '0.0.0.0', port: 0 })]);
    const { port } = (await made.listen())[0]!;
    const both = await layer([udp({ host: '::', port }), tcp({ host: '::', port })]);
    expect(both.port).toBe(port);
  });

  it('answers whoever asks by either family when no host is given', async () => {
    const { port } = await layer([udp({ port: 0 })]);
    const mail = new Mail();
    const peer = await nodeNetwork().bindDatagram({ host, port: 0 }, mail);
    closing.push(() => peer.close());
    const answer = mail.next();
    peer.send(Buffer.from(requestText({ via: `SIP/2.0/UDP ${sentBy}:5060;rport;branch=z9hG4bK1` })), port, host);
    expect((await answer).text).toMatch(/^SIP\/2\.0 200/);
  });
});
