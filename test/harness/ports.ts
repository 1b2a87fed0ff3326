/** Ports that nobody holds at the moment of asking, on UDP and TCP alike. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

const ATTEMPTS = 20;

/** @param host - numeric, as it will be bound; a wildcard asks for every address */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const free = await udpIsFree(host, port);
    server.close();
    await once(server, 'close');
    if (free) return port;
  }
  throw new Error(`no port is free on ${host}`);
}

const MEDIA_FIRST = 6100; // below what systems hand out by themselves, and below our own RTP range
const MEDIA_LAST = 9996;
const MEDIA_SHARE = 960; // of each worker that runs tests beside this one
let nextMedia = MEDIA_FIRST + ((Number(process.env['VITEST_POOL_ID'] ?? 1) - 1) % 4) * MEDIA_SHARE;

/** The first of four UDP ports in a row: SIPp binds audio, video and their RTCP beside it. Never the same twice in one run. */
export async function freeMediaPort(host = '127.0.0.1'): Promise<number> {
  while (nextMedia <= MEDIA_LAST) {
    const first = nextMedia;
    nextMedia += 4; // before anything is waited for: others ask at the same time
    const free = await Promise.all([0, 1, 2, 3].map((offset) => udpIsFree(host, first + offset)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no media ports are left on ${host}`);
}

async function udpIsFree(host: string, port: number): Promise<boolean> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
