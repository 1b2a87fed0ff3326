/** Statements about hostile and broken session descriptions, as a call sees them. Our handler has PCMU for audio and H261 for video. */
import { parseDescription } from '@jackfield/sdp';
import { describe, expect, it } from 'vitest';
import type { Session, SessionService } from '../../src/index.ts';
import { PlannedStreams } from '../offer-answer/planned-streams.ts';
import { Play } from '../ladders/play.ts';
import { Script } from '../ladders/script.ts';

const HEAD = ['v=0', 'o=peer 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
const description = (...lines: readonly string[]): string => [...HEAD, ...lines, ''].join('\r\n');
const GOOD = 'm=audio 5000 RTP/AVP 0';

class Scene {
  readonly play = new Play();
  readonly streams = new PlannedStreams();
  readonly calls: Session[] = [];
  /** What promises of ours rejected with. */
  readonly failures: unknown[] = [];
  peer!: Script;
  service!: SessionService;

  static async open(take: (session: Session) => Promise<void> | void = (session) => session.accept()): Promise<Scene> {
    const scene = new Scene();
    const { play, streams, calls } = scene;
    const party = await play.bed.party('we', { traced: false });
    scene.peer = Script.calling(play, await play.bed.peer('peer'), party);
    const plan = parseDescription(description('m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 31'));
    if (plan.ok) streams.plan = plan.description;
    for (const kind of ['audio', 'video']) party.service.registerSdpHandler(streams.handler(kind), kind);
    party.service.onIncoming((session) => {
      calls.push(session);
      return take(session);
    });
    scene.service = party.service;
    return scene;
  }

  /** An offer in the first INVITE or in one inside the call: the status, and of a 200 the ports of the answer. */
  async offers(body: string): Promise<{ status: number; ports: number[]; text: string }> {
    await this.peer.request('INVITE', { body });
    const response = this.peer.response(({ status, cseq }) => status >= 200 && cseq.method === 'INVITE');
    await this.peer.ack({}, response.status);
    const text = Buffer.from(response.body?.bytes ?? []).toString();
    return { status: response.status, ports: [...text.matchAll(/^m=\w+ (\d+)/gm)].map(([, port]) => Number(port)), text };
  }

  /** Whatever came before: the next call is taken. And then nothing is left, and the service has heard of `errors`. */
  async alive(...errors: readonly object[]): Promise<void> {
    const { play, peer, calls, streams } = this;
    if (calls.some(({ state }) => state === 'established')) await peer.request('BYE');
    peer.another();
    expect((await this.offers(description(GOOD))).status).toBe(200);
    await peer.request('BYE');
    expect(streams.live.size).toBe(0);
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
    expect(play.bed.parties.flatMap((party) => party.errors)).toMatchObject(errors);
  }
}

describe('formats that are none', () => {
  it.each(['4294967296', '-1', 'x', '0x0', '99999999999999999999', '128'])(
    'T-14: a format of %s is refused alone, and passed over beside a good one',
    async (format) => {
      const scene = await Scene.open();
      const mapped = `a=rtpmap:${format} PCMU/8000`; // or it would be refused as a dynamic number that says nothing
      expect((await scene.offers(description(`m=audio 5000 RTP/AVP ${format}`))).status).toBe(488);
      scene.peer.another();
      expect((await scene.offers(description(`m=audio 5000 RTP/AVP ${format}`, mapped))).status).toBe(488);
      scene.peer.another();
      const both = await scene.offers(description(`m=audio 5000 RTP/AVP ${format} 0`));
      expect([both.status, /^m=audio 4000 RTP\/AVP 0\r$/m.test(both.text)]).toEqual([200, true]);
      await scene.alive();
    },
  );

  it.each([
    'a=fmtp:96 mode=1',
    'a=fmtp:',
    'a=fmtp',
    'a=fmtp:4294967296 x',
    'a=rtpmap:128 PCMU/8000',
    'a=rtpmap:2147483648 PCMU/8000',
    'a=rtpmap:-1 PCMU/8000',
    'a=rtpmap:',
    'a=rtpmap:97',
    'a=rtpmap:0',
  ])('T-15: %s says nothing, and the stream is taken', async (line) => {
    const scene = await Scene.open();
    const { status, text } = await scene.offers(description(GOOD, line));
    expect([status, /^m=audio 4000 RTP\/AVP 0\r$/m.test(text)]).toEqual([200, true]);
    await scene.alive();
  });

  it.each([
    ['a dynamic number that says nothing', 'm=audio 5000 RTP/AVP 98'],
    ['a static number that we do not have', 'm=audio 5000 RTP/AVP 18'],
    ['redundancy under a static number', 'm=audio 5000 RTP/AVP 0', 'a=rtpmap:0 red/8000'],
    ['text under a static number', 'm=audio 5000 RTP/AVP 3', 'a=rtpmap:3 t140/1000'],
    ['redundancy without a codec', 'm=audio 5000 RTP/AVP 98', 'a=rtpmap:98 red/8000', 'a=fmtp:98 0/0'],
    ['text without a mapping', 'm=text 5000 RTP/AVP 98 99'],
    ['redundancy of text that lists nothing', 'm=text 5000 RTP/AVP 98', 'a=rtpmap:98 red/1000', 'a=fmtp:98'],
  ])('T-21: %s is declined, alone and beside a stream that is taken', async (_name, ...lines) => {
    const scene = await Scene.open();
    expect((await scene.offers(description(...lines))).status).toBe(488);
    scene.peer.another();
    expect(await scene.offers(description(GOOD, ...lines))).toMatchObject({ status: 200, ports: [4000, 0] });
    await scene.alive();
  });
});

describe('declined lines', () => {
  it.each([
    ['m=image port 0', ['m=image 0 udptl t38']],
    ['m=audio port 0', ['m=audio 0 RTP/AVP 0']],
    ['all of several', ['m=audio 0 RTP/AVP 0', 'm=image 0 udptl t38', 'm=video 0 RTP/AVP 31']],
  ])('T-16: %s: 488 for a call, every line declined in one, and no handler hears of it', async (_name, lines) => {
    const scene = await Scene.open();
    expect((await scene.offers(description(...lines))).status).toBe(488);
    expect(scene.streams.calls).toEqual([]);
    scene.peer.another();
    await scene.offers(description(GOOD));
    scene.streams.calls.length = 0;
    expect(await scene.offers(description(...lines))).toMatchObject({ status: 200, ports: lines.map(() => 0) });
    expect(scene.streams.calls).toEqual([]);
    expect(scene.calls.at(-1)!.state).toBe('established');
    await scene.alive();
  });
});

describe('a preview that cannot be used', () => {
  it.each([
    ['no description', 'nonsense'],
    ['a line too many', description(GOOD, GOOD)],
    ['no codec in common', description('m=audio 5000 RTP/AVP 18')],
  ])('T-17: %s in a 183, and a good one in the next: the call comes up with the good one', async (_name, bad) => {
    const play = new Play();
    const { alice, peer, session } = await play.calling();
    await peer.answer('INVITE', 183, { body: bad });
    expect([session.state, session.streams]).toEqual(['early', []]);
    await peer.answer('INVITE', 183, { body: description(GOOD) });
    await peer.answer('INVITE', 200, { body: description(GOOD) });
    expect([session.state, session.streams.map(({ remote }) => remote.port)]).toEqual(['established', [5000]]);
    expect(alice.errors).toEqual([]);
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  });

  it('T-17: with nothing good after it the call ends cleanly', async () => {
    const play = new Play();
    const { alice, peer, session } = await play.calling();
    await peer.answer('INVITE', 183, { body: 'nonsense' });
    await peer.answer('INVITE', 200, { body: 'nonsense' });
    await peer.answer('BYE', 200);
    expect(await session.ended).toMatchObject({ by: 'core' });
    expect([alice.errors, alice.audio.live]).toEqual([[], 0]);
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  });
});

describe('descriptions past a limit', () => {
  const many = (count: number): string[] => Array.from({ length: count }, () => GOOD);
  const formats = (count: number): string => `m=audio 5000 RTP/AVP ${Array.from({ length: count }, (_, at) => at).join(' ')}`;

  it.each([
    ['17 m= lines', description(...many(17)), 488],
    ['65 formats', description(formats(65)), 488],
    ['2000 lines', description(GOOD, ...Array.from({ length: 2000 }, () => 'a=x')), 488],
    ['64 KB', description(GOOD, `a=x:${'y'.repeat(65_600)}`), 413],
  ])('T-18: %s are refused, in a call too, which goes on', async (_name, text, status) => {
    const scene = await Scene.open();
    expect((await scene.offers(text)).status).toBe(status);
    scene.peer.another();
    await scene.offers(description(GOOD));
    expect((await scene.offers(text)).status).toBe(status);
    expect(scene.calls.at(-1)!.streams).toHaveLength(1);
    await scene.alive();
  });

  it('T-22: more candidates than a description may have lines: refused', async () => {
    const scene = await Scene.open();
    const lines = Array.from({ length: 1100 }, (_, at) => `a=candidate:${at} 1 UDP 1 203.0.113.1 4000 typ host`);
    expect((await scene.offers(description(GOOD, ...lines))).status).toBe(488);
    await scene.alive();
  });

  it('T-18: 16 m= lines and 64 formats are answered whole', async () => {
    const scene = await Scene.open();
    const { status, ports } = await scene.offers(description(formats(64), ...many(15)));
    expect([status, ports.length]).toEqual([200, 16]);
    await scene.alive();
  });
});

describe('a description of ours that no message carries', () => {
  const LONG = [`a=x:${'y'.repeat(58_000)}`];
  const HIGHEST = [`a=x:${'y'.repeat(57_000)}`];
  const refused = { code: 'SESSION_NEGOTIATION', info: { rule: 'local-description' } };

  it('T-18: as an answer it costs the call a 488, and accept() says so at once', async () => {
    const scene = await Scene.open((session) => void session.accept().catch((error: unknown) => scene.failures.push(error)));
    scene.streams.attributes = LONG;
    expect((await scene.offers(description(GOOD))).status).toBe(488);
    expect(scene.failures).toMatchObject([refused]);
    scene.streams.attributes = [];
    scene.peer.another();
    await scene.alive(refused);
  });

  it('T-18: in a call it is a 488, and a change of ours that is not made; the call goes on', async () => {
    const scene = await Scene.open();
    await scene.offers(description(GOOD));
    const session = scene.calls[0]!;
    scene.streams.attributes = LONG;
    expect((await scene.offers(description(GOOD, 'a=sendonly'))).status).toBe(488);
    await expect(session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] })).rejects.toMatchObject(refused);
    expect([session.state, session.streams.length]).toEqual(['established', 1]);
    scene.streams.attributes = [];
    await scene.alive(refused);
  });

  it('T-18: as an offer it never leaves', async () => {
    const { play, streams, peer, service } = await Scene.open();
    streams.attributes = LONG;
    const session = service.create(`sip:peer@${peer.raw.sentBy}`);
    await expect(session.established).rejects.toMatchObject(refused);
    await play.go();
    expect([peer.raw.received, streams.live.size]).toEqual([[], 0]);
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  });

  it('T-18: one that a message can just carry is sent', async () => {
    const scene = await Scene.open();
    scene.streams.attributes = HIGHEST;
    const { status, text } = await scene.offers(description(GOOD));
    expect([status, text.length > 57_000]).toEqual([200, true]);
    scene.streams.attributes = [];
    await scene.alive();
  });
});
