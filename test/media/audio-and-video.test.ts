/** Audio and video of the two handler packages in one call, with a peer that writes its offers by hand: bundles that nobody here shares, and codec policies. */
import { configuredOrder, firstCodec, groups, isDeclined, mid, type CodecPolicy, type Description } from '@jackfield/sdp';
import { Testbed, type PartyOptions } from '@jackfield/session/testing';
import { responseText } from '@jackfield/sip/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { answering, offer, read } from './answering.ts';

const AUDIO = ['m=audio 5000 RTP/AVP 0 8', 'a=mid:a'];
const VIDEO = ['m=video 5002 RTP/AVP 100', 'a=mid:v', 'a=rtpmap:100 VP8/90000'];
const VIDEO_IN_BUNDLE = ['m=video 0 RTP/AVP 100', 'a=mid:v', 'a=bundle-only', 'a=rtpmap:100 VP8/90000'];

const gist = (description: Description): string[] => [
  ...groups(description).map(({ mids }) => `group ${mids.join(' ')}`),
  ...description.sections.map(
    (section) => `${section.kind}@${mid(section) ?? '-'} ${isDeclined(section) ? 'declined' : section.formats.join(' ')}`,
  ),
];

let bed: Testbed | undefined;
afterEach(async () => {
  await bed?.close();
  expect(bed?.leftOver()).toEqual({});
});

const scene = (policies?: Parameters<typeof answering>[1], options?: PartyOptions): ReturnType<typeof answering> =>
  answering((bed = new Testbed()), policies, options);

describe('an offer with a bundle, to handlers that share no transport', () => {
  it.each<{ lines: readonly string[]; answer: readonly string[]; because: string }>([
    {
      lines: ['a=group:BUNDLE a v', ...AUDIO, ...VIDEO],
      answer: ['audio@a 0 8', 'video@v 100'],
      because: 'each has its own, and the answer has no group',
    },
    {
      lines: ['a=group:BUNDLE a v', ...AUDIO, ...VIDEO_IN_BUNDLE],
      answer: ['audio@a 0 8', 'video@v declined'],
      because: 'what comes with the bundle only cannot be had',
    },
    { lines: ['a=group:BUNDLE v a', ...AUDIO, ...VIDEO], answer: ['audio@a 0 8', 'video@v 100'], because: 'whichever is tagged' },
    {
      lines: ['a=group:LS a v', ...AUDIO, ...VIDEO],
      answer: ['audio@a 0 8', 'video@v 100'],
      because: 'other groups are not answered either',
    },
  ])('$lines is answered $answer: $because', async ({ lines, answer }) => {
    const { asked, calls } = await scene();
    for (let time = 1; time <= 2; time += 1) {
      const description = await asked(...lines);
      expect(gist(description as Description)).toEqual(answer);
      const ports = (description as Description).sections.filter((section) => !isDeclined(section)).map(({ port }) => port);
      expect(new Set(ports).size).toBe(ports.length);
    }
    expect(calls[0]!.streams.map(({ mid: name }) => name)).toEqual(
      answer.filter((line) => !line.endsWith('declined')).map((line) => line[6]),
    );
  });

  it('keeps its names in our offers, and has no group there', async () => {
    const { on, asked, calls, peer } = await scene();
    await asked('a=group:BUNDLE a v', ...AUDIO, ...VIDEO);
    const held = calls[0]!.sendReinvite({ media: [{ kind: 'video', mid: 'v', direction: 'sendonly' }] });
    await on.clock.advance(40);
    const invite = peer.received.findLast((one) => one.kind === 'request' && one.method === 'INVITE');
    if (invite?.kind !== 'request') throw new Error('no INVITE came');
    const sent = read(invite.body?.bytes);
    expect([groups(sent), sent.sections.map((section) => mid(section))]).toEqual([[], ['a', 'v']]);
    const answered = offer(...AUDIO, ...VIDEO, 'a=recvonly');
    peer.send(responseText(invite, 200, { contact: peer.contact(), body: answered }));
    await on.clock.advance(40);
    expect((await held).kind).toBe('agreed');
  });
});

describe('codec policies', () => {
  it('of both handlers say what is answered', async () => {
    const { asked, calls } = await scene({ audio: firstCodec(), video: configuredOrder });
    expect(gist((await asked(...AUDIO, ...VIDEO)) as Description)).toEqual(['audio@a 0', 'video@v 100']);
    expect(calls[0]!.stream('audio')?.stream.codec?.name).toBe('PCMU');
  });

  it.each<{ policy: string; audio: CodecPolicy; status: number }>([
    {
      policy: 'that throws',
      audio: () => {
        throw new Error('a broken policy');
      },
      status: 500,
    },
    { policy: 'that makes codecs up', audio: (_offered, configured) => configured, status: 488 },
    { policy: 'that says one twice', audio: (offered) => [...offered, ...offered], status: 488 },
    { policy: 'that says nothing', audio: () => undefined as never, status: 488 },
  ])('one $policy costs its caller a $status, and nobody else anything', async ({ audio, status }) => {
    let broken = true;
    const { asked, calls, party, ports } = await scene({
      audio: (...given) => (broken ? audio(...given) : given[2] === 'answerer' ? given[0] : given[1]),
    });
    expect(await asked(...AUDIO, ...VIDEO)).toBe(status);
    expect(party.errors.map(({ code }) => code)).toEqual(['SESSION_HOOK_FAILED']);
    expect([calls, ports.stats().live.ports]).toEqual([[], 0]);
    broken = false;
    expect(gist((await asked(...AUDIO, ...VIDEO)) as Description)).toEqual(['audio@a 0 8', 'video@v 100']);
  });

  it('one that breaks in a call leaves the call as it was', async () => {
    let broken = false;
    const { asked, calls } = await scene({
      audio: (offered, configured, role) => {
        if (broken) throw new Error('a broken policy');
        return role === 'answerer' ? offered : configured;
      },
    });
    await asked(...AUDIO, ...VIDEO);
    const before = calls[0]!.streams;
    broken = true;
    expect(await asked(...AUDIO, ...VIDEO)).toBe(500);
    await expect(calls[0]!.sendReinvite()).rejects.toMatchObject({ code: 'SESSION_HOOK_FAILED' });
    expect([calls[0]!.state, calls[0]!.streams]).toEqual(['established', before]);
  });

  it.each([
    { endpoint: 'PCMA first', codecPolicy: ((offered) => offered.toReversed()) as CodecPolicy, answer: 'audio@a 8 0', sends: 'PCMA' },
    { endpoint: 'no policy', codecPolicy: undefined, answer: 'audio@a 0 8', sends: 'PCMU' },
  ])('of an endpoint with $endpoint counts for its calls: $answer', async ({ codecPolicy, answer, sends }) => {
    const { asked, calls } = await scene(
      {},
      { endpoints: [{ name: 'trunk', trusted: true, match: { address: '192.0.2.2' }, codecPolicy }] },
    );
    expect(gist((await asked(...AUDIO)) as Description)).toEqual([answer]);
    expect(calls[0]!.stream('audio')?.stream.codec?.name).toBe(sends);
  });
});
