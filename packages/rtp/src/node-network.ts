/** UDP sockets of the machine, over node:dgram: the datagram part of `Network`, and no more. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { DatagramOptions, DatagramReceiver, DatagramSocket, Network } from '@jackfield/base';

/** What ports ask of a network; any `Network` will do. */
export type DatagramNetwork = Pick<Network, 'bindDatagram'>;

export function nodeDatagrams(): DatagramNetwork {
  return { bindDatagram };
}

function bindDatagram(options: DatagramOptions, receiver: DatagramReceiver): Promise<DatagramSocket> {
  const family = isIPv6(options.host) ? 6 : 4;
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: (host, _options, done) => done(null, host, family), // hosts are numeric: no resolver, no turn of the loop per packet
    ...(options.recvBufferSize === undefined ? {} : { recvBufferSize: options.recvBufferSize }),
  });
  const sent = (error: Error | null): void => {
    if (error !== null) receiver.error(error); // without a callback, node keeps it to itself
  };
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    socket.removeAllListeners('message');
    socket.close();
  };
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      close();
      reject(error);
    });
    socket.bind({ address: options.host, port: options.port }, () => {
      socket.removeAllListeners('error');
      socket.on('error', (error) => receiver.error(error));
      socket.on('message', (bytes, from) => receiver.message(bytes, from.address, from.port));
      resolve({
        local: { host: options.host, port: socket.address().port },
        send(bytes, port, host) {
          if (!open) return;
          try {
            socket.send(bytes, port, host, sent);
          } catch (error) {
            receiver.error(error instanceof Error ? error : new Error(String(error)), { host, port }); // an address of the wrong family
          }
        },
        close,
      });
    });
  });
}
