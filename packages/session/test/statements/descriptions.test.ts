/** Statements about hostile and broken session descriptions, as a call sees them. Our handler has PCMU for audio and H261 for video. */
import { candidates, cryptoLines, maxptime, parseDescription, ptime } from '@jackfield/sdp';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/index.ts';
import { PlannedStreams } from '../offer-answer/planned-streams.ts';
import { Play } from '../ladders/play.ts';
import { Script } from '../ladders/script.ts';

const HEAD = ['v=0', 'o=peer 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
const description = (...lines: readonly string[]): string => [...HEAD, ...lines, ''].join('\r\n');
const GOOD = 'm=audio 5000 RTP/AVP 0';

function sectionOf(text: string) {
  const verdict = parseDescription(text);
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.description.sections[0]!;
}

class Scene {
  readonly play = new Play();
  readonly streams = new PlannedStreams();
  readonly calls: Session[] = [];
  peer!: Script;

  static async open(): Promise<Scene> {
    const scene = new Scene();
    const { play, streams, calls } = scene;
    const party = await play.bed.party('we', { traced: false });
    scene.peer = Script.calling(play, await play.bed.peer('peer'), party);
    const plan = parseDescription(description('m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 31'));
    if (plan.ok) streams.plan = plan.description;
    for (const kind of ['audio', 'video']) party.service.registerSdpHandler(streams.handler(kind), kind);
    party.service.onIncoming((session) => {
      calls.push(session);
      return session.accept();
    });
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

  /** Whatever came before: the next call is taken. And then nothing is left. */
  async alive(): Promise<void> {
    const { play, peer, calls, streams } = this;
    if (calls.some(({ state }) => state === 'established')) await peer.request('BYE');
    peer.another();
    expect((await this.offers(description(GOOD))).status).toBe(200);
    await peer.request('BYE');
    expect(streams.live.size).toBe(0);
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
    for (const { errors } of play.bed.parties) expect(errors).toEqual([]);
  }
}

describe('formats that are none', () => {
  it.each(['4294967296', '-1', 'x', '0x0', '99999999999999999999', '128'])(
    'T-14: a format of %s is refused alone, and passed over beside a good one',
    async (format) => {
      const scene = await Scene.open();
      expect((await scene.offers(description(`m=audio 5000 RTP/AVP ${format}`))).status).toBe(488);
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
    ['a static number that we do not have', 'm=audio 5000 RTP/AVP 98'],
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

  it('T-18: 16 m= lines and 64 formats are answered whole', async () => {
    const scene = await Scene.open();
    const { status, ports } = await scene.offers(description(formats(64), ...many(15)));
    expect([status, ports.length]).toEqual([200, 16]);
    await scene.alive();
  });
});

describe('keys, times and candidates', () => {
  it.each([
    'a=crypto:65 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR',
    'a=crypto:99999999999 AES_CM_128_HMAC_SHA1_80 inline:x',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%%%',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AA==',
    'a=crypto:1 SUITE_OF_NOBODY inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR',
    'a=crypto:',
    'a=crypto',
  ])('T-19: %s: the line is declined where nobody has keys, and reading it throws nothing', async (line) => {
    const secured = description('m=audio 5000 RTP/SAVP 18', line);
    expect(() => cryptoLines(sectionOf(secured))).not.toThrow();
    const scene = await Scene.open();
    expect((await scene.offers(secured)).status).toBe(488);
    scene.peer.another();
    expect(await scene.offers(description(GOOD, 'm=audio 5002 RTP/SAVP 18', line))).toMatchObject({ status: 200, ports: [4000, 0] });
    await scene.alive();
  });

  it.each([
    ['0', undefined],
    ['-20', undefined],
    ['2147483648', 200],
    ['4294967296', 200],
    ['20.5', 20.5],
    ['x', undefined],
  ] as const)('T-20: a ptime and a maxptime of %s are clamped, and the stream is taken', async (value, read) => {
    const text = description(GOOD, `a=ptime:${value}`, `a=maxptime:${value}`);
    expect([ptime(sectionOf(text)), maxptime(sectionOf(text))]).toEqual([read, read]);
    const scene = await Scene.open();
    expect((await scene.offers(text)).status).toBe(200);
    await scene.alive();
  });

  it('T-22: a password of 1000 characters and 500 candidates, bad ones among them, are passed over', async () => {
    const lines = [
      `a=ice-ufrag:${'u'.repeat(1000)}`,
      `a=ice-pwd:${'p'.repeat(1000)}`,
      ...Array.from({ length: 500 }, (_, at) => `a=candidate:${at} 1 UDP ${at * 1e9} 203.0.113.1 ${at * 200} typ host`),
    ];
    const text = description(GOOD, ...lines);
    expect(candidates(sectionOf(text)).every(({ port, priority }) => port <= 65_535 && priority <= 2 ** 32)).toBe(true);
    const scene = await Scene.open();
    const { status, text: answer } = await scene.offers(text);
    expect([status, /candidate|ice-/.test(answer)]).toEqual([200, false]);
    expect(scene.calls[0]!.streams[0]!.remote.port).toBe(5000);
    await scene.alive();
  });

  it('T-22: more candidates than a description may have lines: refused', async () => {
    const scene = await Scene.open();
    const lines = Array.from({ length: 1100 }, (_, at) => `a=candidate:${at} 1 UDP 1 203.0.113.1 4000 typ host`);
    expect((await scene.offers(description(GOOD, ...lines))).status).toBe(488);
    await scene.alive();
  });
});
