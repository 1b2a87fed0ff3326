// The npm package sip: transactions, and this callback. No dialogs, no sessions; the description is a constant.
import { createRequire } from 'node:module';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { ACCEPT, ALLOW, DESCRIPTION } from './answer.mjs';
import { resources } from './resources.mjs';
import { serve } from '../lib/children.mjs';

const { create, makeResponse } = createRequire(import.meta.url)('sip');

/** The package does not say which port it got: one that is free just before is given to it. */
async function freePort() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

const port = await freePort();
const errors = [];
let answered = 0;
let requests = 0;
let tags = 0;

function answer(request) {
  switch (request.method) {
    case 'INVITE': {
      answered += 1;
      tags += 1;
      request.headers.to.params.tag = `s${tags}`;
      const headers = { contact: [{ uri: `sip:127.0.0.1:${port}` }], allow: ALLOW, 'content-type': 'application/sdp' };
      return makeResponse(request, 200, 'OK', { headers, content: DESCRIPTION });
    }
    case 'OPTIONS':
      requests += 1;
      tags += 1;
      request.headers.to.params.tag = `s${tags}`;
      return makeResponse(request, 200, 'OK', { headers: { allow: ALLOW, accept: ACCEPT } });
    case 'BYE':
      return makeResponse(request, 200, 'OK');
    default:
      return makeResponse(request, 405, 'Method Not Allowed');
  }
}

const options = { address: '127.0.0.1', port, tcp: false, logger: { error: (error) => errors.push(error) } };
const stack = create(options, (request) => {
  if (request.method !== 'ACK') stack.send(answer(request));
});

serve({
  port: () => port,
  ...resources,
  state: () => ({ established: answered, requests, errors: errors.map(String).slice(0, 5) }),
});
