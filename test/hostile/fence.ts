/**
 * Keeps a process on this machine: what mutated messages name as an address is nobody's business. Nothing is looked up, nothing leaves
 * but to the tester's own port, and nothing connects: each fails as it does without a network. Import it first.
 */
import dgram, { type Socket } from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const refused = (code: string, address: string, port?: number): Error =>
  Object.assign(new Error(`${code} ${address}`), { code, address, port });

let testerPort = 0;
/** Where answers may go. */
export function allow(port: number): void {
  testerPort = port;
}

type Sent = (error: Error | null, bytes: number) => void;
type Send = (this: Socket, bytes: Uint8Array, port: number, host: string, sent?: Sent) => void;
const sockets: { send: Send } = dgram.Socket.prototype;
const { send } = sockets;
sockets.send = function fenced(bytes, port, host, sent): void {
  if (host === '127.0.0.1' && port === testerPort) send.call(this, bytes, port, host, sent);
  else process.nextTick(() => sent?.(refused('ENETUNREACH', host, port), 0));
};

dns.promises.lookup = ((name: string) => Promise.reject(refused('ENOTFOUND', name))) as typeof dns.promises.lookup;

net.Socket.prototype.connect = function fenced(this: net.Socket): net.Socket {
  process.nextTick(() => this.destroy(refused('ENETUNREACH', 'anywhere')));
  return this;
};

syncBuiltinESMExports();
