/** What was wrong in the system that this design descends from, and cannot be here. Its bugs with SDP handlers, cookies and filters are T-50 to T-53. */
import { createSipStack, udp, type SipRequest } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { createSessionService, retry, type Supplement } from '../../src/index.ts';
import { testAudio } from '../../src/testing.ts';
import { Play } from '../ladders/play.ts';
import { sdp } from '../ladders/script.ts';

const HOLD = [{ kind: 'audio', direction: 'sendonly' }] as const;
const HELD = sdp({ direction: 'recvonly', version: 2 });
/** More than a counter of four bits holds. */
const MANY = 20;

async function over({ bed }: Play): Promise<void> {
  await bed.close();
  expect(bed.leftOver()).toEqual({});
}

describe('after 491', () => {
  it.each(['INVITE', 'UPDATE'] as const)(
    '%s goes out again with what its sender gave it, and its sender hears of the outcome, once',
    async (method) => {
      const play = new Play();
      const { peer, session } = await play.callingAndAnswered();
      const heard: number[] = [];
      const settled: string[] = [];
      const options = {
        media: HOLD,
        method,
        headers: { 'X-Why': 'lunch' },
        onResponse: ({ status }: { status: number }) => void heard.push(status),
      };
      void session.sendReinvite(options).then(({ kind }) => settled.push(kind));
      await play.go();
      await peer.answer(method, 491);
      expect([heard, settled]).toEqual([[], []]);
      await play.until(`${method} (application) attempt 2`);
      expect(peer.got(method).headers.get('X-Why')).toBe('lunch');
      expect(Buffer.from(peer.got(method).body!.bytes).toString()).toContain('a=sendonly');
      await peer.answer(method, 200, { body: HELD });
      expect([heard, settled]).toEqual([[200], ['agreed']]);
      await over(play);
    },
  );
});

describe('challenges', () => {
  const CHALLENGE = (nonce: number): string => `Digest realm="example.com", nonce="${nonce}", algorithm=MD5, qop="auth"`;

  it(`each of ${MANY} requests in a call may be challenged: what was answered before does not count`, async () => {
    const play = new Play();
    const { bed } = play;
    const address = '192.0.2.77';
    const stack = createSipStack({
      transports: [udp({ host: address, port: 5060 })],
      clock: bed.clock,
      random: bed.random.fork(),
      network: bed.network.host(address),
      credentials: [{ username: 'us', password: 'secret' }],
    });
    const service = createSessionService(stack);
    service.registerSdpHandler(testAudio(), 'audio');
    await stack.listen();
    const raw = await bed.peer('peer');
    let nonce = 0;
    const challenged = (request: SipRequest, body?: string): void => {
      if (request.headers.get('Authorization')?.includes(`nonce="${nonce}"`) === true) {
        return raw.respond(request, 200, { toTag: 'peer', contact: raw.contact(), body });
      }
      nonce += 1;
      return raw.respond(request, 401, { toTag: 'peer', fields: { 'WWW-Authenticate': CHALLENGE(nonce) } });
    };
    raw.always('INVITE', (request) =>
      challenged(request, sdp({ version: nonce + 1, direction: nonce % 2 === 0 ? 'sendrecv' : 'recvonly' })),
    );
    raw.always('ACK', () => undefined);
    for (const method of ['INFO', 'BYE']) raw.always(method, (request) => challenged(request));
    const session = service.create(`sip:peer@${raw.sentBy}`);
    await bed.clock.advance(100);
    expect(session.state).toBe('established');
    for (let at = 0; at < MANY; at += 1) {
      nonce += 1; // the one before is stale
      const info = session.sendRequest('INFO');
      await bed.clock.advance(100);
      expect((await info).status).toBe(200);
      const refresh = session.sendReinvite({ media: [{ kind: 'audio', direction: at % 2 === 0 ? 'sendonly' : 'sendrecv' }] });
      nonce += 1;
      await bed.clock.advance(100);
      expect((await refresh).kind).toBe('agreed');
    }
    nonce += 1;
    void session.end();
    await bed.clock.advance(100);
    expect(await session.ended).toMatchObject({ by: 'local' });
    await service.close();
    await stack.close();
    await over(play);
  });

  it(`each of ${MANY} requests may be repeated as a supplement wishes, and none more than three times`, async () => {
    const play = new Play();
    const supplement: Supplement = {
      name: 'tokens',
      methods: ['INFO'],
      incomingResponse: () => retry({ headers: { 'X-Token': 'fresh' } }),
    };
    const { peer, session } = await play.callingAndAnswered(supplement);
    const copies: number[] = [];
    for (let at = 0; at < MANY; at += 1) {
      const before = peer.raw.received.length;
      const info = session.sendRequest('INFO');
      await play.go();
      for (let copy = 0; copy < 4; copy += 1) await peer.answer('INFO', 401);
      expect((await info).status).toBe(401);
      copies.push(peer.raw.received.length - before);
    }
    expect(new Set(copies)).toEqual(new Set([4]));
    await over(play);
  });
});

describe('headers of BYE', () => {
  it('of the application and of supplements leave with it', async () => {
    const play = new Play();
    const supplement: Supplement = {
      name: 'signs',
      methods: ['BYE'],
      outgoingRequest: (_session, { headers }) => headers.set('X-Signed', 'yes'),
    };
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, supplement);
    void session.end({ headers: { 'X-Why': 'lunch' } });
    await play.go();
    const { headers } = peer.got('BYE');
    expect([headers.get('X-Why'), headers.get('X-Signed')]).toEqual(['lunch', 'yes']);
    await peer.answer('BYE', 200);
    await over(play);
  });

  it('of the peer are seen before its 200 leaves, which can have some too', async () => {
    const play = new Play();
    let why: string | undefined;
    const supplement: Supplement = {
      name: 'counts',
      methods: ['BYE'],
      incomingRequest: (_session, { headers }) => void (why = headers.get('X-Why')),
      outgoingResponse: (_session, { headers }) => headers.set('X-Seen', why ?? 'nothing'),
    };
    const { peer } = await play.calledAndAnswered('acknowledged', {}, supplement);
    await peer.request('BYE', { fields: { 'X-Why': 'lunch' } });
    expect(peer.response(({ cseq }) => cseq.method === 'BYE').headers.get('X-Seen')).toBe('lunch');
    await over(play);
  });
});

it('responses to requests inside the call are heard, each once', async () => {
  const play = new Play();
  const heard: string[] = [];
  const supplement: Supplement = {
    name: 'hears',
    incomingResponse: (_session, { status, request }) => void heard.push(`${status} ${request.method}`),
  };
  const { peer, session } = await play.callingAndAnswered(supplement);
  heard.length = 0;
  void session.sendReinvite({ media: HOLD });
  await play.go();
  await peer.answer('INVITE', 183);
  await peer.accept({ direction: 'recvonly', version: 2 });
  await peer.accept({ direction: 'recvonly', version: 2 }); // a copy
  void session.sendReinvite({ method: 'UPDATE', media: 'none' });
  await play.go();
  await peer.answer('UPDATE', 200);
  for (const method of ['INFO', 'OPTIONS', 'MESSAGE', 'NOTIFY']) {
    void session.sendRequest(method);
    await play.go();
    await peer.answer(method, 200);
  }
  void session.end();
  await play.go();
  await peer.answer('BYE', 200);
  expect(heard).toEqual(['183 INVITE', '200 INVITE', '200 UPDATE', '200 INFO', '200 OPTIONS', '200 MESSAGE', '200 NOTIFY', '200 BYE']);
  await over(play);
});
