/** Ports that nobody holds at the moment of asking, on UDP and TCP alike. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** How many processes may ask side by side, and the first of the ports that they hold to know which is whose. */
const SHARES = 8;
const FIRST_GUARD = 61_080;

// above what Linux hands out by itself, our RTP range (to 32767) and baresip's (10000 to 20000): nobody takes one between our look and its use
const FIRST = 61_100;
const LAST = 65_400;
let next: number | undefined;

/** Never the same twice in one run. @param host - numeric, as it will be bound; a wildcard asks for every address */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const share = await ours;
  next ??= FIRST + share * Math.floor((LAST - FIRST) / SHARES);
  while (next <= LAST) {
    const port = next;
    next += 1; // before anything is waited for: others ask at the same time
    if ((await tcpIsFree(host, port)) && (await udpIsFree(host, port))) return port;
  }
  throw new Error(`no port is left on ${host}`);
}

const MEDIA_FIRST = 6100; // below what systems hand out by themselves, and below our own RTP range
const MEDIA_LAST = 9996;
let nextMedia: number | undefined;

/** The first of four UDP ports in a row: SIPp binds audio, video and their RTCP beside it. Never the same twice in one run. */
export async function freeMediaPort(host = '127.0.0.1'): Promise<number> {
  const share = await ours;
  nextMedia ??= MEDIA_FIRST + share * 4 * Math.floor((MEDIA_LAST - MEDIA_FIRST) / 4 / SHARES);
  while (nextMedia <= MEDIA_LAST) {
    const first = nextMedia;
    nextMedia += 4; // before anything is waited for: others ask at the same time
    const free = await Promise.all([0, 1, 2, 3].map((offset) => udpIsFree(host, first + offset)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no media ports are left on ${host}`);
}

/** The share of this process: whose guard it holds, for as long as it lives. Numbers of workers change while they live. */
const ours = claim();

async function claim(): Promise<number> {
  for (let share = 0; share < SHARES; share += 1) {
    const guard = createSocket('udp4').unref();
    try {
      guard.bind({ port: FIRST_GUARD + share, address: '127.0.0.1', exclusive: true });
      await once(guard, 'listening');
      return share;
    } catch {
      guard.close();
    }
  }
  throw new Error(`more than ${SHARES} processes want ports`);
}

async function tcpIsFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
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
