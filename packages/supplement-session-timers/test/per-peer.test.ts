/** What is agreed with one peer and not with another: options that are a function of the endpoint. */
import { readTokens, type Endpoint } from '@jackfield/session';
import type { ReadonlyHeaders } from '@jackfield/sip';
import { expect, it, vi } from 'vitest';
import { sessionTimer, type SessionTimersOptions, type TimersForEndpoint } from '../src/index.ts';
import { PhoneCall, say, World } from './world.ts';

const peer = (name: string): Endpoint => ({ name, trusted: false });
const TIMER = { Supported: 'timer' };
const BY_NAME: Readonly<Record<string, SessionTimersOptions | undefined>> = {
  quiet: { mode: 'off' },
  strict: { mode: 'required', sessionExpires: 600, minSE: 300 },
};
const byName: TimersForEndpoint = ({ name }) => BY_NAME[name];

/** A phone that alice calls as `endpoint`, and that answers 200 to everything. */
async function calling(endpoint: Endpoint, timers: TimersForEndpoint) {
  const world = new World();
  const alice = await world.party('alice', timers);
  const phone = await world.phone();
  for (const method of ['INVITE', 'BYE', 'OPTIONS']) phone.always(method, (request) => say(phone, request, 200));
  const session = alice.service.create(`sip:phone@${phone.sentBy}`, { endpoint });
  session.established.catch(() => {});
  await world.pass(0.1);
  return { world, alice, phone, session };
}

/** A phone, recognised as `name`, that calls bob. */
async function called(name: string, timers: TimersForEndpoint, fields: Readonly<Record<string, string>>) {
  const world = new World();
  const bob = await world.party('bob', timers, { endpoints: [{ ...peer(name), match: { user: 'phone' } }] });
  bob.service.onIncoming((session) => session.accept());
  const phone = await world.phone();
  const call = new PhoneCall(phone, bob, fields);
  await world.pass(0.1);
  return { world, bob, phone, call };
}

const supported = ({ headers }: { readonly headers: ReadonlyHeaders }): readonly string[] => readTokens(headers, 'Supported');

it.each([
  { name: 'strict', says: '0 alice INVITE Session-Expires: 600 Min-SE: 300 Require: timer sdp' },
  { name: 'anybody', says: '0 alice INVITE Session-Expires: 1800 sdp' },
  { name: 'quiet', says: '0 alice INVITE sdp' },
])('our call to $name asks as its peer is to be asked', async ({ name, says }) => {
  const { world, phone } = await calling(peer(name), byName);
  expect(world.said[0]).toBe(says);
  expect(supported(phone.received[0]!).includes('timer')).toBe(name !== 'quiet');
  expect(supported(phone.received[0]!)).toContain('100rel');
});

it.each([
  { name: 'strict', fields: {}, says: '0 bob 421 INVITE Require: timer' },
  { name: 'strict', fields: { ...TIMER, 'Session-Expires': '299' }, says: '0 bob 422 INVITE Min-SE: 300' },
  { name: 'anybody', fields: TIMER, says: '0 bob 200 INVITE Session-Expires: 1800;refresher=uac Require: timer sdp' },
  { name: 'quiet', fields: { ...TIMER, 'Session-Expires': '30' }, says: '0 bob 200 INVITE sdp' },
  { name: 'quiet', fields: { Require: 'timer' }, says: '0 bob 420 INVITE' },
])('a call of $name with $fields is answered as its peer is to be: $says', async ({ name, fields, says }) => {
  const { world, call } = await called(name, byName, fields);
  expect(world.said[1]).toBe(says);
  expect(supported(call.response).includes('timer')).toBe(call.response.status === 200 && name !== 'quiet');
});

it('with a peer that has none, OPTIONS inside the call says so too', async () => {
  const { world, call } = await called('quiet', byName, TIMER);
  call.ack();
  call.send('OPTIONS', {});
  await world.pass(0.1);
  expect(call.response).toMatchObject({ status: 200, cseq: { method: 'OPTIONS' } });
  expect(supported(call.response)).toEqual(['100rel']);
});

it('the function is asked once a call, whatever the call says to the peer', async () => {
  const asked = vi.fn<TimersForEndpoint>(() => ({ mode: 'always', sessionExpires: 90 }));
  const { world, session } = await calling(peer('trunk'), asked);
  await world.pass(200);
  expect(sessionTimer(session)).toEqual({ seconds: 90, refresher: 'local', expired: false });
  expect(world.said.length).toBeGreaterThan(6);
  void session.end();
  await world.pass(0.1);
  expect(asked.mock.calls).toEqual([[peer('trunk')]]);
});

it.each<{ what: string; forEndpoint: () => unknown; cause: unknown }>([
  {
    what: 'is outside its range',
    forEndpoint: () => ({ minSE: 10 }),
    cause: expect.objectContaining({ code: 'TIMERS_OPTION', info: { option: 'minSE' } }),
  },
  { what: 'is a promise', forEndpoint: () => Promise.resolve({}), cause: expect.objectContaining({ info: { option: 'options' } }) },
  { what: 'is a number', forEndpoint: () => 90, cause: expect.objectContaining({ info: { option: 'options' } }) },
  {
    what: 'does not come, since it throws',
    forEndpoint: () => {
      throw new Error('no such trunk');
    },
    cause: expect.objectContaining({ message: 'no such trunk' }),
  },
])('what it gives is reported where it $what, and the defaults hold', async ({ forEndpoint, cause }) => {
  const timers = forEndpoint as TimersForEndpoint;
  const { world, alice } = await calling(peer('trunk'), timers);
  expect(world.said[0]).toBe('0 alice INVITE Session-Expires: 1800 sdp');
  expect(alice.errors).toEqual([expect.objectContaining({ code: 'SESSION_HOOK_FAILED', cause })]);
  const { world: other, bob } = await called('trunk', timers, TIMER);
  expect(other.said[1]).toBe('0 bob 200 INVITE Session-Expires: 1800;refresher=uac Require: timer sdp');
  expect(bob.errors).toEqual([expect.objectContaining({ code: 'SESSION_HOOK_FAILED', cause })]);
});
