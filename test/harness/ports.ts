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
