/** Route of our first INVITE: the way the application, or a supplement at admission, wants it to take (RFC 3261 §8.1.2, RFC 3665 §3.2). */
import { expect, it } from 'vitest';
import type { Supplement } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { sdp } from '../ladders/script.ts';

const FAR = 'sip:bob@far.invalid';

/** An INVITE to somebody whom only the proxy can find. */
async function throughProxy(
  play: Play,
  routesOf: (proxy: string) => string | readonly string[],
  supplement?: (proxy: string) => Supplement,
) {
  const alice = await play.bed.party('alice');
  const proxy = await play.bed.peer('proxy');
  if (supplement !== undefined) alice.service.registerSupplement(supplement(proxy.sentBy));
  const session = alice.service.create(FAR, { headers: { Route: routesOf(proxy.sentBy) } });
  await play.go();
  return { proxy, session };
}

it.each<[string, (proxy: string) => string | readonly string[]]>([
  ['one field', (proxy) => `<sip:${proxy};lr>, <sip:edge.invalid;lr>`],
  ['several fields', (proxy) => [`<sip:${proxy};lr>`, '<sip:edge.invalid;lr>']],
])('RFC 3665 §3.2: a pre-loaded Route in %s: the INVITE goes to its first hop, and names all of them', async (_how, routesOf) => {
  const play = new Play();
  const { proxy, session } = await throughProxy(play, routesOf);
  const invite = await proxy.expect('INVITE');
  expect(invite.uri.toString()).toBe(FAR);
  expect(invite.headers.getAll('Route').join(', ')).toBe(`<sip:${proxy.sentBy};lr>, <sip:edge.invalid;lr>`);
  proxy.respond(invite, 180, { toTag: 'far', contact: proxy.contact() });
  await play.go();
  void session.end();
  await play.go();
  const cancel = await proxy.expect('CANCEL');
  expect(cancel.headers.getAll('Route')).toEqual(invite.headers.getAll('Route'));
  await play.bed.close();
});

it('the call that comes of it goes by Record-Route alone', async () => {
  const play = new Play();
  const { proxy, session } = await throughProxy(play, (to) => `<sip:${to};lr>`);
  proxy.respond(await proxy.expect('INVITE'), 200, { toTag: 'far', contact: proxy.contact(), body: sdp() });
  await play.go();
  expect((await proxy.expect('ACK')).headers.getAll('Route')).toEqual([]);
  expect(session.state).toBe('established');
  await play.bed.close();
});

it('a first hop that is a strict router gets the Request-URI, and the target comes last', async () => {
  const play = new Play();
  const { proxy } = await throughProxy(play, (to) => `<sip:${to}>`);
  const invite = await proxy.expect('INVITE');
  expect([invite.uri.toString(), invite.headers.getAll('Route')]).toEqual([`sip:${proxy.sentBy}`, [`<${FAR}>`]]);
  await play.bed.close();
});

it('a redirected INVITE takes the same way', async () => {
  const play = new Play();
  const follow = (): Supplement => ({ name: 'follow', redirected: (_session, targets) => targets });
  const { proxy } = await throughProxy(play, (to) => `<sip:${to};lr>`, follow);
  proxy.respond(await proxy.expect('INVITE'), 302, { toTag: 'far', contact: '<sip:carol@farther.invalid>' });
  await play.go();
  await proxy.expect('ACK');
  const again = await proxy.expect('INVITE');
  expect([again.uri.toString(), again.headers.getAll('Route')]).toEqual(['sip:carol@farther.invalid', [`<sip:${proxy.sentBy};lr>`]]);
  await play.bed.close();
});

it('a Route that a supplement writes at admission holds, one that it writes when the INVITE leaves does not', async () => {
  const play = new Play();
  const router = (proxy: string): Supplement => ({
    name: 'router',
    admitSession: ({ headers }) => headers?.set('Route', `<sip:${proxy};lr>`),
    outgoingRequest: (_session, { headers }) => headers.set('Route', '<sip:elsewhere.invalid;lr>'),
  });
  const { proxy } = await throughProxy(play, () => '<sip:nowhere.invalid;lr>', router);
  expect((await proxy.expect('INVITE')).headers.getAll('Route')).toEqual([`<sip:${proxy.sentBy};lr>`]);
  await play.bed.close();
});

it('a Route that is none ends the call before anything leaves', async () => {
  const play = new Play();
  const { proxy, session } = await throughProxy(play, () => 'not a route');
  await expect(session.established).rejects.toMatchObject({ code: 'SIP_HEADER_SYNTAX', info: { header: 'Route' } });
  expect(proxy.unread()).toEqual([]);
  await play.bed.close();
});
