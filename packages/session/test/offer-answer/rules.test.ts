/** Rules of RFC 3264 for descriptions that come and go in a call: directions, lines added, removed, declined and used again. */
import { isDeclined, parseDescription, type Description, type Direction } from '@jackfield/sdp';
import { describe, expect, it } from 'vitest';
import type { Session, StreamInit } from '../../src/index.ts';
import type { Party, PartyOptions } from '../../src/testing.ts';
import { Play } from '../ladders/play.ts';
import { Script } from '../ladders/script.ts';
import { PlannedStreams } from './planned-streams.ts';

const HEAD = ['v=0', 'o=peer 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
/** `audio 5000 0`, `audio 5000 0 sendonly` */
const offer = (...lines: readonly string[]): string =>
  [
    ...HEAD,
    ...lines.flatMap((line) => {
      const [kind, port, format, direction = 'sendrecv'] = line.split(' ');
      return [`m=${kind} ${port} RTP/AVP ${format}`, `a=${direction}`];
    }),
    '',
  ].join('\r\n');

function read(sdp: Uint8Array | undefined): Description {
  const verdict = parseDescription(sdp ?? new Uint8Array());
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.description;
}
const short = (description: Description): string[] =>
  description.sections.map((section) => {
    const direction = section.lines.findLast((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line))?.slice(2);
    return isDeclined(section) ? `${section.kind} 0` : `${section.kind} ${section.port} ${direction ?? '-'}`;
  });

interface Scene {
  readonly play: Play;
  readonly party: Party;
  readonly peer: Script;
  readonly streams: PlannedStreams;
  readonly calls: Session[];
  /** What our handlers have for the lines, from now on. */
  readonly plan: (...lines: readonly string[]) => void;
  /** The peer offers in an INVITE; what we answer, or with which status. */
  readonly asked: (...lines: readonly string[]) => Promise<string[] | number>;
}

async function scene(options: PartyOptions = {}): Promise<Scene> {
  const play = new Play();
  const party = await play.bed.party('we', { traced: false, ...options });
  const peer = Script.calling(play, await play.bed.peer('peer'), party);
  const streams = new PlannedStreams();
  for (const kind of ['audio', 'video']) party.service.registerSdpHandler(streams.handler(kind), kind);
  const calls: Session[] = [];
  party.service.onIncoming((session) => void calls.push(session));
  const asked = async (...lines: readonly string[]): Promise<string[] | number> => {
    await peer.request('INVITE', { body: offer(...lines) });
    if (calls[0]?.state === 'starting') void calls[0].accept();
    await play.go();
    const response = peer.response(({ status, cseq }) => status >= 200 && cseq.method === 'INVITE');
    await peer.ack({}, response.status);
    return response.status === 200 ? short(read(response.body?.bytes)) : response.status;
  };
  const plan = (...lines: readonly string[]): void => void (streams.plan = read(Buffer.from(offer(...lines))));
  return { play, party, peer, streams, calls, plan, asked };
}

describe('directions, RFC 3264 §6.1', () => {
  const ALL: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
  const TABLE: Readonly<Record<Direction, readonly Direction[]>> = {
    // what we want:  sendrecv    sendonly    recvonly    inactive
    sendrecv: ['sendrecv', 'sendonly', 'recvonly', 'inactive'],
    sendonly: ['recvonly', 'inactive', 'recvonly', 'inactive'],
    recvonly: ['sendonly', 'sendonly', 'inactive', 'inactive'],
    inactive: ['inactive', 'inactive', 'inactive', 'inactive'],
  };
  const rows = ALL.flatMap((offered) => ALL.map((wanted, at) => ({ offered, wanted, answered: TABLE[offered][at]! })));

  it.each(rows)('offered $offered and wanting $wanted we answer $answered', async ({ offered, wanted, answered }) => {
    const { play, peer, calls, plan } = await scene();
    plan('audio 4000 0');
    await peer.request('INVITE', { body: offer(`audio 5000 0 ${offered}`) });
    void calls[0]!.accept({ media: [{ kind: 'audio', direction: wanted }] });
    await play.go();
    expect(short(read(peer.response(({ status }) => status === 200).body?.bytes))).toEqual([`audio 4000 ${answered}`]);
    await play.bed.close();
  });

  it.each(rows)(
    'offering $offered and answered $wanted we hold it for $answered as seen from the peer',
    async ({ offered, wanted, answered }) => {
      const { play, party, streams, plan } = await scene();
      plan('audio 4000 0');
      const raw = await play.bed.peer('callee');
      const callee = Script.called(play, raw, party);
      const session = party.service.create(`sip:callee@${raw.sentBy}`, { media: [{ kind: 'audio', direction: offered }] });
      await play.go();
      expect(short(read(callee.got('INVITE').body?.bytes))).toEqual([`audio 4000 ${offered}`]);
      await callee.answer('INVITE', 200, { body: offer(`audio 5000 0 ${wanted}`) });
      expect(session.state).toBe('established');
      expect([...streams.live].map(({ agreed }) => agreed)).toEqual([`4000 ${offered} -> 5000 ${answered}`]);
      await play.bed.close();
    },
  );
});

describe('lines of the peer, RFC 3264 §8', () => {
  it('one that it adds and nobody takes is declined at its place, and the call goes on', async () => {
    const { calls, plan, asked, play } = await scene();
    plan('audio 4000 0');
    expect(await asked('audio 5000 0')).toEqual(['audio 4000 sendrecv']);
    expect(await asked('audio 5000 0', 'video 5002 96', 'text 5004 97')).toEqual(['audio 4000 sendrecv', 'video 0', 'text 0']);
    expect(calls[0]!.streams.map(({ kind }) => kind)).toEqual(['audio']);
    await play.bed.close();
  });

  it('one that it takes away is stopped, keeps its place, and no handler hears of it again', async () => {
    const { calls, plan, asked, streams, play } = await scene();
    plan('audio 4000 0', 'video 4002 31');
    await asked('audio 5000 0', 'video 5002 31');
    expect(await asked('audio 5000 0', 'video 0 31')).toEqual(['audio 4000 sendrecv', 'video 0']);
    expect(streams.stopped.map(({ index }) => index)).toEqual([1]);
    streams.calls.length = 0;
    expect(await asked('audio 5000 0', 'video 0 31')).toEqual(['audio 4000 sendrecv', 'video 0']);
    expect(streams.calls).toEqual(['claims 0']);
    expect(calls[0]!.streams).toHaveLength(1);
    await play.bed.close();
  });

  it('a place that is free may be used again, for another kind too', async () => {
    const { calls, plan, asked, streams, play } = await scene();
    plan('audio 4000 0', 'video 4002 31');
    await asked('audio 5000 0', 'video 5002 31');
    await asked('audio 5000 0', 'video 0 31');
    plan('audio 4000 0', 'audio 4004 0');
    expect(await asked('audio 5000 0', 'audio 5004 0')).toEqual(['audio 4000 sendrecv', 'audio 4004 sendrecv']);
    expect([...streams.live].map(({ kind, index }) => `${kind} ${index}`)).toEqual(['audio 0', 'audio 1']);
    expect(calls[0]!.streams).toHaveLength(2);
    await play.bed.close();
  });

  it('one that changes its kind while it is in use gets another handler, and the stream before is stopped', async () => {
    const { plan, asked, streams, play } = await scene();
    plan('audio 4000 0', 'video 4002 31');
    await asked('audio 5000 0', 'video 5002 31');
    plan('audio 4000 0', 'audio 4004 0');
    expect(await asked('audio 5000 0', 'audio 5004 0')).toEqual(['audio 4000 sendrecv', 'audio 4004 sendrecv']);
    expect(streams.stopped.map(({ kind, index }) => `${kind} ${index}`)).toEqual(['video 1']);
    await play.bed.close();
  });

  it('those beyond `maxStreams` are declined unasked, also where they come later, and we add none', async () => {
    const { calls, plan, asked, streams, play, peer } = await scene({ maxStreams: { audio: 1 } });
    plan('audio 4000 0', 'audio 4002 0', 'audio 4004 0');
    expect(await asked('audio 5000 0', 'audio 5002 0')).toEqual(['audio 4000 sendrecv', 'audio 0']);
    expect(await asked('audio 5000 0', 'audio 5002 0', 'audio 5004 0')).toEqual(['audio 4000 sendrecv', 'audio 0', 'audio 0']);
    expect(streams.calls).toEqual(['claims 0', 'claims 0']);
    const added = calls[0]!.sendReinvite({ media: [{ kind: 'audio' }, { kind: 'audio' }] });
    await play.go();
    expect((await added).kind).toBe('unchanged');
    expect(peer.raw.received.some((one) => one.kind === 'request')).toBe(false);
    await play.bed.close();
  });

  it('all of them declined inside the call: answered line by line, and the call stays up without media', async () => {
    const { calls, plan, asked, streams, play } = await scene();
    plan('audio 4000 0');
    await asked('audio 5000 0');
    streams.calls.length = 0;
    expect(await asked('audio 0 0')).toEqual(['audio 0']);
    expect([calls[0]!.state, calls[0]!.streams, streams.calls, streams.live.size]).toEqual(['established', [], [], 0]);
    expect(await asked('audio 5000 0')).toEqual(['audio 4000 sendrecv']);
    expect(calls[0]!.streams).toHaveLength(1);
    await play.bed.close();
  });

  it('a port that moves reaches the stream, which stays the same', async () => {
    const { calls, plan, asked, streams, play } = await scene();
    plan('audio 4000 0');
    await asked('audio 5000 0');
    const { stream } = calls[0]!.streams[0]!;
    await asked('audio 6000 0');
    expect(calls[0]!.streams[0]!.stream).toBe(stream);
    expect([...streams.live].map(({ agreed }) => agreed)).toEqual(['4000 sendrecv -> 6000 sendrecv']);
    await play.bed.close();
  });
});

describe('lines of ours, RFC 3264 §8', () => {
  const sent = ({ peer }: Scene): string[] => short(read(peer.got('INVITE').body?.bytes));
  async function refresh(on: Scene, media: readonly StreamInit[], answer: readonly string[]): Promise<void> {
    void on.calls[0]!.sendReinvite({ media });
    await on.play.go();
    await on.peer.answer('INVITE', 200, { body: offer(...answer) });
  }

  it('one is added at the end, taken away in its place, and added again in that place', async () => {
    const on = await scene();
    const { calls, plan, asked, streams } = on;
    plan('audio 4000 0', 'video 4002 31');
    await asked('audio 5000 0');
    await refresh(on, [{ kind: 'audio' }, { kind: 'video' }], ['audio 5000 0', 'video 5002 31']);
    expect(sent(on)).toEqual(['audio 4000 sendrecv', 'video 4002 sendrecv']);
    expect(calls[0]!.streams).toHaveLength(2);

    const gone = { kind: 'video', port: 0, protocol: 'RTP/AVP', formats: ['31'], lines: [] };
    await refresh(on, [{ kind: 'video', section: gone }], ['audio 5000 0', 'video 0 31']);
    expect(sent(on)).toEqual(['audio 4000 sendrecv', 'video 0']);
    expect(streams.stopped.map(({ index }) => index)).toEqual([1]);

    plan('audio 4000 0', 'video 4006 31');
    await refresh(on, [{ kind: 'video' }], ['audio 5000 0', 'video 5006 31']);
    expect(sent(on)).toEqual(['audio 4000 sendrecv', 'video 4006 sendrecv']);
    expect(calls[0]!.streams.map(({ kind, index }) => `${kind} ${index}`)).toEqual(['audio 0', 'video 1']);
    await on.play.bed.close();
  });

  it('one that the peer declines is stopped, and the others go on', async () => {
    const on = await scene();
    on.plan('audio 4000 0', 'video 4002 31');
    await on.asked('audio 5000 0');
    await refresh(on, [{ kind: 'video' }], ['audio 5000 0', 'video 0 31']);
    expect(on.calls[0]!.streams.map(({ kind }) => kind)).toEqual(['audio']);
    expect([...on.streams.live].map(({ kind }) => kind)).toEqual(['audio']);
    await on.play.bed.close();
  });

  it.each([
    { name: 'fewer lines', answer: ['audio 5000 0'] },
    { name: 'more lines', answer: ['audio 5000 0', 'video 5002 31', 'video 5004 31'] },
    { name: 'lines of another kind', answer: ['video 5000 31', 'audio 5002 0'] },
  ])('an answer with $name is none: what was agreed before stays, and is offered again', async ({ answer }) => {
    const on = await scene();
    on.plan('audio 4000 0', 'video 4002 31');
    await on.asked('audio 5000 0');
    const before = on.calls[0]!.streams.map(({ stream }) => stream);
    await refresh(on, [{ kind: 'video' }], answer);
    expect(on.calls[0]!.streams.map(({ stream }) => stream)).toEqual(before);
    expect(sent(on)[0]).toEqual('audio 4000 sendrecv');
    await on.play.bed.close();
  });
});
