/** Plug-ins that are slow, refuse, fail and get stuck as chance will have it: a supplement and a handler for each kind of media. */
import type { ManualClock, SeededRandom } from '@jackfield/base/testing';
import { direction, withDirection, type MediaSection } from '@jackfield/sdp';
import { reply, retry, type Agreed, type Exchange, type Reply, type SdpHandler, type Session, type Supplement } from '@jackfield/session';
import { Injected, type SessionWatch } from './session-watch.ts';

/** Shares of the hooks that do so, 0 to 1. */
export interface Mood {
  readonly fail: number;
  /** Of applying what was agreed, where `fail` does not strike. */
  readonly unable: number;
  readonly slow: number;
  readonly stuck: number;
  readonly refuse: number;
  /** Calls verbs inside hooks. */
  readonly meddle: number;
  /** Of the streams offered or asked for, those a handler leaves to the next of its kind. */
  readonly pass: number;
  /** Of the redirections, those that a supplement has a hand in: changes where they lead, fails, or never answers. */
  readonly divert?: number | undefined;
}

/** @returns up to `most` for so many of the seeds, 0 for the others */
export const share = (random: SeededRandom, chance: number, most: number): number => (random.chance(chance) ? random.fraction() * most : 0);

export interface MoodHost {
  readonly clock: ManualClock;
  readonly random: SeededRandom;
  readonly watch: SessionWatch;
  readonly mood: Mood;
}

export interface PlainStream {
  readonly port: number;
  readonly session: Session;
  agreed: Agreed | undefined;
  before: Agreed | undefined;
  /** Counts applications: one that comes late is of no effect. */
  applied: number;
  stopped: number;
}

const REFUSALS = [400, 403, 486, 488, 491, 500, 503, 603] as const;

class Moody {
  readonly #host: MoodHost;

  constructor(host: MoodHost) {
    this.#host = host;
  }

  chance(share: number): boolean {
    return share > 0 && this.#host.random.chance(share);
  }

  /** For hooks that may not take time. */
  news(hook: string): void {
    if (this.chance(this.#host.mood.fail)) throw new Injected(hook);
  }

  question<T>(hook: string, answer: () => T, share = 0): T | Promise<T> {
    const { mood, random, clock } = this.#host;
    const fails = this.chance(mood.fail) || this.chance(share);
    if (this.chance(mood.stuck)) return new Promise(() => {});
    if (!this.chance(mood.slow)) {
      if (fails) throw new Injected(hook);
      return answer();
    }
    return new Promise((resolve, reject) => {
      clock.after(random.integer(random.chance(0.1) ? 8000 : 1500), () => {
        if (fails) reject(new Injected(hook));
        else resolve(answer());
      });
    });
  }
}

export function moodySupplement(host: MoodHost, party: string): Supplement {
  const { mood, random, watch, clock } = host;
  const moody = new Moody(host);
  const failed = new WeakSet<Session>();
  const refusal = (): Reply => {
    const status = random.pick(REFUSALS);
    return reply(status, status === 500 && random.chance(0.5) ? { headers: { 'Retry-After': String(random.integer(4)) } } : {});
  };
  const meddle = (session: Session): void => {
    if (!moody.chance(mood.meddle)) return;
    const verb = random.integer(4);
    if (verb === 0) void watch.track(`${party} end in a hook`, 'sure', session.end());
    else if (verb === 1) void watch.track(`${party} INFO in a hook`, 'verb', session.sendRequest('INFO'));
    else if (verb === 2) void watch.refresh(`${party} re-INVITE in a hook`, session, {});
    else void watch.refresh(`${party} UPDATE in a hook`, session, { method: 'UPDATE', media: 'none' });
  };
  const present = (session: Session, hook: string): void => {
    if (failed.has(session)) watch.complain(`${hook} of a supplement whose sessionBegin failed`);
  };
  return {
    name: 'moody',
    admitSession: () => moody.question('admitSession', () => (moody.chance(mood.refuse / 4) ? reply(403) : undefined)),
    sessionBegin: (session) => {
      if (moody.chance(mood.fail)) {
        failed.add(session);
        throw new Injected('sessionBegin');
      }
      watch.began(`moody of ${party}`, session);
      meddle(session);
    },
    sessionEnd: (session) => {
      present(session, 'sessionEnd');
      watch.heardEnd(`moody of ${party}`, session);
      moody.news('sessionEnd');
    },
    incomingRequest: (session, request) => {
      present(session, 'incomingRequest');
      meddle(session);
      const { method, initial } = request;
      return moody.question(`incomingRequest ${method}`, () => {
        if (method === 'ACK' || method === 'CANCEL' || method === 'BYE' || !moody.chance(initial ? mood.refuse / 4 : mood.refuse))
          return undefined;
        if (method !== 'UPDATE' && random.chance(0.3)) {
          clock.after(random.integer(8000), () => {
            try {
              session.sendResponse(request, random.chance(0.5) ? 486 : 503);
            } catch {
              // its time was over, or the session
            }
          });
          return 'later';
        }
        return refusal();
      });
    },
    incomingResponse: (session, { status, request, origin }) => {
      present(session, 'incomingResponse');
      meddle(session);
      moody.news('incomingResponse');
      const again = status >= 400 && origin === 'remote' && request.method !== 'BYE' && moody.chance(mood.refuse);
      return again ? retry({ headers: { 'X-Again': '1' } }) : undefined;
    },
    outgoingRequest: (session, request) => {
      present(session, 'outgoingRequest');
      request.headers.set('X-Attempt', String(request.attempt));
      moody.news('outgoingRequest');
    },
    outgoingResponse: (session, response) => {
      present(session, 'outgoingResponse');
      response.headers.set('X-Mood', 'good');
      moody.news('outgoingResponse');
    },
    redirected: (session, targets) => {
      present(session, 'redirected');
      if (!moody.chance(mood.divert ?? 0)) return moody.question('redirected', () => undefined);
      if (random.chance(0.1)) return new Promise(() => {});
      return moody.question('redirected', () => random.pick([targets, [...targets, ...targets], []]), 0.3);
    },
    mediaChanged: (session) => {
      present(session, 'mediaChanged');
      meddle(session);
      moody.news('mediaChanged');
    },
  };
}

export interface MoodyHandler extends SdpHandler<PlainStream> {
  readonly live: number;
}

export type Kind = 'audio' | 'video';
const CODECS: Readonly<Record<Kind, { readonly formats: readonly string[]; readonly lines: readonly string[] }>> = {
  audio: { formats: ['0', '8'], lines: ['a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000'] },
  video: { formats: ['96'], lines: ['a=rtpmap:96 VP8/90000'] },
};

/** Streams on numbered ports; now and then one moves to another. */
export function moodyHandler(host: MoodHost, kind: Kind, name = `moody-${kind}`): MoodyHandler {
  const { mood, random, watch } = host;
  const moody = new Moody(host);
  const streams = new Set<PlainStream>();
  let port = 20_000 + 2 * random.integer(2000);
  const carry = (exchange: Exchange): void => {
    if (exchange.cookies.get(watch.cookie) === undefined) exchange.cookies.set(watch.cookie, watch.newCookie());
  };
  /** Whose line it is, it stays. */
  const mine = (session: Session, index: number): void => {
    const owner = session.streams.find((view) => view.index === index && view.kind === kind)?.handler;
    if (owner !== undefined && owner !== '' && owner !== name) watch.complain(`${name} is asked about a line of ${owner}`);
  };
  return {
    name,
    get live() {
      return streams.size;
    },
    handleIncomingStream: (session, { remote, exchange, index, current }) => {
      mine(session, index);
      watch.alive(session, 'handleIncomingStream');
      if (remote.port === 0) watch.complain('a declined line was shown to a handler');
      carry(exchange);
      if (current === undefined && moody.chance(mood.pass)) return undefined;
      return moody.question('handleIncomingStream', () => (moody.chance(mood.refuse / 8) ? 'declined' : 'claimed'));
    },
    createOutgoingStream: (session, slot) => {
      watch.alive(session, 'createOutgoingStream');
      mine(session, slot.index);
      if (slot.remote === undefined && slot.current === undefined && moody.chance(mood.pass)) return undefined;
      carry(slot.exchange);
      return moody.question('createOutgoingStream', () => {
        const section = (of: number): MediaSection => {
          return withDirection({ kind, port: of, protocol: slot.protocol ?? 'RTP/AVP', ...CODECS[kind] }, slot.direction);
        };
        const { current } = slot;
        if (current !== undefined && !random.chance(0.1)) {
          if (current.stopped > 0 && !slot.exchange.signal.aborted) watch.complain('a stopped stream is current');
          current.before = current.agreed;
          return { stream: current, section: section(current.port) };
        }
        port += 2;
        const stream: PlainStream = { port, session, agreed: undefined, before: undefined, applied: 0, stopped: 0 };
        streams.add(stream);
        return { stream, section: section(port) };
      });
    },
    applyNegotiatedStream: (session, stream, agreed) => {
      watch.alive(session, 'applyNegotiatedStream');
      if (stream.stopped > 0) watch.complain('a stopped stream is applied');
      stream.applied += 1;
      const turn = stream.applied;
      const apply = (): void => {
        if (turn === stream.applied) stream.agreed = agreed;
      };
      return moody.question('applyNegotiatedStream', apply, mood.unable);
    },
    rollbackStream: (session, stream) => {
      watch.alive(session, 'rollbackStream');
      stream.agreed = stream.before;
      stream.applied += 1;
      moody.news('rollbackStream');
    },
    stopStream: (_session, stream) => {
      stream.stopped += 1;
      if (stream.stopped > 1) watch.complain('a stream was stopped twice');
      streams.delete(stream);
      moody.news('stopStream');
    },
  };
}

/** What of a section the other side has to agree with. */
export function gist(section: MediaSection): string {
  return `${section.kind} ${section.port} ${section.protocol} ${section.formats.join(',')} ${direction(section)}`;
}
