/** Whose certificate is believed: kamailio calls machines of ours and is called by us, with certificates good and bad. */
import { createSipStack, tls, type SipStack } from '@jackfield/sip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificate, writeCertificate, type Certificate, type CertificateFiles } from '../harness/certificates.ts';
import { Kamailio } from '../harness/kamailio.ts';
import { Machine } from '../harness/machine.ts';
import { kamailioWithTls, peer } from '../harness/peers.ts';
import { freePort } from '../harness/ports.ts';
import { isRefused, scenario } from '../harness/scenario.ts';
import { sipp } from '../harness/sipp.ts';

const { skipped, note } = kamailioWithTls();
const caller = peer('sipp', 'sip-tester');
const HOST = '127.0.0.1';

describe.skipIf(skipped)(`certificates between us and kamailio${note}`, () => {
  let authority: Certificate;
  let stranger: Certificate;
  const opened: { stop(): Promise<unknown> }[] = [];
  beforeAll(async () => {
    [authority, stranger] = await Promise.all([makeAuthority('the authority of these tests'), makeAuthority('another authority')]);
  });
  afterAll(() => Promise.all(opened.map((running) => running.stop())));

  async function proxyWith(
    certificate: Certificate,
    numbers: Readonly<Record<string, readonly string[]>> = {},
  ): Promise<{ port: number; tlsPort: number }> {
    const files: CertificateFiles = await writeCertificate(certificate, authority);
    const [port, tlsPort] = await Promise.all([freePort(), freePort()]);
    const identity = { certificate: files.cert, key: files.key, authority: files.authority };
    const proxy = await Kamailio.start({ udp: port, tls: tlsPort, identity, numbers });
    opened.push(proxy, { stop: () => files.remove() });
    return { port, tlsPort };
  }
  async function stackThatTrusts(ca: string): Promise<SipStack> {
    const certificate = await makeCertificate([HOST], authority);
    const stack = createSipStack({ transports: [tls({ host: HOST, port: await freePort(), certificate, ca })] });
    await stack.listen();
    opened.push({ stop: () => stack.close() });
    return stack;
  }

  it.skipIf(caller.skipped).each([
    { whose: 'of another authority', make: () => makeCertificate([HOST], stranger) },
    { whose: 'that nobody signed', make: () => makeCertificate([HOST]) },
  ])(`a machine with a certificate $whose is not called${caller.note}`, async ({ make }) => {
    const machine = await Machine.start({ tlsPort: await freePort(), certificate: await make() });
    opened.push(machine);
    const { port } = await proxyWith(await makeCertificate([HOST], authority), { echo: [machine.uri('echo', 'tls')] });
    const run = await sipp({ remote: `${HOST}:${port}`, scenario: scenario(isRefused(408)) });
    expect([run.errors, run.code]).toEqual(['', 0]);
    const { total } = (await machine.stats()).stack;
    expect([total['connectionsIn'], total['dropped:handshake'], total['received']]).toEqual([1, 1, 0]);
  });

  it('a proxy with a certificate of an authority that we trust is asked', async () => {
    const { tlsPort } = await proxyWith(await makeCertificate([HOST], authority));
    const stack = await stackThatTrusts(authority.cert);
    const { status } = await stack.sendRequest('OPTIONS', `sip:nobody@${HOST}:${tlsPort};transport=tls`);
    expect(status).toBe(404);
  });

  it.each([
    { whose: 'of an authority that we do not trust', make: () => makeCertificate([HOST], stranger) },
    { whose: 'of another name', make: () => makeCertificate(['192.0.2.1', 'example.com'], authority) },
  ])('a proxy with a certificate $whose hears nothing from us', async ({ make }) => {
    const { tlsPort } = await proxyWith(await make());
    const stack = await stackThatTrusts(authority.cert);
    await expect(stack.sendRequest('OPTIONS', `sip:nobody@${HOST}:${tlsPort};transport=tls`)).rejects.toMatchObject({
      code: 'SIP_UNREACHABLE',
    });
  });
});
