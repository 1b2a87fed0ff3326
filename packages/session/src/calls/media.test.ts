import type { SipError } from '@jackfield/base';
import { ManualClock, SeededRandom } from '@jackfield/base/testing';
import { direction, mid, parseDescription, readOrigin, withDirection, type Description, type MediaSection } from '@jackfield/sdp';
import type { DialogView } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import type { CreatedStream, SdpHandler } from '../contract/sdp-handler.ts';
import type { Session } from '../contract/session.ts';
import { SdpHandlerRegistry } from '../plugins/sdp-handler-registry.ts';
import type { Steps } from '../plugins/steps.ts';
import { Media } from './media.ts';
import { streamLimits } from './stream-limits.ts';

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

function desk(...kinds: readonly string[]): Desk {
  return deskOf(kinds, {});
}

function deskOf(kinds: readonly string[], limits: Readonly<Record<string, number>>): Desk {
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
    question: 0,
    report: (error: SipError) => void errors.push(error),
    session: {} as Session, // the handlers here do not look at it
    handlers: registry.current,
    localAddress: '192.0.2.1',
    bindAddress: '192.0.2.1',
    random: new SeededRandom(1),
    options: { maxStreams: streamLimits(limits) },
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
  const text = run(at.media.answer(undefined, DIALOG));
  at.media.commitAnswer();
  return read(text);
}
/** Offers, and takes the answer. */
function offered(at: Desk, ...answer: readonly string[]): Description {
  const text = run(at.media.offer('same'));
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
    { offer: ['m=image 4002 udptl t38'], info: { warning: 304 }, because: 'no handler is there' },
    { offer: ['m=video 4002 RTP/AVP 0'], info: { warning: 305 }, because: 'its handler declines' },
    { offer: ['m=audio 0 RTP/AVP 0'], info: {}, because: 'it offers nothing (T-16)' },
  ])('refuses $offer: $because', ({ offer, info }) => {
    const at = desk('audio', 'video');
    at.declines = 'video';
    expect(() => run(at.media.takeOffer(sdp(...offer)))).toThrow(
      expect.objectContaining({ code: 'SESSION_NEGOTIATION', info: { rule: 'nothing-claimed', ...info } }),
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
      run(at.media.answer(undefined, DIALOG));
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
    expect(() => run(at.media.answer(undefined, DIALOG))).toThrow();
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
    const text = at.media.declineOpenOffer()!;
    expect(gist(read(text))).toEqual(['audio declined', 'video declined']);
    expect(at.media.state).toBe('stable');
    expect(at.media.declineOpenOffer()).toBeUndefined();
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
    expect(() => run(at.media.offer(wanted))).toThrow(expect.objectContaining({ code: 'SESSION_NO_MEDIA', info: { kinds } }));
    at.media.rollback();
    expect(at.media.liveCount).toBe(0);
  });

  it('again keeps the streams, and says that there is nothing new', () => {
    const at = desk('audio');
    offered(at, 'm=audio 4000 RTP/AVP 0');
    run(at.media.offer('same'));
    expect(at.media.offersNothingNew).toBe(true);
    at.media.rollback();
    run(at.media.offer([{ kind: 'audio', direction: 'sendonly' }]));
    expect(at.media.offersNothingNew).toBe(false);
    expect(at.log.filter((text) => text.startsWith('create'))).toEqual([
      'create 0 10002 sendrecv',
      'create 0 10002 sendrecv',
      'create 0 10002 sendonly',
    ]);
  });

  it('of what is active works as well where every line was declined', () => {
    const at = desk('audio');
    run(at.media.offer('same'));
    run(at.media.takeAnswer(sdp('m=audio 0 RTP/AVP 0'), DIALOG, true));
    expect(at.media.liveCount).toBe(0);
    expect(gist(read(run(at.media.offer('same'))))).toEqual(['audio declined']);
  });

  it.each([
    { answer: [], rule: 'section-count' },
    { answer: ['m=video 4000 RTP/AVP 0'], rule: 'kind' },
    { answer: ['m=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/AVP 0'], rule: 'section-count' },
  ])('an answer of $answer is refused: $rule', ({ answer, rule }) => {
    const at = desk('audio');
    run(at.media.offer('same'));
    expect(() => run(at.media.takeAnswer(sdp(...answer), DIALOG, true))).toThrow(
      expect.objectContaining({ code: 'SESSION_NEGOTIATION', info: { rule } }),
    );
    at.media.rollback();
    expect(at.log.at(-1)).toBe('stop 10002');
  });

  it('an answer that wants more than the offer leaves is cut down to it', () => {
    const at = desk('audio');
    run(at.media.offer([{ kind: 'audio', direction: 'sendonly' }]));
    run(at.media.takeAnswer(sdp('m=audio 4000 RTP/AVP 0'), DIALOG, true));
    expect(direction(at.media.streams[0]!.remote)).toBe('recvonly');
  });

  it('a replaced stream is stopped when the exchange has succeeded, the new one when it has failed', () => {
    const at = desk('audio');
    offered(at, 'm=audio 4000 RTP/AVP 0');
    at.replace = 'audio';
    run(at.media.offer('same'));
    at.log.length = 0;
    at.media.rollback();
    expect(at.log).toEqual(['stop 10004']);
    run(at.media.offer('same'));
    at.log.length = 0;
    run(at.media.takeAnswer(sdp('m=audio 4000 RTP/AVP 0'), DIALOG, true));
    expect(at.log).toEqual(['apply 10006', 'stop 10002']);
    expect(at.media.liveCount).toBe(1);
  });

  it('a provisional answer is a preview: the same in the 2xx is not applied again, another is', () => {
    const at = desk('audio');
    run(at.media.offer('same'));
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
    run(at.media.offer('same'));
    expect(at.media.settleForProvisional()).toBe(false);
    run(at.media.takeAnswer(sdp('m=audio 4000 RTP/AVP 0'), DIALOG, false));
    expect(at.media.settleForProvisional()).toBe(true);
    expect(at.media.state).toBe('stable');
    expect(at.media.liveCount).toBe(1);
  });
});

describe('an offer for a peer that asks what we can do, RFC 6337 §5.2.5', () => {
  const AUDIO = 'm=audio 4000 RTP/AVP 0';
  /** Whole, and agreed on with `answer`. */
  const again = (at: Desk): string[] => {
    at.log.length = 0;
    return gist(read(run(at.media.offerAll())));
  };

  it.each<{ before: (at: Desk) => void; offers: readonly string[]; because: string }>([
    {
      before: (at) => offered(at, AUDIO, 'm=video 0 RTP/AVP 0'),
      offers: ['audio sendrecv', 'video sendrecv'],
      because: 'the peer declined it',
    },
    {
      before: (at) => {
        offered(at, AUDIO, 'm=video 0 RTP/AVP 0');
        offered(at, AUDIO, 'm=video 0 RTP/AVP 0');
      },
      offers: ['audio sendrecv', 'video sendrecv'],
      because: 'it did so some time ago',
    },
    {
      before: (at) => {
        answered(at, sdp(AUDIO, 'm=video 4002 RTP/AVP 0'));
        answered(at, sdp(AUDIO, 'm=video 0 RTP/AVP 0'));
      },
      offers: ['audio sendrecv', 'video sendrecv'],
      because: 'the peer ended it',
    },
    {
      before: (at) => {
        offered(at, AUDIO, 'm=video 4002 RTP/AVP 0');
        run(at.media.offer([{ kind: 'video', removed: true }]));
        run(at.media.takeAnswer(sdp(AUDIO, 'm=video 0 RTP/AVP 0'), DIALOG, true));
      },
      offers: ['audio sendrecv', 'video declined'],
      because: 'the application took it away',
    },
    {
      before: (at) => {
        run(at.media.takeOffer(sdp(AUDIO, 'm=video 4002 RTP/AVP 0')));
        run(at.media.answer([{ kind: 'video', removed: true }], DIALOG));
        at.media.commitAnswer();
      },
      offers: ['audio sendrecv', 'video declined'],
      because: 'the application declined it',
    },
    {
      before: (at) => {
        at.declines = 'video';
        answered(at, sdp(AUDIO, 'm=video 4002 RTP/SAVP 0'));
      },
      offers: ['audio sendrecv', 'video declined'],
      because: 'it was never ours: no handler took it',
    },
    {
      before: (at) => {
        const section: MediaSection = { kind: 'video', port: 9000, protocol: 'RTP/AVP', formats: ['0'], lines: [] };
        run(at.media.offer([{ kind: 'audio' }, { kind: 'video', section }]));
        run(at.media.takeAnswer(sdp(AUDIO, 'm=video 0 RTP/AVP 0'), DIALOG, true));
      },
      offers: ['audio sendrecv', 'video declined'],
      because: 'it is no handler’s, but was passed through',
    },
    {
      before: (at) => offered(at, AUDIO, 'm=video 4002 RTP/AVP 0'),
      offers: ['audio sendrecv', 'video sendrecv'],
      because: 'nothing is missing',
    },
  ])('$offers: $because', ({ before, offers }) => {
    const at = desk('audio', 'video');
    before(at);
    expect(again(at)).toEqual(offers);
    at.media.rollback();
  });

  it('none beyond the limit of its kind', () => {
    const at = deskOf(['audio'], { audio: 1 });
    answered(at, sdp(AUDIO));
    answered(at, sdp('m=audio 0 RTP/AVP 0', 'm=audio 4002 RTP/AVP 0'));
    expect(again(at)).toEqual(['audio declined', 'audio sendrecv']);
  });

  it('where a handler fails over it is what is active, in the same words', () => {
    const at = desk('audio', 'video');
    offered(at, AUDIO, 'm=video 0 RTP/AVP 0');
    offered(at, AUDIO, 'm=video 0 RTP/AVP 0');
    const { localText } = at.media;
    at.fails = { create: 'video' };
    expect(run(at.media.offerAll())).toBe(localText);
    expect([at.errors.map(({ code }) => code), at.media.state, at.media.liveCount]).toEqual([['SESSION_HOOK_FAILED'], 'local-offer', 1]);
  });
});

describe('how many streams there may be', () => {
  it.each<{
    limits: Readonly<Record<string, number>>;
    before?: readonly string[];
    offer: readonly string[];
    answer: readonly string[];
    claims: string;
    because: string;
  }>([
    {
      limits: { audio: 1 },
      offer: ['audio', 'audio'],
      answer: ['audio sendrecv', 'audio declined'],
      claims: '0',
      because: 'the second is one too many, and nobody is asked',
    },
    {
      limits: { audio: 1 },
      offer: ['audio', 'video', 'audio'],
      answer: ['audio sendrecv', 'video sendrecv', 'audio declined'],
      claims: '0 1',
      because: 'each kind by itself',
    },
    {
      limits: { audio: 0 },
      offer: ['audio', 'video'],
      answer: ['audio declined', 'video sendrecv'],
      claims: '1',
      because: 'none of a kind',
    },
    {
      limits: { audio: 2 },
      offer: ['audio', 'audio', 'audio'],
      answer: ['audio sendrecv', 'audio sendrecv', 'audio declined'],
      claims: '0 1',
      because: 'two of three',
    },
    {
      limits: {},
      offer: ['audio', 'audio', 'audio', 'audio', 'audio'],
      answer: ['audio sendrecv', 'audio sendrecv', 'audio sendrecv', 'audio sendrecv', 'audio declined'],
      claims: '0 1 2 3',
      because: 'four, unless something else is said',
    },
    {
      limits: { audio: 1 },
      offer: ['audio 0', 'audio'],
      answer: ['audio declined', 'audio sendrecv'],
      claims: '1',
      because: 'a declined line does not count',
    },
    {
      limits: { audio: 1 },
      before: ['audio 0', 'audio'],
      offer: ['audio', 'audio'],
      answer: ['audio declined', 'audio sendrecv'],
      claims: '1',
      because: 'the one that is there stays',
    },
    {
      limits: { audio: 1 },
      before: ['audio', 'audio 0'],
      offer: ['audio 0', 'audio'],
      answer: ['audio declined', 'audio sendrecv'],
      claims: '1',
      because: 'one goes, another comes',
    },
  ])('$limits, after $before, offered $offer: $because', ({ limits, before, offer, answer, claims }) => {
    const at = deskOf(['audio', 'video'], limits);
    const lines = (said: readonly string[]): Description =>
      sdp(...said.map((line, index) => `m=${line.split(' ')[0]} ${line.endsWith(' 0') ? 0 : 4000 + 2 * index} RTP/AVP 0`));
    if (before !== undefined) answered(at, lines(before));
    at.log.length = 0;
    expect(gist(answered(at, lines(offer)))).toEqual(answer);
    expect(at.log.flatMap((step) => (step.startsWith('claim ') ? step.slice(6) : [])).join(' ')).toBe(claims);
  });
});

describe('names of lines', () => {
  const names = (at: Desk): string[] => at.media.streams.map((view) => view.mid);

  it.each<{ offers: readonly (readonly string[])[]; mids: readonly string[]; because: string }>([
    { offers: [['audio 4000', 'video 4002']], mids: ['audio-0', 'video-1'], because: 'they are of kind and place' },
    { offers: [['audio 4000 a', 'video 4002 v']], mids: ['a', 'v'], because: "the peer's count" },
    { offers: [['audio 4000 video-1', 'video 4002']], mids: ['video-1', 'video-1.2'], because: 'no two are the same' },
    { offers: [['audio 4000'], ['audio 4008']], mids: ['audio-0'], because: 'they stay, wherever the stream goes' },
    {
      offers: [
        ['audio 4000', 'video 4002'],
        ['audio 4000', 'video 0'],
        ['audio 4000', 'video 4002'],
      ],
      mids: ['audio-0', 'video-1.2'],
      because: 'what comes in a place that was used is another stream',
    },
    { offers: [['video 4002'], ['video 0'], ['video 4002'], ['video 0'], ['video 4002']], mids: ['video-0.3'], because: 'each time' },
    { offers: [['audio 4000'], ['video 4000']], mids: ['video-0'], because: 'another kind has another name anyway' },
    { offers: [['audio 4000 a'], ['audio 4000']], mids: ['a'], because: 'a name that is not repeated stays' },
  ])('after $offers are $mids: $because', ({ offers, mids }) => {
    const at = desk('audio', 'video');
    for (const said of offers) {
      const sections = said.flatMap((line) => {
        const [kind, port, name] = line.split(' ');
        return [`m=${kind} ${port} RTP/AVP 0`].concat(name === undefined ? [] : `a=mid:${name}`);
      });
      answered(at, sdp(...sections));
    }
    expect(names(at)).toEqual(mids);
  });

  it('of streams of ours are not written where no peer names them, and new ones have new names', () => {
    const at = desk('audio', 'video');
    offered(at, 'm=audio 4000 RTP/AVP 0', 'm=video 0 RTP/AVP 0');
    const text = run(at.media.offer([{ kind: 'video' }]));
    run(at.media.takeAnswer(sdp('m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 0'), DIALOG, true));
    expect(text).not.toContain('a=mid');
    expect(names(at)).toEqual(['audio-0', 'video-1.2']);
  });

  it('that the application gives are written', () => {
    const at = desk('audio', 'video');
    const text = run(at.media.offer([{ kind: 'audio', mid: 'voice' }, { kind: 'video' }]));
    expect(read(text).sections.map(mid)).toEqual(['voice', undefined]);
  });

  it('in sections that are passed through from another leg give way to those here', () => {
    const at = desk('audio');
    run(at.media.takeOffer(sdp('m=audio 4000 RTP/AVP 0', 'a=mid:here')));
    const section: MediaSection = { kind: 'audio', port: 9000, protocol: 'RTP/AVP', formats: ['0'], lines: ['a=mid:there'] };
    expect(read(run(at.media.answer([{ kind: 'audio', section }], DIALOG))).sections.map(mid)).toEqual(['here']);
  });
});

describe('the version of our descriptions, RFC 3264 §8', () => {
  const version = (description: Description): number => Number(readOrigin(description)!.version);

  it('rises by one with each that the peer sees, and by none that it does not see', () => {
    const at = desk('audio');
    const first = version(answered(at, sdp('m=audio 4000 RTP/AVP 0')));
    expect(version(answered(at, sdp('m=audio 4000 RTP/AVP 0')))).toBe(first);
    at.fails = { apply: 'audio' };
    run(at.media.takeOffer(sdp('m=audio 4000 RTP/AVP 0', 'a=sendonly')));
    expect(() => run(at.media.answer(undefined, DIALOG))).toThrow();
    at.media.rollback();
    at.fails = {};
    expect(version(answered(at, sdp('m=audio 4000 RTP/AVP 0', 'a=inactive')))).toBe(first + 1);
    run(at.media.offer([{ kind: 'audio', direction: 'sendonly' }]));
    at.media.withdraw(); // a hook kept the request
    const refused = version(read(run(at.media.offer([{ kind: 'audio', direction: 'sendonly' }]))));
    expect(refused).toBe(first + 2);
    at.media.rollback(); // the peer has seen it, and said no
    expect(version(read(run(at.media.offer([{ kind: 'audio', direction: 'recvonly' }]))))).toBe(first + 3);
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
      offer: () => run(at.media.offer('same')),
      takeOffer: () => run(at.media.takeOffer(sdp('m=audio 4000 RTP/AVP 0'))),
    };
    begin[first]();
    const { state } = at.media;
    expect(begin[second]).toThrow(expect.objectContaining({ code: 'SESSION_NEGOTIATION' }));
    expect(at.media.state).toBe(state);
  });

  it('an answer without an offer is refused', () => {
    const at = desk('audio');
    expect(() => run(at.media.answer(undefined, DIALOG))).toThrow(expect.objectContaining({ info: { rule: 'no-exchange' } }));
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
    run(at.media.offer('same'));
    at.log.length = 0;
    at.media.stop();
    at.media.stop();
    at.media.rollback();
    expect(at.log).toEqual(['stop 10006', 'stop 10004', 'stop 10002']);
    expect(at.media.liveCount).toBe(0);
    expect(at.errors).toEqual([]);
  });
});
