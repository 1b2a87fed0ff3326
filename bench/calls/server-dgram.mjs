// One socket that answers every datagram with the same bytes: nothing is read of what comes.
import { createSocket } from 'node:dgram';
import { resources } from './resources.mjs';
import { serve } from '../lib/children.mjs';

const errors = [];
let answer = Buffer.alloc(400, 'x');
let requests = 0;

// as our own sockets: without this, node asks its resolver for each datagram, and the bar would be lower
const socket = createSocket({ type: 'udp4', lookup: (host, _options, done) => done(null, host, 4) });
const sent = (error) => {
  if (error !== null) errors.push(error);
};
socket.on('message', (_bytes, { port, address }) => {
  requests += 1;
  socket.send(answer, port, address, sent);
});
await new Promise((resolve) => {
  socket.bind(0, '127.0.0.1', resolve);
});

serve({
  port: () => socket.address().port,
  ...resources,
  size: (bytes) => {
    answer = Buffer.alloc(bytes, 'x');
  },
  state: () => ({ requests, errors: errors.map(String).slice(0, 5) }),
});
