/** A stack that is asked to send before it listens. */
import { expect, it } from 'vitest';
import { createSipStack, udp } from '../src/index.ts';

it('a request before listen() says what to do', async () => {
  const stack = createSipStack({ transports: [udp({ host: '127.0.0.1', port: 0 })] });
  await expect(stack.sendRequest('OPTIONS', 'sip:peer@127.0.0.1')).rejects.toMatchObject({
    code: 'SIP_UNREACHABLE',
    message: 'nothing reaches sip:peer@127.0.0.1: the stack does not listen yet; call listen() first, and wait for it',
  });
  await stack.close();
});
