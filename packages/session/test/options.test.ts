/** Options of the service and of a call outside their range: SESSION_OPTION, which names them. Those of endpoints are tested with endpoints. */
import { createSipStack, udp } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { createSessionService, type SessionServiceOptions } from '../src/index.ts';
import { Play } from './ladders/play.ts';

const stack = () => createSipStack({ transports: [udp({ port: 5060 })] });

describe('options of the service', () => {
  const NUMBERS = ['mailboxLimit', 'ringMs', 'reinviteMs', 'answerOfferMs', 'deferEndMs', 'maxForks', 'maxUnwantedAnswers'] as const;

  it.each(NUMBERS.flatMap((option) => [0, -1, 1.5, Number.NaN, Infinity].map((value) => ({ option, value }))))(
    '$option $value is refused',
    ({ option, value }) => {
      expect(() => createSessionService(stack(), { [option]: value })).toThrow(
        expect.objectContaining({ code: 'SESSION_OPTION', info: { option } }),
      );
    },
  );

  it.each(['ringMs', 'reinviteMs', 'answerOfferMs', 'deferEndMs'])('%s may be as long as a timer can wait, and no longer', (option) => {
    expect(() => createSessionService(stack(), { [option]: 2 ** 31 - 1 })).not.toThrow();
    expect(() => createSessionService(stack(), { [option]: 2 ** 31 })).toThrow(expect.objectContaining({ info: { option } }));
  });

  it.each<[string, object]>([
    ['reliable', { reliable: 'always' }],
    ['flowLost', { flowLost: 'drop' }],
    ['earlyMedia.select', { earlyMedia: { select: 'last' } }],
    ['earlyMedia.ringingAfterMedia', { earlyMedia: { ringingAfterMedia: 181 } }],
    ['earlyMedia.inband', { earlyMedia: { inband: 'yes' } }],
    ['earlyMedia.ignoreBare183', { earlyMedia: { ignoreBare183: 1 } }],
    ['earlyMedia.once', { earlyMedia: { once: 0 } }],
    ['earlyMedia.acceptMultipleAnswers', { earlyMedia: { acceptMultipleAnswers: 'yes' } }],
    ['maxStreams', { maxStreams: { audio: -1 } }],
    ['maxStreams', { maxStreams: { video: 1.5 } }],
    ['unknown', { unknown: 'deny' }],
    ['identifyEndpoint', { identifyEndpoint: 'address' }],
    ['onError', { onError: 'log' }],
  ])('%s %o is refused', (option, options) => {
    expect(() => createSessionService(stack(), options as SessionServiceOptions)).toThrow(
      expect.objectContaining({ code: 'SESSION_OPTION', info: { option } }),
    );
  });
});

it.each([
  { option: 'reliable', value: 'always' },
  { option: 'maxForwards', value: -1 },
  { option: 'maxForwards', value: 256 },
  { option: 'maxForwards', value: 0.5 },
])('a call whose $option is $value is refused, and nothing is left of it', async ({ option, value }) => {
  const play = new Play();
  const alice = await play.bed.party('alice');
  expect(() => alice.service.create('sip:bob@192.0.2.9', { [option]: value })).toThrow(
    expect.objectContaining({ code: 'SESSION_OPTION', info: { option } }),
  );
  expect(alice.service.stats().live).toEqual({ sessions: 0, admissions: 0, streams: 0 });
  await play.bed.close();
});

it('a call has as many hops before it as it is given, 70 else', async () => {
  const play = new Play();
  const alice = await play.bed.party('alice');
  const peer = await play.bed.peer('peer');
  for (const { given, written } of [
    { given: undefined, written: '70' },
    { given: 3, written: '3' },
  ]) {
    const session = alice.service.create(`sip:peer@${peer.sentBy}`, { maxForwards: given });
    session.established.catch(() => {});
    await play.bed.clock.advance(50);
    const invite = await peer.expect('INVITE');
    expect(invite.headers.getAll('Max-Forwards')).toEqual([written]);
    peer.respond(invite, 486);
    await play.bed.clock.advance(50);
    await peer.expect('ACK');
  }
  await play.bed.close();
});
