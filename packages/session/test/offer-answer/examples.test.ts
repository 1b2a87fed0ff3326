/** The worked examples of RFC 4317 and RFC 3264 §10, each from both sides: our handlers have the codecs and ports of the example, the core does the rest. */
import { readFileSync } from 'node:fs';
import { direction, isDeclined, parseDescription, readCodecs, readOrigin, type Description } from '@jackfield/sdp';
import { describe, expect, it } from 'vitest';
import { type Session, type StreamInit } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { Script } from '../ladders/script.ts';
import { PlannedStreams } from './planned-streams.ts';

interface Example {
  readonly rfc: number;
  readonly section: string;
  readonly title: string;
  readonly exchanges: readonly { readonly offerer: 'alice' | 'bob'; readonly offer: string; readonly answer: string }[];
}
const text = readFileSync(new URL('examples.json', import.meta.url), 'utf8');
const { examples } = JSON.parse(text) as { readonly examples: readonly Example[] };

function read(sdp: string | Uint8Array | undefined): Description {
  const verdict = parseDescription(sdp ?? '');
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.description;
}

/** What has to agree: of a declined line that it is declined. */
const lines = (description: Description): readonly string[] =>
  description.sections.map((section) => {
    if (isDeclined(section)) return `${section.kind} 0 ${section.protocol}`;
    const codecs = readCodecs(section).map(({ payloadType, name }) => `${payloadType}=${name}`);
    return `${section.kind} ${section.port} ${section.protocol} ${codecs.join(' ')} ${direction(section, description)}`;
  });

/** What the application asks for to have this offer made: a line that goes is given without a port, one that has gone is not named. */
function wishes(offer: Description, before: readonly boolean[]): readonly StreamInit[] {
  return offer.sections.flatMap((section, index): StreamInit[] => {
    const { kind } = section;
    if (!isDeclined(section)) return [{ kind, direction: direction(section, offer) }];
    return before[index] === true ? [{ kind, section }] : [];
  });
}

describe.each(examples)('RFC $rfc §$section, $title', ({ exchanges }) => {
  it.each(['alice', 'bob'] as const)('as %s', async (we) => {
    const play = new Play();
    const party = await play.bed.party(we, { traced: false });
    const streams = new PlannedStreams();
    for (const kind of ['audio', 'video']) party.service.registerSdpHandler(streams.handler(kind), kind);
    const raw = await play.bed.peer('peer');
    const peer = we === 'alice' ? Script.called(play, raw, party) : Script.calling(play, raw, party);
    const calls: Session[] = [];
    party.service.onIncoming((session) => void calls.push(session));

    let session: Session | undefined;
    let said: Description | undefined;
    for (const { offerer, offer, answer } of exchanges) {
      const ours = read(offerer === we ? offer : answer);
      const theirs = offerer === we ? answer : offer;
      const before = session === undefined ? [] : said!.sections.map((section) => !isDeclined(section));
      streams.plan = ours;
      streams.calls.length = 0;
      let came: Uint8Array | undefined;
      if (offerer === we) {
        const media = wishes(ours, before);
        if (session === undefined) session = party.service.create(`sip:peer@${raw.sentBy}`, { media });
        else void session.sendReinvite({ media });
        await play.go();
        came = peer.got('INVITE').body?.bytes;
        await peer.answer('INVITE', 200, { body: theirs });
        expect(peer.got('ACK').body).toBeUndefined();
      } else {
        await peer.request('INVITE', { body: theirs });
        session ??= calls[0]!;
        if (session.state === 'starting') void session.accept({ media: wishes(ours, []) });
        await play.go();
        came = peer.response(({ status, cseq }) => status === 200 && cseq.method === 'INVITE').body?.bytes;
        await peer.ack();
      }
      const sent = read(came);
      expect(lines(sent)).toEqual(lines(ours));
      expect(session.state).toBe('established');

      const [origin, previous] = [readOrigin(sent)!, said && readOrigin(said)!];
      if (previous !== undefined) {
        expect(origin.sessionId).toBe(previous.sessionId);
        expect(Number(origin.version)).toBe(Number(previous.version) + 1);
      }
      expect(sent.lines).toContain('t=0 0');

      const remote = read(theirs);
      const taken = ours.sections.flatMap((section, index) =>
        isDeclined(section) || isDeclined(remote.sections[index]!) ? [] : [`${index} ${section.port} -> ${remote.sections[index]!.port}`],
      );
      expect(session.streams.map((view) => `${view.index} ${view.local.port} -> ${view.remote.port}`)).toEqual(taken);
      expect(new Set([...streams.live].map(({ index }) => index))).toEqual(new Set(session.streams.map(({ index }) => index)));
      expect(streams.live.size).toBe(session.streams.length);
      expect(streams.calls.filter((call) => call.endsWith('declined'))).toEqual([]);
      said = sent;
    }

    void session!.end();
    await play.go();
    await peer.answer('BYE', 200);
    expect(streams.live.size).toBe(0);
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  });
});
