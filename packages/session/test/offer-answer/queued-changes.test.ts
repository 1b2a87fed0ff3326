/** Changes of streams that wait for one another, or for the peer: merged by name with what happened meanwhile, sent where something is left to be said. */
import { isDeclined, parseDescription, type Description } from '@jackfield/sdp';
import { afterEach, describe, expect, it } from 'vitest';
import type { MediaInit, RefreshOutcome, Session } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { Script } from '../ladders/script.ts';
import { PlannedStreams } from './planned-streams.ts';

const HEAD = ['v=0', 'o=peer 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
/** `audio`, `video sendonly`, `video 0` */
const sdp = (...lines: readonly string[]): string =>
  [
    ...HEAD,
    ...lines.flatMap((line, index) => {
      const [kind, said = 'sendrecv'] = line.split(' ');
      const port = said === '0' ? 0 : 5000 + 2 * index;
      return [`m=${kind} ${port} RTP/AVP ${kind === 'audio' ? 0 : 31}`].concat(port === 0 ? [] : `a=${said}`);
    }),
    '',
  ].join('\r\n');

function read(bytes: Uint8Array | undefined): Description {
  const verdict = parseDescription(bytes ?? new Uint8Array());
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.description;
}
const gist = (bytes: Uint8Array | undefined): string =>
  read(bytes)
    .sections.map((section) => {
      const said = section.lines.findLast((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line))?.slice(2);
      return `${section.kind} ${isDeclined(section) ? '0' : said}`;
    })
    .join(', ');

let play: Play | undefined;
afterEach(() => play?.bed.close());

/** A call of a scripted peer that is up, with these lines. */
async function call(...lines: readonly string[]) {
  const on = (play = new Play());
  const party = await on.bed.party('we', { traced: false });
  const peer = Script.calling(on, await on.bed.peer('peer'), party);
  const streams = new PlannedStreams();
  streams.plan = read(Buffer.from(sdp('audio', 'video', 'video')));
  for (const kind of ['audio', 'video']) party.service.registerSdpHandler(streams.handler(kind), kind);
  const calls: Session[] = [];
  party.service.onIncoming((taken) => void calls.push(taken));
  await peer.request('INVITE', { body: sdp(...lines) });
  const [session] = calls as [Session];
  const answer = async (): Promise<void> => {
    void session.accept();
    await on.go();
    await peer.ack();
  };
  const outcomes: string[] = [];
  const refresh = (media: MediaInit): void => {
    void session.sendReinvite({ media }).then((outcome: RefreshOutcome) => outcomes.push(outcome.kind));
  };
  /** Each offer of ours in an INVITE so far, but for copies. */
  const offers = (): string[] => {
    const seen = new Map<string, string>();
    for (const one of peer.raw.received)
      if (one.kind === 'request' && one.method === 'INVITE') seen.set(`${one.cseq.sequence}`, gist(one.body?.bytes));
    return [...seen.values()];
  };
  const agree = (...said: readonly string[]): Promise<void> => peer.answer('INVITE', 200, { body: sdp(...said) });
  /** The peer's INVITE, which comes while ours waits after 491. */
  const theirs = async (...said: readonly string[]): Promise<string> => {
    await peer.request('INVITE', { body: sdp(...said) });
    await peer.ack();
    return gist(peer.response(({ status, cseq }) => status === 200 && cseq.method === 'INVITE').body?.bytes);
  };
  return { on, peer, session, answer, refresh, offers, outcomes, agree, theirs };
}

async function established(...lines: readonly string[]) {
  const made = await call(...lines);
  await made.answer();
  return made;
}

describe('two changes that wait behind a third', () => {
  it('go out one after the other, each about what the one before left', async () => {
    const { on, refresh, offers, agree, outcomes } = await established('audio');
    refresh([{ kind: 'audio', direction: 'sendonly' }]);
    refresh([{ kind: 'audio' }, { kind: 'video' }]);
    refresh([
      { kind: 'audio', direction: 'sendrecv' },
      { kind: 'video', direction: 'sendonly' },
    ]);
    await on.go();
    await agree('audio recvonly');
    await on.go();
    await agree('audio recvonly', 'video');
    await on.go();
    await agree('audio', 'video recvonly');
    expect(offers()).toEqual(['audio sendonly', 'audio sendonly, video sendrecv', 'audio sendrecv, video sendonly']);
    expect(outcomes).toEqual(['agreed', 'agreed', 'agreed']);
  });

  it('and say what is said by then are not sent; what comes behind them goes on', async () => {
    const { on, session, refresh, offers, agree, outcomes } = await established('audio');
    refresh([{ kind: 'audio' }, { kind: 'video' }]);
    refresh([{ kind: 'audio' }, { kind: 'video' }]);
    refresh([{ kind: 'video' }]);
    refresh([{ kind: 'video', removed: true }]);
    refresh([{ kind: 'video', removed: true }]);
    await on.go();
    await agree('audio', 'video');
    await on.go();
    await agree('audio', 'video 0');
    expect(offers()).toEqual(['audio sendrecv, video sendrecv', 'audio sendrecv, video 0']);
    expect(outcomes).toEqual(['agreed', 'unchanged', 'unchanged', 'agreed', 'unchanged']);
    expect(session.streams.map(({ kind }) => kind)).toEqual(['audio']);
  });

  it('that hold and resume the call leave it resumed', async () => {
    const { on, refresh, offers, agree, outcomes } = await established('audio');
    refresh('same');
    refresh([{ kind: 'audio', direction: 'sendonly' }]);
    refresh([{ kind: 'audio', direction: 'sendrecv' }]);
    await on.go();
    await agree('audio');
    await on.go();
    await agree('audio recvonly');
    await on.go();
    await agree('audio');
    expect(offers()).toEqual(['audio sendrecv', 'audio sendonly', 'audio sendrecv']);
    expect(outcomes).toEqual(['agreed', 'agreed', 'agreed']);
  });

  it('do not ask twice for what the peer declined', async () => {
    const { on, refresh, offers, agree, outcomes } = await established('audio');
    refresh([{ kind: 'video' }]);
    refresh([{ kind: 'video' }]);
    await on.go();
    await agree('audio', 'video 0');
    await on.go();
    expect(offers()).toEqual(['audio sendrecv, video sendrecv']);
    expect(outcomes).toEqual(['agreed', 'unchanged']);
    refresh([{ kind: 'video' }]); // asked for anew, it is tried anew
    await on.go();
    expect(offers().at(-1)).toBe('audio sendrecv, video sendrecv');
  });

  it('do not suffer from one that is refused', async () => {
    const { on, peer, refresh, offers, agree, outcomes } = await established('audio');
    refresh([{ kind: 'audio', direction: 'sendonly' }]);
    refresh([{ kind: 'audio', direction: 'inactive' }]);
    await on.go();
    await peer.answer('INVITE', 488);
    await on.go();
    await agree('audio inactive');
    expect(offers()).toEqual(['audio sendonly', 'audio inactive']);
    expect(outcomes).toEqual(['refused', 'agreed']);
  });
});

describe('a change that met one of the peer: 491, and again', () => {
  it.each<{ wish: MediaInit; theirs: readonly string[]; answered: string; again: string; because: string }>([
    {
      wish: [
        { kind: 'audio', direction: 'sendonly' },
        { kind: 'video', direction: 'sendonly' },
      ],
      theirs: ['audio', 'video 0'],
      answered: 'audio sendrecv, video 0',
      again: 'audio sendonly, video 0',
      because: 'a stream that is gone is not brought back',
    },
    {
      wish: [{ kind: 'audio', direction: 'sendonly' }],
      theirs: ['audio sendonly', 'video'],
      answered: 'audio recvonly, video sendrecv',
      again: 'audio sendonly, video sendrecv',
      because: 'that the peer holds is its own affair',
    },
    {
      wish: [{ kind: 'audio', direction: 'sendonly' }],
      theirs: ['audio', 'video', 'video'],
      answered: 'audio sendrecv, video sendrecv, video sendrecv',
      again: 'audio sendonly, video sendrecv, video sendrecv',
      because: 'what came stays',
    },
  ])('$wish after $theirs says [$again]: $because', async ({ wish, theirs: said, answered, again }) => {
    const { on, peer, refresh, offers, agree, theirs, outcomes } = await established('audio', 'video');
    refresh(wish);
    await on.go();
    await peer.answer('INVITE', 491);
    expect(await theirs(...said)).toBe(answered);
    await on.bed.clock.advance(4000);
    expect(offers()).toHaveLength(2);
    expect(offers().at(-1)).toBe(again);
    await agree(...again.split(', ').map((line) => line.replace('sendonly', 'recvonly')));
    expect(outcomes).toEqual(['agreed']);
  });

  it.each<{ wish: MediaInit; before: readonly string[]; theirs: readonly string[]; because: string }>([
    {
      wish: [{ kind: 'video', removed: true }],
      before: ['audio', 'video'],
      theirs: ['audio', 'video 0'],
      because: 'the peer took it away itself',
    },
    {
      wish: [{ kind: 'video', direction: 'inactive' }],
      before: ['audio', 'video'],
      theirs: ['audio', 'video 0'],
      because: 'there is none to be held',
    },
    { wish: [{ kind: 'video' }], before: ['audio'], theirs: ['audio', 'video'], because: 'the peer brought it itself' },
  ])('$wish after $theirs says nothing: $because; what waits behind it goes out at once', async ({ wish, before, theirs: said }) => {
    const { on, peer, refresh, offers, theirs, outcomes } = await established(...before);
    refresh(wish);
    refresh([{ kind: 'audio', direction: 'sendonly' }]);
    await on.go();
    await peer.answer('INVITE', 491);
    await theirs(...said);
    await on.bed.clock.advance(4000);
    expect(outcomes).toEqual(['unchanged']);
    expect(offers()).toHaveLength(2);
    expect(offers().at(-1)).toMatch(/^audio sendonly/);
  });
});

describe('a change that is asked for before the call is answered', () => {
  it('is about what is agreed on then', async () => {
    const { on, answer, refresh, offers, agree, outcomes } = await call('audio');
    refresh([{ kind: 'audio', direction: 'sendonly' }]);
    refresh([{ kind: 'audio' }, { kind: 'video' }]);
    await answer();
    await on.go();
    await agree('audio recvonly');
    await on.go();
    await agree('audio recvonly', 'video');
    expect(offers()).toEqual(['audio sendonly', 'audio sendonly, video sendrecv']);
    expect(outcomes).toEqual(['agreed', 'agreed']);
  });
});
