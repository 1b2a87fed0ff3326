/** A gateway that stays out of the media: what it needs for a call that comes in, and what becomes of that side's changes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { passThrough, type SdpHandler, type Session, type Supplement } from '../../src/index.ts';
import { Testbed, type Party } from '../../src/testing.ts';
import { Play } from '../ladders/play.ts';
import { sdp, type Script } from '../ladders/script.ts';

/** Claims for the driver, and makes nothing. */
const claims: SdpHandler = {
  name: 'passed-through',
  handleIncomingStream: () => 'claimed',
  createOutgoingStream: () => undefined,
  applyNegotiatedStream() {},
  rollbackStream() {},
  stopStream() {},
};

let bed: Testbed;
let [alice, gateway, bob]: Party[] = [];

beforeEach(async () => {
  bed = new Testbed();
  [alice, gateway, bob] = [await bed.party('alice'), await bed.party('gateway', { traced: false }), await bed.party('bob')];
  bob.service.onIncoming((session) => session.accept());
});
afterEach(() => bed.close());

/** Whoever calls the gateway calls bob, with the description that it brought. */
function joins(): void {
  gateway!.service.onIncoming(async (session, invite) => {
    let answer = invite.body!;
    const leg = await gateway!.service.invite(bob!.uri(), {
      media: passThrough(invite.body!),
      signal: session.signal,
      onResponse: ({ status, body }) => void (status === 200 && body !== undefined && (answer = body)),
    });
    await session.accept({ media: passThrough(answer) });
    void session.ended.then(() => leg.end());
  });
}

async function call(): Promise<Session> {
  const session = alice!.service.create(gateway!.uri());
  session.established.catch(() => {});
  await bed.clock.advance(1000);
  return session;
}

describe('the streams of a call that came in', () => {
  it('are refused before the driver is asked, where no handler claims them', async () => {
    joins();
    const session = await call();
    await expect(session.established).rejects.toMatchObject({ code: 'SESSION_REFUSED', info: { status: 488 } });
    expect([...bob!.service.sessions]).toEqual([]);
  });

  it('pass through to another leg where one does; a change of theirs is answered by the core, and told to mediaChanged', async () => {
    const changes: string[] = [];
    const listener: Supplement = {
      name: 'listener',
      mediaChanged: ({ direction }, { after }) => void changes.push(`${direction}: ${after[0]!.local.lines.at(-1)}`),
    };
    gateway!.service.registerSupplement(listener);
    gateway!.service.registerSdpHandler(claims, '*');
    joins();
    const session = await call();
    const [theirs] = [...bob!.service.sessions][0]!.streams;
    expect(session.streams[0]!.remote.lines).toEqual(['c=IN IP4 192.0.2.3', ...theirs!.local.lines]);
    const held = session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await bed.clock.advance(1000);
    expect(await held).toMatchObject({ kind: 'agreed' });
    expect(changes).toEqual(['outgoing: a=sendrecv', 'incoming: a=sendrecv', 'incoming: a=recvonly']);
    void session.end();
    await bed.clock.advance(64_000);
    expect(bed.leftOver()).toEqual({});
  });
});

describe('what was given for a line, where it does not answer what the peer offers on it later (RFC 3264 §6, RFC 6337 §5.2.3)', () => {
  const GIVEN = { kind: 'audio', port: 7000, protocol: 'RTP/AVP', formats: ['0'], lines: ['a=rtpmap:0 PCMU/8000'] };
  const offers = [
    { body: sdp({ version: 2, format: '8' }), because: 'no format in common' },
    { body: sdp({ version: 2 }).replace('RTP/AVP', 'RTP/SAVP'), because: 'another transport' },
  ];
  const last = (peer: Script, method: string) => peer.response(({ cseq, status }) => cseq.method === method && status >= 200);
  const lines = (peer: Script, method: string) =>
    Buffer.from(last(peer, method).body!.bytes)
      .toString()
      .match(/^m=.*$/gm);

  describe.each(['INVITE', 'UPDATE'])('%s', (method) => {
    it.each(offers)('488, and what was agreed stays: $because', async ({ body }) => {
      const play = new Play();
      const { peer, calls } = await play.called();
      await peer.invite();
      const session = calls[0]!;
      void session.accept({ media: [{ kind: 'audio', section: GIVEN }] });
      await play.go();
      await peer.ack();
      const before = session.streams;
      await peer.request(method, { body });
      expect([last(peer, method).status, last(peer, method).headers.get('Warning')]).toEqual([488, expect.stringMatching(/^305 /)]);
      if (method === 'INVITE') await peer.ack();
      expect([session.state, session.streams]).toEqual(['established', before]);
      await peer.request('UPDATE', { body: sdp({ version: 3, format: '0 8', direction: 'sendonly' }) });
      expect([last(peer, 'UPDATE').status, lines(peer, 'UPDATE')]).toEqual([200, ['m=audio 7000 RTP/AVP 0']]);
      await play.bed.close();
      expect(play.bed.leftOver()).toEqual({});
    });
  });

  it('the same where no handler is for its kind: the peer is told that the formats are at fault', async () => {
    const play = new Play();
    const section = { kind: 'message', port: 7002, protocol: 'TCP/MSRP', formats: ['*'], lines: [] };
    const { peer } = await play.calling({ media: [{ kind: 'message', section }] });
    await peer.answer('INVITE', 200, { body: sdp({ kind: 'message', format: '*' }).replace('RTP/AVP', 'TCP/MSRP') });
    await peer.request('UPDATE', { body: sdp({ kind: 'message', format: '*', version: 2 }).replace('RTP/AVP', 'TCP/TLS/MSRP') });
    expect([last(peer, 'UPDATE').status, last(peer, 'UPDATE').headers.get('Warning')]).toEqual([488, expect.stringMatching(/^305 /)]);
    await play.bed.close();
  });

  it('beside a stream that can go on: its line is declined', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    const two = (format: string, version: number): string =>
      `${sdp({ version })}${sdp({ format, kind: 'video' }).slice(sdp().indexOf('m='))}`;
    await peer.invite({ body: two('31', 1) });
    const section = { kind: 'video', port: 7000, protocol: 'RTP/AVP', formats: ['31'], lines: [] };
    void calls[0]!.accept({ media: [{ kind: 'audio' }, { kind: 'video', section }] });
    await play.go();
    await peer.ack();
    expect(calls[0]!.streams.map(({ kind }) => kind)).toEqual(['audio', 'video']);
    await peer.request('UPDATE', { body: two('34', 2) });
    expect(lines(peer, 'UPDATE')).toEqual(['m=audio 40000 RTP/AVP 0', 'm=video 0 RTP/AVP 34']);
    expect(calls[0]!.streams.map(({ kind }) => kind)).toEqual(['audio']);
    await play.bed.close();
  });

  it('in an offer that the application answers itself: what it gives now counts, stream by stream', async () => {
    const play = new Play();
    const listener = { media: 'late', onResponse: () => undefined } as const;
    const { peer, session } = await play.calling(listener);
    const pair = (first: string, version: number): string =>
      `${sdp({ format: first, version })}${sdp({ port: 30_002 }).slice(sdp().indexOf('m='))}`;
    const given = (first: string) =>
      [first, '0'].map((format, at) => ({ kind: 'audio', section: { ...GIVEN, port: 7000 + 2 * at, formats: [format], lines: [] } }));
    await peer.answer('INVITE', 200, { body: pair('0', 1) });
    await session.answerOffer({ media: given('0') });
    await play.go();
    const outcome = session.sendReinvite(listener);
    await play.go();
    await peer.answer('INVITE', 200, { body: pair('8', 2) });
    await session.answerOffer({ media: given('8') });
    await play.go();
    const said = Buffer.from(peer.got('ACK').body!.bytes).toString();
    expect([(await outcome).kind, said.match(/^m=.*$/gm)]).toEqual(['agreed', ['m=audio 7000 RTP/AVP 8', 'm=audio 7002 RTP/AVP 0']]);
    await play.bed.close();
  });
});
