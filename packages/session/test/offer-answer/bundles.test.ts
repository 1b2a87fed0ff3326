/** Streams that share a transport (RFC 8843 §7, RFC 9143): what becomes of the groups of an offer, in its answer and in what comes after. */
import { groups, isDeclined, mid, parseDescription, type Description } from '@jackfield/sdp';
import { afterEach, describe, expect, it } from 'vitest';
import type { Session } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { Script } from '../ladders/script.ts';
import { BundlingStreams, type BundlingStream } from './bundling-streams.ts';

const HEAD = ['v=0', 'o=peer 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
/** Groups, then lines: `sdp(['a b'], 'audio@a', 'video@b', 'video!@c', 'video+@d')`; `!` declines, `+` is bundle-only, and without a name there is no mid. */
function sdp(bundles: readonly string[], ...lines: readonly string[]): string {
  const sections = lines.flatMap((line, index) => {
    const [, kind = '', mark = '', name] = /^(\w+)([!+]?)(?:@(\w+))?$/.exec(line) ?? [];
    const section = [`m=${kind} ${mark === '' ? 5000 + 2 * index : 0} RTP/AVP ${kind === 'audio' ? 0 : 96}`];
    if (kind !== 'audio') section.push('a=rtpmap:96 VP8/8000');
    if (name !== undefined) section.push(`a=mid:${name}`);
    if (mark === '+') section.push('a=bundle-only');
    return section;
  });
  return [...HEAD, ...bundles.map((mids) => `a=group:BUNDLE ${mids}`), ...sections, ''].join('\r\n');
}

function read(sdpBytes: Uint8Array | undefined): Description {
  const verdict = parseDescription(sdpBytes ?? new Uint8Array());
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.description;
}

/** `[a b] audio@a 4000 transport, video@b 4000` */
function gist(description: Description): string {
  const bundles = groups(description, 'BUNDLE').map(({ mids }) => `[${mids.join(' ')}] `);
  const lines = description.sections.map((section) => {
    const name = mid(section);
    const transport = section.lines.some((line) => line.startsWith('a=ice-ufrag')) ? ' transport' : '';
    return `${section.kind}${name === undefined ? '' : `@${name}`} ${isDeclined(section) ? 'declined' : `${section.port}${transport}`}`;
  });
  return bundles.join('') + lines.join(', ');
}

let play: Play | undefined;
afterEach(() => play?.bed.close());

const never = (): boolean => false;

async function scene(init: { audio?: boolean; video?: boolean; fails?: () => boolean; breaks?: () => boolean } = {}) {
  play = new Play();
  const party = await play.bed.party('we', { traced: false });
  const peer = Script.calling(play, await play.bed.peer('peer'), party);
  const streams = new BundlingStreams();
  party.service.registerSdpHandler(streams.handler('audio', { bundles: init.audio ?? true }), 'audio');
  party.service.registerSdpHandler(
    streams.handler('video', { bundles: init.video ?? true, fails: init.fails ?? never, breaks: init.breaks ?? never }),
    'video',
  );
  const calls: Session[] = [];
  party.service.onIncoming((session) => {
    calls.push(session);
    return session.accept();
  });
  /** Offers; what we answer, or with which status. */
  const asked = async (bundles: readonly string[], ...lines: readonly string[]): Promise<string | number> => {
    await peer.request('INVITE', { body: sdp(bundles, ...lines) });
    const response = peer.response(({ status, cseq }) => status >= 200 && cseq.method === 'INVITE');
    await peer.ack({}, response.status);
    return response.status === 200 ? gist(read(response.body?.bytes)) : response.status;
  };
  return { play, party, peer, streams, calls, asked };
}

const streamsOf = (session: Session | undefined): readonly BundlingStream[] =>
  session!.streams.map(({ stream }) => stream as BundlingStream);

describe('the answer to an offer with a bundle', () => {
  it.each<{ bundles: readonly string[]; offer: readonly string[]; answer: string | number; ports: number; because: string }>([
    {
      bundles: ['a b'],
      offer: ['audio@a', 'video@b'],
      answer: '[a b] audio@a 4000 transport, video@b 4000',
      ports: 1,
      because: 'all share one transport, and one line says it',
    },
    {
      bundles: ['b a'],
      offer: ['audio@a', 'video@b'],
      answer: '[b a] audio@a 4000, video@b 4000 transport',
      ports: 1,
      because: 'the first of the group is tagged, wherever its line is',
    },
    {
      bundles: ['a b'],
      offer: ['audio@a', 'video!@b'],
      answer: '[a] audio@a 4000 transport, video@b declined',
      ports: 1,
      because: 'a declined line is in no group',
    },
    {
      bundles: ['a b'],
      offer: ['audio!@a', 'video@b'],
      answer: '[b] audio@a declined, video@b 4000 transport',
      ports: 1,
      because: 'the next of the group takes its place',
    },
    {
      bundles: ['a b c'],
      offer: ['audio@a', 'text@b', 'video@c'],
      answer: '[a c] audio@a 4000 transport, text@b declined, video@c 4000',
      ports: 1,
      because: 'nobody takes the text',
    },
    {
      bundles: ['a b'],
      offer: ['audio@a', 'video+@b'],
      answer: '[a b] audio@a 4000 transport, video@b 4000',
      ports: 1,
      because: 'a line may come with the bundle only',
    },
    {
      bundles: ['b a'],
      offer: ['audio@a', 'video+@b'],
      answer: '[a b] audio@a 4000 transport, video@b 4000',
      ports: 1,
      because: 'such a line is not tagged',
    },
    {
      bundles: ['a b'],
      offer: ['text@a', 'video+@b'],
      answer: 'text@a declined, video@b declined',
      ports: 0,
      because: 'nor can it stand alone',
    },
    {
      bundles: ['a b'],
      offer: ['audio@x', 'text@a', 'video+@b'],
      answer: 'audio@x 4000 transport, text@a declined, video@b declined',
      ports: 1,
      because: 'its group has come to nothing',
    },
    {
      bundles: ['a b'],
      offer: ['audio@a', 'video@b', 'audio@c'],
      answer: '[a b] audio@a 4000 transport, video@b 4000, audio@c 4002 transport',
      ports: 2,
      because: 'who is in no group has its own transport',
    },
    {
      bundles: ['a b', 'c d'],
      offer: ['audio@a', 'video@b', 'audio@c', 'video@d'],
      answer: '[a b] [c d] audio@a 4000 transport, video@b 4000, audio@c 4002 transport, video@d 4002',
      ports: 2,
      because: 'each group by itself',
    },
    {
      bundles: ['a x b'],
      offer: ['audio@a', 'video@b'],
      answer: '[a b] audio@a 4000 transport, video@b 4000',
      ports: 1,
      because: 'a name that nobody has is passed over',
    },
    {
      bundles: ['a a'],
      offer: ['audio@a', 'video@b'],
      answer: '[a] audio@a 4000 transport, video@b 4002 transport',
      ports: 2,
      because: 'so is one that is there already',
    },
    {
      bundles: ['a b', 'b a'],
      offer: ['audio@a', 'video@b'],
      answer: '[a b] audio@a 4000 transport, video@b 4000',
      ports: 1,
      because: 'or in a group already',
    },
    {
      bundles: ['a'],
      offer: ['audio@a', 'video@a'],
      answer: 'audio@a 4000 transport, video@a 4002 transport',
      ports: 2,
      because: 'or of two lines',
    },
    {
      bundles: [],
      offer: ['audio@a', 'video@b'],
      answer: 'audio@a 4000 transport, video@b 4002 transport',
      ports: 2,
      because: 'names alone are no group',
    },
    {
      bundles: [''],
      offer: ['audio', 'video'],
      answer: 'audio 4000 transport, video 4002 transport',
      ports: 2,
      because: 'nor is one without members',
    },
  ])('$bundles of $offer is $answer: $because', async ({ bundles, offer, answer, ports }) => {
    const { asked, streams } = await scene();
    expect(await asked(bundles, ...offer)).toBe(answer);
    expect(streams.ports.size).toBe(ports);
  });

  it.each<{ audio?: boolean; video?: boolean; offer: readonly string[]; answer: string; because: string }>([
    {
      audio: false,
      video: false,
      offer: ['audio@a', 'video@b'],
      answer: 'audio@a 4000 transport, video@b 4002 transport',
      because: 'neither shares',
    },
    { video: false, offer: ['audio@a', 'video@b'], answer: '[a] audio@a 4000 transport, video@b 4002 transport', because: 'one does' },
    {
      audio: false,
      offer: ['audio@a', 'video@b'],
      answer: '[b] audio@a 4000 transport, video@b 4002 transport',
      because: 'the other does',
    },
    {
      audio: false,
      video: false,
      offer: ['audio@a', 'video+@b'],
      answer: 'audio@a 4000 transport, video@b declined',
      because: 'who has to share cannot',
    },
  ])('of handlers that share nothing, with $offer, is $answer: $because', async ({ audio, video, offer, answer }) => {
    const { asked, streams } = await scene({ ...(audio === false && { audio }), ...(video === false && { video }) });
    expect(await asked(['a b'], ...offer)).toBe(answer);
    const isUnaware = (line: string): boolean => (line.includes(' 0:') && audio === false) || (line.includes(' 1:') && video === false);
    for (const line of streams.seen.filter(isUnaware)) expect(line).toMatch(/: -$/);
  });

  it('shows handlers the group as it is offered, then as it is', async () => {
    const { asked, streams, calls } = await scene();
    await asked(['a b c'], 'audio@a', 'text@b', 'video@c');
    expect(streams.seen).toEqual([
      'claim 0: a b c of a',
      'claim 2: a b c of a',
      'create 0: a b c of a',
      'create 2: a b c of a',
      'apply audio sendrecv',
      'apply video sendrecv',
    ]);
    expect(streamsOf(calls[0]).map(({ group }) => group)).toEqual([
      ['a', 'c'],
      ['a', 'c'],
    ]);
  });

  it('leaves out a stream that its handler declines as it is made', async () => {
    const { asked } = await scene({ fails: () => true });
    expect(await asked(['a b'], 'audio@a', 'video@b')).toBe('[a] audio@a 4000 transport, video@b declined');
  });
});

describe('a bundle that both have agreed on', () => {
  it('goes on with the next offer of the peer, on the same transport', async () => {
    const { asked, calls, streams } = await scene();
    await asked(['a b'], 'audio@a', 'video@b');
    const before = streamsOf(calls[0]);
    expect(await asked(['a b'], 'audio@a', 'video@b')).toBe('[a b] audio@a 4000 transport, video@b 4000');
    expect(streamsOf(calls[0])).toEqual(before);
    expect([...streams.ports]).toEqual([4000]);
  });

  it.each<{ next: readonly [readonly string[], ...string[]]; answer: string; ports: readonly number[]; because: string }>([
    {
      next: [['a b c'], 'audio@a', 'video@b', 'video@c'],
      answer: '[a b c] audio@a 4000 transport, video@b 4000, video@c 4000',
      ports: [4000],
      because: 'one more joins',
    },
    {
      next: [['a b'], 'audio@a', 'video@b', 'video@c'],
      answer: '[a b] audio@a 4000 transport, video@b 4000, video@c 4002 transport',
      ports: [4000, 4002],
      because: 'one more stands outside',
    },
    {
      next: [['b'], 'audio!@a', 'video@b'],
      answer: '[b] audio@a declined, video@b 4000 transport',
      ports: [4000],
      because: 'the tagged one is taken away',
    },
    {
      next: [['a'], 'audio@a', 'video!@b'],
      answer: '[a] audio@a 4000 transport, video@b declined',
      ports: [4000],
      because: 'the other is',
    },
    {
      next: [['b a'], 'audio@a', 'video@b'],
      answer: '[b a] audio@a 4000, video@b 4000 transport',
      ports: [4000],
      because: 'another is tagged',
    },
    { next: [['a b'], 'audio!@a', 'video!@b'], answer: 'audio@a declined, video@b declined', ports: [], because: 'both are taken away' },
  ])('with $next is $answer: $because', async ({ next, answer, ports }) => {
    const { asked, streams } = await scene();
    await asked(['a b'], 'audio@a', 'video@b');
    expect(await asked(...next)).toBe(answer);
    expect([...streams.ports]).toEqual(ports);
  });

  it('is declined whole when its tagged line is: no answer can name another (§7.3.3)', async () => {
    let fails = false;
    const { asked, streams } = await scene({ fails: () => fails });
    await asked(['b a'], 'audio@a', 'video@b');
    fails = true;
    expect(await asked(['b a'], 'audio@a', 'video@b')).toBe('audio@a declined, video@b declined');
    expect(streams.ports.size).toBe(0);
  });

  it('is in our offers too, without the members that are gone', async () => {
    const { play: on, asked, calls, peer, streams } = await scene();
    await asked(['a b c'], 'audio@a', 'video@b', 'video@c');
    void calls[0]!.sendReinvite({
      media: [
        { kind: 'video', mid: 'b', removed: true },
        { kind: 'audio', direction: 'sendonly' },
      ],
    });
    await on.go();
    expect(gist(read(peer.got('INVITE').body?.bytes))).toBe('[a c] audio@a 4000 transport, video@b declined, video@c 4000');
    await peer.answer('INVITE', 200, { body: sdp(['a c'], 'audio@a', 'video!@b', 'video@c') });
    expect(streamsOf(calls[0]).map(({ group }) => group)).toEqual([
      ['a', 'c'],
      ['a', 'c'],
    ]);
    await peer.request('BYE');
    expect(streams.ports.size).toBe(0);
  });

  it.each<{ name: string; answer: readonly [readonly string[], ...string[]] }>([
    { name: 'has a group that was not offered', answer: [['a b x'], 'audio@a', 'video@b', 'audio@x'] },
    { name: 'takes a stream out of it', answer: [['a'], 'audio@a', 'video@b', 'audio@x'] },
    { name: 'knows no groups', answer: [[], 'audio@a', 'video@b', 'audio@x'] },
  ])('an answer that $name is none: what was agreed on stays, and is offered again', async ({ answer }) => {
    const { play: on, asked, calls, peer } = await scene();
    await asked(['a b'], 'audio@a', 'video@b', 'audio@x');
    const offered = '[a b] audio@a 4000 transport, video@b 4000, audio@x 4002 transport';
    const done = calls[0]!.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await on.go();
    expect(gist(read(peer.got('INVITE').body?.bytes))).toBe(offered);
    await peer.answer('INVITE', 200, { body: sdp(...answer) });
    await on.go();
    expect((await done).kind).toBe('refused');
    expect(gist(read(peer.got('INVITE').body?.bytes))).toBe(offered);
    expect(streamsOf(calls[0]).map(({ group }) => group)).toEqual([['a', 'b'], ['a', 'b'], undefined]);
  });

  it('stays one where the other lines of an answer are bundle-only, as RFC 8843 §7.3 writes them', async () => {
    const { play: on, asked, calls, peer } = await scene();
    await asked(['a b'], 'audio@a', 'video@b', 'video@x');
    const done = calls[0]!.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await on.go();
    await peer.answer('INVITE', 200, { body: sdp(['a b'], 'audio@a', 'video+@b', 'video+@x') });
    expect((await done).kind).toBe('agreed');
    const groupsOf = calls[0]!.streams.map(({ mid: name, stream }) => [name, (stream as BundlingStream).group]);
    expect(groupsOf).toEqual([
      ['a', ['a', 'b']],
      ['b', ['a', 'b']],
    ]); // a line of no group has no port to be at
  });

  it('an offer of ours that fails leaves it as it was', async () => {
    const { play: on, asked, calls, peer, streams } = await scene();
    await asked(['a b'], 'audio@a', 'video@b');
    void calls[0]!.sendReinvite({ media: [{ kind: 'video', removed: true }] });
    await on.go();
    await peer.answer('INVITE', 488);
    void calls[0]!.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await on.go();
    expect(gist(read(peer.got('INVITE').body?.bytes))).toBe('[a b] audio@a 4000 transport, video@b 4000');
    expect([...streams.ports]).toEqual([4000]);
  });

  it('an offer of the peer that fails leaves it as it was, and nothing of the one that it would have brought', async () => {
    let breaks = false;
    const { asked, streams, calls } = await scene({ breaks: () => breaks });
    await asked(['a b'], 'audio@a', 'video@b');
    breaks = true;
    expect(await asked(['a', 'b c'], 'audio@a', 'video@b', 'audio@c')).toBe(488);
    expect([...streams.ports]).toEqual([4000]);
    breaks = false;
    expect(await asked(['a b'], 'audio@a', 'video@b')).toBe('[a b] audio@a 4000 transport, video@b 4000');
    expect(streamsOf(calls[0]).map(({ group }) => group)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('that breaks up gives back the transport that nobody uses any more', async () => {
    const { asked, streams } = await scene();
    await asked(['a b', 'c d'], 'audio@a', 'video@b', 'audio@c', 'video@d');
    expect([...streams.ports]).toEqual([4000, 4002]);
    expect(await asked(['c d'], 'audio!@a', 'video!@b', 'audio@c', 'video@d')).toBe(
      '[c d] audio@a declined, video@b declined, audio@c 4002 transport, video@d 4002',
    );
    expect([...streams.ports]).toEqual([4002]);
  });
});
