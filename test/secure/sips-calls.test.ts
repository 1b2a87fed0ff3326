/** Calls to `sips` URIs by TLS: both sides say `sips` in their Contacts, so that nothing of the call leaves TLS (RFC 3261 §12.1.1, RFC 5630 §5). */
import { setImmediate } from 'node:timers/promises';
import { ManualClock, SeededRandom, SimulatedNetwork } from '@jackfield/base/testing';
import {
  createSessionService,
  defineEndpoint,
  type IncomingResponse,
  type Session,
  type SessionService,
  type SessionServiceOptions,
} from '@jackfield/session';
import { testAudio } from '@jackfield/session/testing';
import { createDigestAuthenticator, createSipStack, tls, type DigestAuthenticator } from '@jackfield/sip';
import { beforeAll, expect, it } from 'vitest';
import { makeAuthority, makeCertificate, type Certificate } from '../harness/certificates.ts';

const ALICE = '192.0.2.1';
const BOB = '192.0.2.2';
let ca: string;
const certificates = new Map<string, Certificate>();
beforeAll(async () => {
  const authority = await makeAuthority('the authority of these tests');
  ca = authority.cert;
  for (const host of [ALICE, BOB]) certificates.set(host, await makeCertificate([host], authority));
});

/** @param options - of bob's service */
async function parties(options: SessionServiceOptions = {}) {
  const clock = new ManualClock();
  const random = new SeededRandom(1);
  const network = new SimulatedNetwork({ clock, random: random.fork() });
  const errors: Error[] = [];
  const party = async (host: string): Promise<SessionService> => {
    const transports = [tls({ host, port: 5061, certificate: certificates.get(host)!, ca })];
    const stack = createSipStack({ transports, clock, random: random.fork(), network: network.host(host) });
    const service = createSessionService(stack, { onError: (error) => errors.push(error), ...(host === BOB && options) });
    service.registerSdpHandler(testAudio(), 'audio');
    await stack.listen();
    return service;
  };
  /** A handshake takes turns of the loop that no timer shows. */
  const turned = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    const both = promise.finally(() => (settled = true));
    both.catch(() => undefined);
    for (let ms = 0; !settled && ms < 2000; ms += 1) {
      await setImmediate();
      await clock.advance(1);
    }
    return both;
  };
  return { clock, alice: await party(ALICE), bob: await party(BOB), errors, turned };
}

it.each([
  { target: `sips:bob@${BOB}:5061`, says: (host: string) => `<sips:${host}:5061>` },
  { target: `sip:bob@${BOB}:5061;transport=tls`, says: (host: string) => `<sip:${host}:5061;transport=tls>` },
])('a call to $target has such a Contact in INVITE, 180 and 200, and in what both send inside it', async ({ target, says }) => {
  const { alice, bob, errors, turned } = await parties();
  const contacts: string[] = [];
  const heard = ({ status, headers }: IncomingResponse): void => void contacts.push(`${status} ${headers.get('Contact')}`);
  let theirs: Session | undefined;
  bob.onIncoming(async (session, invite) => {
    theirs = session;
    contacts.push(`INVITE ${invite.headers.get('Contact')}`);
    await session.progress(180);
    await session.accept();
  });
  for (const service of [alice, bob]) {
    service.registerSupplement({
      name: 'watching',
      methods: ['INVITE', 'UPDATE'],
      incomingRequest(session, { method, headers }) {
        if (session.state === 'established') contacts.push(`inside ${method} ${headers.get('Contact')}`);
      },
    });
  }
  const ours = alice.create(target, { onResponse: heard });
  await turned(ours.established);
  await turned(theirs!.established);
  expect(contacts.splice(0)).toEqual([`INVITE ${says(ALICE)}`, `180 ${says(BOB)}`, `200 ${says(BOB)}`]);
  const media = [{ kind: 'audio', direction: 'sendonly' }] as const;
  await turned(ours.sendReinvite({ media, onResponse: heard }));
  await turned(theirs!.sendReinvite({ media, method: 'UPDATE', onResponse: heard }));
  expect(contacts).toEqual([`inside INVITE ${says(ALICE)}`, `200 ${says(BOB)}`, `inside UPDATE ${says(BOB)}`, `200 ${says(ALICE)}`]);
  void ours.end();
  await turned(theirs!.ended);
  expect(errors).toEqual([]);
  for (const { stack } of [alice, bob]) await turned(stack.close());
});

it('T-37: by TLS, to sips and sip, a trusted caller is challenged as by UDP and TCP, unless its endpoint says no', async () => {
  const lookup = (): string => 'password';
  const authenticate: DigestAuthenticator = createDigestAuthenticator({
    realm: 'example.com',
    lookup,
    clock: new ManualClock(),
    random: new SeededRandom(7),
  });
  const match = { address: ALICE };
  for (const [challenged, endpoint] of [
    [true, defineEndpoint({ name: 'Alice', trusted: true, match })],
    [false, defineEndpoint({ name: 'Alice', trusted: true, match, authenticate: false })],
  ] as const) {
    const { alice, bob, errors, turned } = await parties({ endpoints: [endpoint], authenticate });
    const endpoints: boolean[] = [];
    bob.onIncoming((session) => {
      endpoints.push(session.endpoint.trusted);
      return session.accept();
    });
    for (const target of [`sips:bob@${BOB}:5061`, `sip:bob@${BOB}:5061;transport=tls`]) {
      const established = turned(alice.create(target).established);
      await (challenged
        ? expect(established).rejects.toMatchObject({ info: { status: 401 } })
        : expect(established).resolves.toBeUndefined());
    }
    expect([endpoints, errors]).toEqual([challenged ? [] : [true, true], []]);
    for (const { stack } of [alice, bob]) await turned(stack.close());
  }
});
