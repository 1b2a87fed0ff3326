import type { SipError } from '@jackfield/base';
import { ManualClock, SeededRandom } from '@jackfield/base/testing';
import { direction, mid, parseDescription, withDirection, type Description, type MediaSection } from '@jackfield/sdp';
import type { DialogView } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import type { CreatedStream, SdpHandler } from '../contract/sdp-handler.ts';
import type { Session } from '../contract/session.ts';
import { SdpHandlerRegistry } from '../plugins/sdp-handler-registry.ts';
import type { Steps } from '../plugins/steps.ts';
import { Media } from './media.ts';

interface Stream {
  readonly kind: string;
  readonly port: number;
}
type Fails = Partial<Record<'claim' | 'create' | 'apply', string>>;

interface Desk {
  readonly media: Media;
  readonly log: string[];
  readonly errors: SipError[];
  /** What fails, by kind, from now on. */
  fails: Fails;
  /** The next stream of this kind replaces the current one. */
  replace: string | undefined;
  declines: string | undefined;
}

const DIALOG: DialogView = { callId: 'c', localTag: 'l', remoteTag: 'r', remoteAllow: new Set(), remoteSupported: new Set() };
const HERE = '192.0.2.1';

function desk(...kinds: readonly string[]): Desk {
  const log: string[] = [];
  const errors: SipError[] = [];
  const registry = new SdpHandlerRegistry();
  let port = 10_000;
  const fail = (what: keyof Fails, kind: string): void => {
    if (at.fails[what] === kind) throw new Error(`${what} ${kind}`);
  };
  for (const kind of kinds) {
    const handler: SdpHandler<Stream> = {
      name: `${kind} handler`,
      handleIncomingStream: (_session, { index }) => {
        log.push(`claim ${index}`);
        fail('claim', kind);
        return at.declines === kind ? 'declined' : 'claimed';
      },
      createOutgoingStream: (_session, slot): CreatedStream<Stream> => {
        fail('create', kind);
        let stream = slot.current;
        if (stream === undefined || at.replace === kind) stream = { kind, port: (port += 2) };
        log.push(`create ${slot.index} ${stream.port} ${slot.direction}`);
        const section: MediaSection = { kind, port: stream.port, protocol: slot.protocol ?? 'RTP/AVP', formats: ['0'], lines: [] };
        return { stream, section: withDirection(section, slot.direction) };
      },
      applyNegotiatedStream: (_session, stream) => {
        log.push(`apply ${stream.port}`);
        fail('apply', kind);
      },
      rollbackStream: (_session, stream) => void log.push(`rollback ${stream.port}`),
      stopStream: (_session, stream) => void log.push(`stop ${stream.port}`),
    };
    registry.register(handler as SdpHandler, kind);
  }
  const host = {
    clock: new ManualClock(),
    id: 'one',
    excluded: undefined,
    question: undefined,
    report: (error: SipError) => void errors.push(error),
    session: {} as Session, // the handlers here do not look at it
    handlers: registry.current,
    random: new SeededRandom(1),
  };
  const at: Desk = { media: new Media(host), log, errors, fails: {}, replace: undefined, declines: undefined };
  return at;
}

/** Runs a round in which nothing waits. */
function run<T>(steps: Steps<T>): T {
  const result = steps.next();
  if (result.done !== true) throw new Error('it waits');
  return result.value;
}

function sdp(...media: readonly string[]): Description {
  const text = ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0', ...media, ''].join('\r\n');
  const verdict = parseDescription(Buffer.from(text));
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.description;
}
const read = (text: string): Description => {
  const verdict = parseDescription(Buffer.from(text));
  if (!verdict.ok) throw new Error(verdict.rule);
  return verdict.description;
};
const gist = (description: Description): string[] =>
  description.sections.map((section) => `${section.kind} ${section.port === 0 ? 'declined' : direction(section, description)}`);

/** Takes an offer and answers it. */
function answered(at: Desk, offer: Description): Description {
  run(at.media.takeOffer(offer));
  const text = run(at.media.answer(HERE, undefined, DIALOG));
  at.media.commitAnswer();
  return read(text);
}
/** Offers, and takes the answer. */
function offered(at: Desk, ...answer: readonly string[]): Description {
  const text = run(at.media.offer(HERE, 'same'));
  run(at.media.takeAnswer(sdp(...answer), DIALOG, true));
  return read(text);
}

describe('answering', () => {
  it.each([
    { offer: ['m=audio 4000 RTP/AVP 0'], answer: ['audio sendrecv'] },
    { offer: ['m=audio 4000 RTP/AVP 0', 'a=sendonly'], answer: ['audio recvonly'] },
    { offer: ['m=audio 4000 RTP/AVP 0', 'a=inactive'], answer: ['audio inactive'] },
    { offer: ['m=video 4002 RTP/AVP 0', 'm=audio 4000 RTP/AVP 0'], answer: ['video sendrecv', 'audio sendrecv'] },
    { offer: ['m=image 4002 udptl t38', 'm=audio 4000 RTP/AVP 0'], answer: ['image declined', 'audio sendrecv'] },
    { offer: ['m=audio 0 RTP/AVP 0', 'm=video 4002 RTP/AVP 0'], answer: ['audio declined', 'video sendrecv'] },
    { offer: ['m=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/AVP 0'], answer: ['audio sendrecv', 'audio sendrecv'] },
  ])('$offer gives $answer: the offer has the lines and their order', ({ offer, answer }) => {
    const at = desk('audio', 'video');
    expect(gist(answered(at, sdp(...offer)))).toEqual(answer);
    expect(at.media.state).toBe('stable');
    expect(at.media.streams.map(({ index }) => index)).toEqual(answer.flatMap((text, index) => (text.endsWith('declined') ? [] : [index])));
  });

  it.each([
    { offer: ['m=image 4002 udptl t38'], because: 'no handler is there' },
    { offer: ['m=video 4002 RTP/AVP 0'], because: 'its handler declines' },
    { offer: ['m=audio 0 RTP/AVP 0'], because: 'it offers nothing (T-16)' },
  ])('refuses $offer: $because', ({ offer }) => {
    const at = desk('audio', 'video');
    at.declines = 'video';
    expect(() => run(at.media.takeOffer(sdp(...offer)))).toThrow(
      expect.objectContaining({ code: 'SESSION_NEGOTIATION', info: { rule: 'nothing-claimed' } }),
    );
    at.media.rollback();
    expect(at.media.state).toBe('stable');
    expect(at.media.liveCount).toBe(0);
  });

  it('shows no handler a declined line', () => {
    const at = desk('audio', 'video');
    answered(at, sdp('m=audio 0 RTP/AVP 0', 'm=video 4002 RTP/AVP 0'));
    expect(at.log[0]).toBe('claim 1');
  });

  it('says a=mid where the offer does', () => {
    const at = desk('audio');
    expect(mid(answered(at, sdp('m=audio 4000 RTP/AVP 0', 'a=mid:one')).sections[0]!)).toBe('one');
    expect(at.media.streams[0]!.mid).toBe('one');
    expect(mid(answered(desk('audio'), sdp('m=audio 4000 RTP/AVP 0')).sections[0]!)).toBeUndefined();
  });

  it.each([
    { what: 'claim', stopped: [] },
    { what: 'create', stopped: ['stop 10002'] },
    { what: 'apply', stopped: ['stop 10004', 'stop 10002'] },
  ] as const)('a second stream whose $what fails undoes the first (T-50)', ({ what, stopped }) => {
    const at = desk('audio', 'video');
    at.fails = { [what]: 'video' };
    const whole = (): void => {
      run(at.media.takeOffer(sdp('m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 0')));
      run(at.media.answer(HERE, undefined, DIALOG));
    };
    expect(whole).toThrow(
      expect.objectContaining({ code: 'SESSION_HOOK_FAILED', info: expect.objectContaining({ owner: 'video handler' }) }),
    );
    at.log.length = 0;
    at.media.rollback();
    expect(at.log).toEqual(stopped);
    expect(at.media.liveCount).toBe(0);
    expect(at.media.streams).toEqual([]);
  });

  it('a later offer that fails goes back to what was applied: the same streams, rolled back last first', () => {
    const at = desk('audio', 'video');
    answered(at, sdp('m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 0'));
    const before = at.media.streams;
    at.fails = { apply: 'video' };
    run(at.media.takeOffer(sdp('m=audio 4000 RTP/AVP 0', 'a=sendonly', 'm=video 4002 RTP/AVP 0')));
    expect(() => run(at.media.answer(HERE, undefined, DIALOG))).toThrow();
    at.log.length = 0;
    at.media.rollback();
    expect(at.log).toEqual(['rollback 10004', 'rollback 10002']);
    expect(at.media.streams).toEqual(before);
    expect(at.media.liveCount).toBe(2);
  });

  it('a line that the peer declines later has its stream stopped, and its place is used again', () => {
    const at = desk('audio', 'video');
    answered(at, sdp('m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 0'));
    at.log.length = 0;
    expect(gist(answered(at, sdp('m=audio 4000 RTP/AVP 0', 'm=video 0 RTP/AVP 0')))).toEqual(['audio sendrecv', 'video declined']);
    expect(at.log).toContain('stop 10004');
    expect(gist(answered(at, sdp('m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 0')))).toEqual(['audio sendrecv', 'video sendrecv']);
    expect(at.media.liveCount).toBe(2);
  });

  it('declineOpenOffer declines every line of what was offered, claimed or not, and the exchange is over', () => {
    const at = desk('audio', 'video');
    at.fails = { claim: 'video' };
    expect(() => run(at.media.takeOffer(sdp('m=audio 4000 RTP/AVP 0', 'a=mid:x', 'm=video 4002 RTP/AVP 0')))).toThrow();
    const text = at.media.declineOpenOffer(HERE)!;
    expect(gist(read(text))).toEqual(['audio declined', 'video declined']);
    expect(at.media.state).toBe('stable');
    expect(at.media.declineOpenOffer(HERE)).toBeUndefined();
  });
});

describe('offering', () => {
  it('is a line per kind that has a handler, in the order of registration', () => {
    const at = desk('video', 'audio');
    expect(gist(offered(at, 'm=video 4002 RTP/AVP 0', 'm=audio 4000 RTP/AVP 0'))).toEqual(['video sendrecv', 'audio sendrecv']);
    expect(at.log.filter((text) => text.startsWith('apply'))).toHaveLength(2);
  });

  it.each([
    { wanted: 'same' as const, kinds: [] },
    { wanted: [{ kind: 'image' }], kinds: ['image'] },
  ])('of $wanted with nobody to make it is SESSION_NO_MEDIA', ({ wanted, kinds }) => {
    const at = wanted === 'same' ? desk() : desk('audio');
    expect(() => run(at.media.offer(HERE, wanted))).toThrow(expect.objectContaining({ code: 'SESSION_NO_MEDIA', info: { kinds } }));
    at.media.rollback();
    expect(at.media.liveCount).toBe(0);
  });

  it('again keeps the streams, and says that there is nothing new', () => {
    const at = desk('audio');
    offered(at, 'm=audio 4000 RTP/AVP 0');
    run(at.media.offer(HERE, 'same'));
    expect(at.media.offersNothingNew).toBe(true);
    at.media.rollback();
    run(at.media.offer(HERE, [{ kind: 'audio', direction: 'sendonly' }]));
    expect(at.media.offersNothingNew).toBe(false);
    expect(at.log.filter((text) => text.startsWith('create'))).toEqual([
      'create 0 10002 sendrecv',
      'create 0 10002 sendrecv',
      'create 0 10002 sendonly',
    ]);
  });

  it('of what is active works as well where every line was declined', () => {
    const at = desk('audio');
    run(at.media.offer(HERE, 'same'));
    run(at.media.takeAnswer(sdp('m=audio 0 RTP/AVP 0'), DIALOG, true));
    expect(at.media.liveCount).toBe(0);
    expect(gist(read(run(at.media.offer(HERE, 'same'))))).toEqual(['audio declined']);
  });

  it.each([
    { answer: [], rule: 'section-count' },
    { answer: ['m=video 4000 RTP/AVP 0'], rule: 'kind' },
    { answer: ['m=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/AVP 0'], rule: 'section-count' },
  ])('an answer of $answer is refused: $rule', ({ answer, rule }) => {
    const at = desk('audio');
    run(at.media.offer(HERE, 'same'));
    expect(() => run(at.media.takeAnswer(sdp(...answer), DIALOG, true))).toThrow(
      expect.objectContaining({ code: 'SESSION_NEGOTIATION', info: { rule } }),
    );
    at.media.rollback();
    expect(at.log.at(-1)).toBe('stop 10002');
  });

  it('an answer that wants more than the offer leaves is cut down to it', () => {
    const at = desk('audio');
    run(at.media.offer(HERE, [{ kind: 'audio', direction: 'sendonly' }]));
    run(at.media.takeAnswer(sdp('m=audio 4000 RTP/AVP 0'), DIALOG, true));
    expect(direction(at.media.streams[0]!.remote)).toBe('recvonly');
  });

  it('a replaced stream is stopped when the exchange has succeeded, the new one when it has failed', () => {
    const at = desk('audio');
    offered(at, 'm=audio 4000 RTP/AVP 0');
    at.replace = 'audio';
    run(at.media.offer(HERE, 'same'));
    at.log.length = 0;
    at.media.rollback();
    expect(at.log).toEqual(['stop 10004']);
    run(at.media.offer(HERE, 'same'));
    at.log.length = 0;
    run(at.media.takeAnswer(sdp('m=audio 4000 RTP/AVP 0'), DIALOG, true));
    expect(at.log).toEqual(['apply 10006', 'stop 10002']);
    expect(at.media.liveCount).toBe(1);
  });

  it('a provisional answer is a preview: the same in the 2xx is not applied again, another is', () => {
    const at = desk('audio');
    run(at.media.offer(HERE, 'same'));
    const first = run(at.media.takeAnswer(sdp('m=audio 4000 RTP/AVP 0'), DIALOG, false));
    expect(first?.after).toHaveLength(1);
    expect(run(at.media.takeAnswer(sdp('m=audio 4000 RTP/AVP 0'), DIALOG, false))).toBeUndefined();
    expect(at.log.filter((text) => text.startsWith('apply'))).toHaveLength(1);
    const other = run(at.media.takeAnswer(sdp('m=audio 4444 RTP/AVP 0'), DIALOG, true));
    expect(other?.after[0]?.remote.port).toBe(4444);
    expect(at.media.state).toBe('stable');
  });

  it('a 2xx without an answer lets the provisional one stand, and only such a one', () => {
    const at = desk('audio');
    run(at.media.offer(HERE, 'same'));
    expect(at.media.settleForProvisional()).toBe(false);
    run(at.media.takeAnswer(sdp('m=audio 4000 RTP/AVP 0'), DIALOG, false));
    expect(at.media.settleForProvisional()).toBe(true);
    expect(at.media.state).toBe('stable');
    expect(at.media.liveCount).toBe(1);
  });
});

describe('one exchange at a time', () => {
  it.each([
    { first: 'offer', second: 'offer' },
    { first: 'offer', second: 'takeOffer' },
    { first: 'takeOffer', second: 'offer' },
    { first: 'takeOffer', second: 'takeOffer' },
  ] as const)('$first, then $second: refused, and the first goes on', ({ first, second }) => {
    const at = desk('audio');
    const begin = {
      offer: () => run(at.media.offer(HERE, 'same')),
      takeOffer: () => run(at.media.takeOffer(sdp('m=audio 4000 RTP/AVP 0'))),
    };
    begin[first]();
    const { state } = at.media;
    expect(begin[second]).toThrow(expect.objectContaining({ code: 'SESSION_NEGOTIATION' }));
    expect(at.media.state).toBe(state);
  });

  it('an answer without an offer is refused', () => {
    const at = desk('audio');
    expect(() => run(at.media.answer(HERE, undefined, DIALOG))).toThrow(expect.objectContaining({ info: { rule: 'no-exchange' } }));
    expect(() => run(at.media.takeAnswer(sdp('m=audio 4000 RTP/AVP 0'), DIALOG, true))).toThrow(
      expect.objectContaining({ info: { rule: 'no-exchange' } }),
    );
  });

  it('rollback without an exchange changes nothing', () => {
    const at = desk('audio');
    offered(at, 'm=audio 4000 RTP/AVP 0');
    at.log.length = 0;
    at.media.rollback();
    expect(at.log).toEqual([]);
    expect(at.media.streams).toHaveLength(1);
  });
});

describe('the end', () => {
  it('stops every stream, last first, once, in the middle of an exchange too', () => {
    const at = desk('audio', 'video');
    offered(at, 'm=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 0');
    at.replace = 'audio';
    run(at.media.offer(HERE, 'same'));
    at.log.length = 0;
    at.media.stop();
    at.media.stop();
    at.media.rollback();
    expect(at.log).toEqual(['stop 10006', 'stop 10004', 'stop 10002']);
    expect(at.media.liveCount).toBe(0);
    expect(at.errors).toEqual([]);
  });
});
