/** Ways for calls to go that are seldom tried and common outside: with PRACK, challenged, refused from inside, crossing, forked, over a bad network. */
import { reply, type Method, type Reply } from '@jackfield/sip';
import type { MediaInit } from '../contract/media.ts';
import type { Session } from '../contract/session.ts';
import { ringAndAccept, type ConformanceWorld, type Way } from './conformance-world.ts';

const CHALLENGE = 'Digest realm="example.com", nonce="n", algorithm=MD5';
/** Passed through as it is: formats that no handler knows. */
const UNKNOWN: MediaInit = [
  { kind: 'audio', section: { kind: 'audio', port: 5000, protocol: 'RTP/AVP', formats: ['99'], lines: ['a=rtpmap:99 x-unknown/8000'] } },
];

/** What is refused for how it is asked, and might be asked again. */
const REFUSALS: readonly { readonly status: number; readonly headers: Readonly<Record<string, string>> }[] = [
  { status: 401, headers: { 'WWW-Authenticate': CHALLENGE } },
  { status: 407, headers: { 'Proxy-Authenticate': CHALLENGE } },
  { status: 422, headers: { 'Min-SE': '3600' } },
  { status: 488, headers: { Warning: '304 example.com "Media type not available"' } },
  { status: 491, headers: {} },
  { status: 500, headers: { 'Retry-After': '1' } },
];

/** Each is walked in both directions. */
export const TROUBLES: Readonly<Record<string, Way>> = {
  'with PRACK': async (world, direction) => {
    const answer = async (session: Session): Promise<void> => {
      await session.progress(183, { reliable: true, media: 'same' });
      await session.progress(180, { reliable: true });
      await session.accept();
    };
    const { caller } = world.call(direction, answer, { reliable: 'preferred' });
    await world.advance();
    void caller?.end();
    await world.advance();
  },
  'refused in each way that asks for another': async (world, direction) => {
    for (const { status, headers } of REFUSALS) {
      world.call(direction, (session) => session.reject(status, { headers }));
      await world.advance();
    }
  },
  'inside which the peer refuses': async (world, direction) => {
    const session = await world.up(direction);
    for (const { status, headers } of REFUSALS) {
      for (const method of ['INVITE', 'UPDATE', 'INFO'] as const) {
        world.refusing = once(method, reply(status, { headers }));
        const verb = method === 'INFO' ? session?.sendRequest(method) : session?.sendReinvite({ method, media: 'same' });
        verb?.catch(world.told);
        await world.advance();
      }
    }
    world.refusing = undefined;
  },
  'with an offer that nobody takes, at once and inside': async (world, direction) => {
    world.call(direction, ringAndAccept, { media: UNKNOWN });
    await world.advance();
    const pair = world.call(direction, ringAndAccept);
    await world.advance();
    for (const session of [pair.caller, pair.callee]) {
      for (const method of ['INVITE', 'UPDATE'] as const) {
        session?.sendReinvite({ method, media: UNKNOWN }).catch(world.told);
        await world.advance();
      }
    }
  },
  'that both sides change at once': async (world, direction) => {
    const pair = world.call(direction, ringAndAccept);
    await world.advance();
    for (const method of ['INVITE', 'UPDATE'] as const) {
      for (const session of [pair.caller, pair.callee]) session?.sendReinvite({ method, media: 'same' }).catch(world.told);
      await world.advance();
    }
  },
  'over a network that loses a fifth of what is sent': async (world, direction) => {
    world.bed.network.change({ loss: 0.2 });
    const pair = world.call(direction, ringAndAccept);
    await world.advance(40_000);
    await world.talk(pair, [{ method: 'INFO' }]);
    void pair.caller?.end();
    await world.advance(40_000);
    world.bed.network.change({ loss: 0 });
  },
};

/** One such request is met so; its repeat is not. */
function once(method: Method, refusal: Reply): (request: { readonly method: Method }) => Reply | undefined {
  let met = false;
  return (request) => {
    if (met || request.method !== method) return undefined;
    met = true;
    return refusal;
  };
}

/** Two phones ring, with their media, and both are answered: the second gets a BYE. Then one that is cancelled while both ring. */
export async function forked(world: ConformanceWorld): Promise<void> {
  const phones = await world.bed.peer('phones');
  const sdp = (port: number): string =>
    `v=0\r\no=- 1 1 IN IP4 ${phones.host}\r\ns=-\r\nc=IN IP4 ${phones.host}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
  let answered = true;
  phones.always('ACK', () => undefined);
  for (const method of ['PRACK', 'BYE', 'CANCEL']) phones.always(method, (request) => phones.respond(request, 200));
  phones.always('INVITE', (invite) => {
    const say = (status: number, toTag: string, port: number): void =>
      phones.respond(invite, status, { toTag, contact: phones.contact(), body: sdp(port) });
    say(183, 'a', 5000);
    say(183, 'b', 5002);
    if (!answered) return;
    say(200, 'b', 5002);
    say(200, 'a', 5000);
  });
  for (answered of [true, false]) {
    const session = world.subject.service.create(`sip:phones@${phones.sentBy}`, { media: [{ kind: 'audio' }] });
    session.established.catch(world.told);
    await world.advance();
    void session.end();
    await world.advance();
  }
}
