/** Digest as a client: kamailio asks who we are, with MD5 and with SHA-256 (RFC 8760), as a server (401) and as a proxy (407). */
import { createCalls, type Calls } from '@jackfield/call';
import { createSipStack, tcp, udp, type IncomingResponse, type SipStack } from '@jackfield/sip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Kamailio } from '../harness/kamailio.ts';
import { Machine } from '../harness/machine.ts';
import { peer } from '../harness/peers.ts';
import { freePort } from '../harness/ports.ts';

const { skipped, note } = peer('kamailio', 'kamailio');
const HOST = '127.0.0.1';
const REALM = 'example.com';

describe.skipIf(skipped).each(['MD5', 'SHA-256'] as const)(`kamailio asks for a password, hashed by %s${note}`, (algorithm) => {
  let proxy: Kamailio;
  let port: number;
  let machine: Machine;
  const calls: Calls[] = [];

  beforeAll(async () => {
    machine = await Machine.start();
    port = await freePort();
    proxy = await Kamailio.start({
      udp: port,
      tcp: port,
      guard: { realm: REALM, password: 'wonderland', algorithm },
      numbers: { echo: [machine.uri('echo', 'udp')], alice: [machine.uri('alice', 'udp')] },
    });
  });
  afterAll(async () => {
    for (const made of calls) {
      await made.close();
      await made.stack.close();
    }
    await Promise.all([proxy.stop(), machine.stop()]);
  });

  async function caller(password: string): Promise<Calls> {
    const listening = { host: HOST, port: await freePort() };
    const credentials = [
      { username: 'alice', password, realm: REALM },
      { username: 'alice', password: 'wonderland', realm: 'jackfield' }, // of the answer machine
    ];
    const made = createCalls({ stack: createSipStack({ transports: [udp(listening), tcp(listening)], credentials }) });
    calls.push(made);
    await made.listen();
    return made;
  }
  const ask = (stack: SipStack, method: string, transport: string): Promise<IncomingResponse> =>
    stack.sendRequest(method, `sip:${HOST}:${port};transport=${transport}`, {
      headers: { From: `<sip:alice@${REALM}>`, To: `<sip:alice@${REALM}>` },
    });

  it.each(['udp', 'tcp'])('REGISTER and OPTIONS are repeated with credentials, by %s', async (transport) => {
    const { stack } = await caller('wonderland');
    for (const method of ['REGISTER', 'OPTIONS', 'OPTIONS']) expect((await ask(stack, method, transport)).status).toBe(200);
  });

  it('a wrong password ends in the 401, after one attempt', async () => {
    const { stack } = await caller('looking-glass');
    expect((await ask(stack, 'REGISTER', 'udp')).status).toBe(401);
  });

  it('an INVITE that the proxy answered 407 is repeated, and the call stands', async () => {
    const made = await caller('wonderland');
    const call = await made.call(`sip:echo@${HOST}:${port}`, { from: `sip:alice@${REALM}` });
    expect(call.session.state).toBe('established');
    await call.hangup();
  });

  it('an INVITE that proxy and callee both challenge answers both', async () => {
    const made = await caller('wonderland');
    const call = await made.call(`sip:alice@${HOST}:${port}`, { from: `sip:alice@${REALM}` });
    expect(call.session.state).toBe('established');
    await call.hangup();
  });

  it('an INVITE with a wrong password is refused with 407', async () => {
    const made = await caller('looking-glass');
    const refused = made.call(`sip:echo@${HOST}:${port}`, { from: `sip:alice@${REALM}` });
    await expect(refused).rejects.toMatchObject({ code: 'SESSION_REFUSED', info: { status: 407 } });
  });
});
