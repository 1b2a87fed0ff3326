/** A browser: JsSIP in Chromium registers by WebSocket (RFC 7118), plain and over TLS, and asks and tells. */
import { createSipStack, ws, wss, type SipStack } from '@jackfield/sip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../harness/browser.ts';
import { makeCertificate } from '../harness/certificates.ts';
import type { Outcome, Phone, PhoneSettings } from '../harness/jssip-page.ts';
import { peer } from '../harness/peers.ts';
import { freePort } from '../harness/ports.ts';
import { registerRegistrar, type Registrar } from '../harness/registrar.ts';

const { skipped, note } = peer('chromium', 'chromium');
const HOST = '127.0.0.1';
const REALM = 'example.com';
const ALICE = `sip:alice@${REALM}`;

describe.skipIf(skipped).each(['ws', 'wss'] as const)(`JsSIP in Chromium, by %s${note}`, (scheme) => {
  let stack: SipStack;
  let registrar: Registrar;
  let browser: Browser | undefined;
  let url: string;

  beforeAll(async () => {
    const certificate = await makeCertificate([HOST]);
    const at = { host: HOST, port: await freePort() };
    url = `${scheme}://${HOST}:${at.port}`;
    stack = createSipStack({ transports: [scheme === 'ws' ? ws(at) : wss({ ...at, certificate })], userAgent: 'registrar' });
    registrar = registerRegistrar(stack, { alice: 'wonderland' }, REALM);
    await stack.listen();
    browser = await Browser.open({ script: 'test/harness/jssip-page.ts', trusted: [certificate.cert] });
  });
  afterAll(async () => {
    await browser?.close();
    await stack.close();
  });

  const phone = {
    register: (settings: Partial<PhoneSettings>): Promise<Outcome> =>
      browser!.page.evaluate((all) => (Reflect.get(globalThis, 'phone') as Phone).register(all), {
        url,
        uri: ALICE,
        user: 'alice',
        ...settings,
      }),
    options: (target: string): Promise<Outcome> =>
      browser!.page.evaluate((to) => (Reflect.get(globalThis, 'phone') as Phone).options(to), target),
    message: (target: string, text: string): Promise<Outcome> =>
      browser!.page.evaluate(([to, what]) => (Reflect.get(globalThis, 'phone') as Phone).message(to, what), [target, text] as const),
    unregister: (): Promise<Outcome> => browser!.page.evaluate(() => (Reflect.get(globalThis, 'phone') as Phone).unregister()),
    close: (): Promise<void> => browser!.page.evaluate(() => (Reflect.get(globalThis, 'phone') as Phone).close()),
  };
  const held = (): object =>
    Object.fromEntries(Object.entries(stack.stats().live).filter(([name, count]) => count !== 0 && name !== 'listeners'));
  const contacts = (): readonly string[] => [...(registrar.bindings.get(`alice@${REALM}`)?.keys() ?? [])];

  it('is not let in with a wrong password', async () => {
    expect(await phone.register({ password: 'looking-glass' })).toMatchObject({ status: 401 });
    expect(contacts()).toEqual([]);
    await phone.close();
  });

  it('registers with the right one', async () => {
    expect(await phone.register({ password: 'wonderland' })).toMatchObject({ status: 200 });
    expect(contacts()).toEqual([expect.stringMatching(/^sip:\w+@\w+\.invalid;transport=ws$/)]);
  });

  it('is told what we can when it asks by OPTIONS', async () => {
    const headers = { Allow: 'OPTIONS, REGISTER, MESSAGE', Server: 'registrar' };
    expect(await phone.options(`sip:service@${REALM}`)).toMatchObject({ status: 200, headers });
  });

  it('sends a message, in whatever letters', async () => {
    expect(await phone.message(`sip:service@${REALM}`, 'Grüße, 世界')).toMatchObject({ status: 200 });
    expect(registrar.messages).toEqual(['Grüße, 世界']);
  });

  it('leaves, and nothing of it is held', async () => {
    expect(await phone.unregister()).toMatchObject({ status: 200 });
    expect(contacts()).toEqual([]);
    await phone.close();
    await expect.poll(held).toEqual({});
  });
});
