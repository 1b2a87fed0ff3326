/** What is said, and told, before a call is answered: the options of `earlyMedia`. */
import { describe, expect, it } from 'vitest';
import type { EarlyMediaOptions, ResponseInit } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { callingWith, prack, SUPPORTED } from '../ladders/reliably.ts';
import { sdp } from '../ladders/script.ts';

/** Statuses that the caller gets, `+` with a description. */
async function sent(earlyMedia: EarlyMediaOptions | undefined, ...said: readonly (number | [number, ResponseInit])[]): Promise<string[]> {
  const play = new Play();
  const { peer, calls } = await play.called({ earlyMedia });
  await peer.invite();
  for (const one of said) {
    const [status, init] = typeof one === 'number' ? [one] : one;
    const progress = calls[0]!.progress(status, init);
    await play.go();
    await progress;
  }
  const statuses = peer.raw.received.flatMap((one) =>
    one.kind === 'response' && one.status > 100 ? [`${one.status}${one.content.length > 0 ? '+' : ''}`] : [],
  );
  await play.bed.close();
  return statuses;
}

describe('180 and early media', () => {
  it.each<{ options: EarlyMediaOptions | undefined; says: number[]; leaves: string[]; because: string }>([
    { options: undefined, says: [180], leaves: ['180'], because: 'a bare 180 by default' },
    {
      options: undefined,
      says: [183, 180],
      leaves: ['183+', '183+'],
      because: 'after media was agreed a 180 would stop it on some phones',
    },
    { options: undefined, says: [180, 183], leaves: ['180', '183+'], because: 'before, it is a 180' },
    { options: { ringingAfterMedia: 183 }, says: [183, 180], leaves: ['183+', '183+'], because: 'that is the default' },
    { options: { ringingAfterMedia: 180 }, says: [183, 180], leaves: ['183+', '180'], because: 'or as it is said' },
    { options: { inband: true }, says: [180], leaves: ['183+'], because: 'ringing as media' },
    { options: { inband: true }, says: [181, 180], leaves: ['181', '183+'], because: 'others are as they are said' },
  ])('with $options, progress $says sends $leaves: $because', async ({ options, says, leaves }) => {
    expect(await sent(options, ...says)).toEqual(leaves);
  });
});

describe('the same once more', () => {
  it.each<{ options: EarlyMediaOptions | undefined; says: (number | [number, ResponseInit])[]; leaves: number[]; because: string }>([
    { options: undefined, says: [180, 180, 180], leaves: [180, 180, 180], because: 'what is asked for is sent' },
    { options: { once: true }, says: [180, 180, 183, 180, 183], leaves: [180, 183], because: 'once per status' },
    { options: { once: true }, says: [180, [180, { headers: { 'X-Who': 'me' } }]], leaves: [180, 180], because: 'headers are news' },
    { options: { once: true, inband: true }, says: [180, 183], leaves: [183], because: 'the status that leaves counts' },
  ])('with $options, progress $says sends $leaves: $because', async ({ options, says, leaves }) => {
    expect((await sent(options, ...says)).map((one) => Number.parseInt(one, 10))).toEqual(leaves);
  });
});

it.each<{ options: EarlyMediaOptions; says: [number, boolean][]; leaves: number[]; because: string }>([
  {
    options: { once: true },
    says: [
      [182, true],
      [182, true],
      [183, true],
      [183, true],
      [181, true],
    ],
    leaves: [182, 183, 181],
    because: 'each once',
  },
  {
    options: {},
    says: [
      [182, true],
      [180, false],
      [181, false],
      [183, true],
    ],
    leaves: [182, 180, 181, 183],
    because: 'none waits for one that is not acknowledged',
  },
])('with $options, what stands behind a reliable response leaves with its PRACK: $leaves, $because', async ({ options, says, leaves }) => {
  const play = new Play();
  const { peer, calls } = await play.called({ earlyMedia: options });
  await peer.invite({ body: sdp(), fields: SUPPORTED });
  const said = says.map(([status, reliable]) => calls[0]!.progress(status, { reliable }));
  await play.go();
  for (let at = 0; at < says.filter(([, reliable]) => reliable).length && at < leaves.length; at += 1) await prack(peer);
  await Promise.all(said);
  const statuses = peer.raw.received.flatMap((one) =>
    one.kind === 'response' && one.status > 100 && one.cseq.method === 'INVITE' ? [one.status] : [],
  );
  expect(statuses).toEqual(leaves);
  await play.bed.close();
});

it.each([
  [undefined, [183, 180, 183]],
  [false, [183, 180, 183]],
  [true, [180, 183]],
])('with ignoreBare183 %s, of 183, 180 and 183 with a description the application sees %o', async (ignoreBare183, seen) => {
  const play = new Play();
  const statuses: number[] = [];
  const { peer } = await callingWith(play, { earlyMedia: { ignoreBare183 } }, { onResponse: ({ status }) => void statuses.push(status) });
  await peer.answer('INVITE', 183);
  await peer.answer('INVITE', 180);
  await peer.answer('INVITE', 183, { body: sdp() });
  expect(statuses).toEqual(seen);
  await play.bed.close();
});

describe('another answer of the same To tag, when one came unreliably', () => {
  const ports = { first: 30_000, other: 30_100 };
  it.each<{ accept: boolean | undefined; status: 183 | 200; tag: string; heard: keyof typeof ports; because: string }>([
    { accept: undefined, status: 183, tag: 'peer', heard: 'first', because: 'the first is the answer (RFC 3261 §13.2.1)' },
    { accept: undefined, status: 200, tag: 'peer', heard: 'first', because: 'that is the default' },
    { accept: true, status: 183, tag: 'peer', heard: 'other', because: 'the tone of a gateway, then its announcement' },
    { accept: true, status: 200, tag: 'peer', heard: 'other', because: 'as it is said' },
    { accept: false, status: 183, tag: 'peer', heard: 'first', because: 'as the RFC has it' },
    { accept: false, status: 200, tag: 'peer', heard: 'first', because: 'the first is the answer, in the 2xx too' },
    { accept: false, status: 183, tag: 'fork', heard: 'other', because: 'another early dialog has an answer of its own' },
    { accept: false, status: 200, tag: 'fork', heard: 'other', because: 'another dialog has answered' },
  ])('with acceptMultipleAnswers $accept, in a $status of $tag: the $heard is heard, $because', async ({ accept, status, tag, heard }) => {
    const play = new Play();
    const { peer, session } = await callingWith(play, { earlyMedia: { acceptMultipleAnswers: accept } });
    await peer.answer('INVITE', 183, { body: sdp({ port: ports.first }) });
    expect(session.streams[0]?.remote.port).toBe(ports.first);
    await peer.answer('INVITE', status, { toTag: tag, body: sdp({ port: ports.other, version: 2 }) });
    expect(session.streams[0]?.remote.port).toBe(ports[heard]);
    expect(session.state).toBe(status === 200 ? 'established' : 'early');
    await play.bed.close();
  });

  it('what could not be applied is no answer: the next is, whatever is accepted', async () => {
    const play = new Play();
    const { peer, session, alice } = await callingWith(play, { earlyMedia: { acceptMultipleAnswers: false } });
    await peer.answer('INVITE', 183, { body: 'm=' });
    await peer.accept({ port: ports.other });
    expect(session.streams[0]?.remote.port).toBe(ports.other);
    expect(alice.errors).toEqual([]);
    await play.bed.close();
  });
});
