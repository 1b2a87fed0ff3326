/** TLS and WebSocket on the sockets of this machine, against clients that are not ours. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@jackfield/base';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { authority, issue, type Authority } from './certificates.ts';
import { Recorder, answerTo, requestText } from './world.ts';
import { writeMessage } from '../../src/messages/write.ts';
import type { Certificate } from '../../src/transport/certificates.ts';
import { TransportLayer } from '../../src/transport/layer.ts';
import { tls } from '../../src/transport/tls.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { ws, wss } from '../../src/transport/websocket.ts';

let ca: Authority;
let server: Certificate;
let second: Certificate;
let client: Certificate;
beforeAll(async () => {
  ca = await authority('our ca');
  server = await issue(ca, ['dns:a.example.com', 'ip:127.0.0.1', 'ip:::1']);
  second = await issue(ca, ['sip:b.example.com']);
  client = await issue(ca, ['dns:phone.example.com']);
});

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function layer(transports: readonly Transport[]) {
  const user = new Recorder();
  const made = new TransportLayer({ transports, clock: systemClock(), user });
  closing.push(() => made.close());
  const listening = await made.listen();
  user.answer = (request, flow) => made.responseFlow(request, flow).send(writeMessage(answerTo(request)));
  return { made, user, port: listening[0]?.port ?? 0 };
}

async function answer(socket: TLSSocket, text: string): Promise<string> {
  let heard = '';
  socket.write(text);
  while (!heard.includes('\r\n\r\n')) heard += String((await once(socket, 'data'))[0]);
  return heard;
}

describe.each([
  { host: '127.0.0.1', wildcard: '0.0.0.0', at: '127.0.0.1' },
  { host: '::1', wildcard: '::', at: '[::1]' },
])('on $host', ({ host, wildcard, at }) => {
  const request = requestText({ via: `SIP/2.0/TLS ${at}:5061;rport;branch=z9hG4bK1` });

  it('TLS answers a client of OpenSSL, shows the certificate of the name, and knows who the client proved to be', async () => {
    const options = { host: wildcard, port: 0, certificate: [server, second], ca: ca.cert, clientCertificate: 'require' } as const;
    const { made, user, port } = await layer([tls(options)]);
    for (const servername of ['a.example.com', 'b.example.com']) {
      const socket = connectTls({ host, port, servername, ca: ca.cert, ...client, checkServerIdentity: () => undefined });
      closing.push(() => socket.destroy());
      await once(socket, 'secureConnect');
      expect(socket.getPeerCertificate().subjectaltname).toContain(servername);
      expect(await answer(socket, request)).toMatch(/^SIP\/2\.0 200/);
      socket.end();
      await once(socket, 'close');
    }
    expect(user.heard[0]!.flow).toMatchObject({ kind: 'TLS', peerNames: ['phone.example.com'], advertised: { host, port } });
    await expect.poll(() => made.stats().live).toEqual({ connections: 0, listeners: 1 });
    expect(user.failed.map(({ error }) => error)).toEqual([undefined, undefined]);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('TLS resumes no session, %s: whoever connects again is asked again', async (version) => {
    const { port } = await layer([tls({ host, port: 0, certificate: [server, second] })]);
    let session: Buffer | undefined;
    for (const servername of ['b.example.com', 'b.example.com', 'a.example.com']) {
      const socket = connectTls({
        host,
        port,
        servername,
        ca: ca.cert,
        session,
        maxVersion: version,
        checkServerIdentity: () => undefined,
      });
      socket.on('session', (given) => (session = given));
      await once(socket, 'secureConnect');
      expect([socket.getProtocol(), socket.isSessionReused()]).toEqual([version, false]);
      expect(await answer(socket, request)).toMatch(/^SIP\/2\.0 200/);
      session ??= socket.getSession();
      socket.destroy();
    }
  });

  it('TLS turns away a client without a certificate where one is required', async () => {
    const { made, user, port } = await layer([tls({ host, port: 0, certificate: server, ca: ca.cert, clientCertificate: 'require' })]);
    const socket = connectTls({ host, port, servername: 'a.example.com', ca: ca.cert });
    const ended = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
    socket.write(request);
    await ended;
    await expect.poll(() => made.stats().live['connections']).toBe(0);
    expect(user.heard).toEqual([]);
    expect(made.stats().total['dropped:handshake']).toBe(1);
  });

  it('T-43: TLS connects to a server of OpenSSL for the names that it proves, and to no other', async () => {
    const asked: (string | false | null)[] = [];
    const other = createTlsServer({ ...server, ca: ca.cert }, (socket) => {
      asked.push(socket.servername);
      socket.on('error', () => {}).on('data', (bytes) => socket.write(bytes));
    });
    other.listen(0, host);
    closing.push(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { made } = await layer([tls({ ca: ca.cert })]);
    const flow = await made.open({ kind: 'TLS', host, port, name: 'a.example.com' });
    expect(flow.peerNames).toEqual(['a.example.com', '127.0.0.1', '::1']);
    expect(made.open({ kind: 'TLS', host, port })).toBe(flow);
    await expect(made.open({ kind: 'TLS', host, port, name: 'evil.example.com' })).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    expect(asked[0]).toBe('a.example.com');
    expect(flow.closed).toBe(false);
    await expect.poll(() => made.stats().live['connections']).toBe(1);
  });

  it('TLS is closed in the handshake, or before it, without harm', async () => {
    const { made, user, port } = await layer([tls({ host, port: 0, certificate: server })]);
    for (const text of ['', '\x16\x03\x01\x02\x00', 'GET / HTTP/1.1\r\n\r\n', '\0'.repeat(70_000)]) {
      const socket = connectTcp({ host, port });
      await once(socket, 'connect');
      const ended = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
      socket.write(text);
      socket.end();
      socket.resume();
      await ended;
    }
    await expect.poll(() => made.stats().live).toEqual({ connections: 0, listeners: 1 });
    expect(made.stats().total['dropped:handshake']).toBe(4);
    expect(user.failed).toEqual([]);
  });

  it.each(['WS', 'WSS'] as const)('%s answers a client of ws, and closes with it', async (kind) => {
    const { made, user, port } = await layer([
      kind === 'WS' ? ws({ host: wildcard, port: 0 }) : wss({ host: wildcard, port: 0, certificate: server }),
    ]);
    const socket = new WebSocket(`${kind.toLowerCase()}://${at}:${port}`, 'sip', { ca: ca.cert });
    await once(socket, 'open');
    socket.send(requestText({ via: `SIP/2.0/${kind} x.invalid;branch=z9hG4bK1` }));
    const [data] = (await once(socket, 'message')) as [Buffer];
    expect(data.toString()).toMatch(/^SIP\/2\.0 200/);
    expect(user.heard[0]!.flow).toMatchObject({ kind, secure: kind === 'WSS', advertised: { host, port } });
    await made.close();
    expect(((await once(socket, 'close')) as [number])[0]).toBe(1000);
  });

  it.each([
    { kind: 'TLS', make: tls },
    { kind: 'WS', make: ws },
    { kind: 'WSS', make: wss },
  ] as const)('$kind speaks with itself', async ({ kind, make }) => {
    const there = await layer([make({ host, port: 0, certificate: server })]);
    const here = await layer([make({ ca: ca.cert })]);
    const flow = await here.made.open({ kind, host, port: there.port });
    for (let at2 = 0; at2 < 50; at2 += 1)
      flow.send(
        Buffer.from(
          requestText({ via: `SIP/2.0/${kind} x.invalid;branch=z9hG4bK${at2}`, callId: String(at2), body: 'x'.repeat(at2 * 400) }),
        ),
      );
    await expect.poll(() => there.user.heard.length).toBe(50);
    await there.made.close();
    await expect.poll(() => here.user.failed.length).toBe(1);
    expect(here.made.stats().live['connections']).toBe(0);
  });
});
