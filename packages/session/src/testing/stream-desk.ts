/** The part of the session core for one m= line: asks an SDP handler as the core does, with exchanges and sections made by hand. No messages, no dialog. */
import { ManualClock, SeededRandom } from '@jackfield/base/testing';
import { registration, type Awaitable, type Registration, type SipStack } from '@jackfield/sip';
import type { CodecPolicy, Description, Direction, MediaSection } from '@jackfield/sdp';
import type { Exchange } from '../contract/media.ts';
import type { Agreed, CreatedStream, OfferedStream, SdpHandler, StreamSlot } from '../contract/sdp-handler.ts';
import type { Session } from '../contract/session.ts';
import type { SessionService } from '../contract/service.ts';
import { OwnExchange } from '../calls/exchange.ts';

/** Where the streams of a desk are, and where its peer is. */
export const OUR_ADDRESS = '192.0.2.9';
/** In c= of what {@link described} makes. */
export const PEER_ADDRESS = '192.0.2.1';

/** A description with one section: `described('m=audio 4000 RTP/AVP 0', 'a=sendonly')`. */
export function described(media: string, ...lines: string[]): Description {
  const [kind = '', port = '', protocol = '', ...formats] = media.slice(2).split(' ');
  return { lines: [`c=IN IP4 ${PEER_ADDRESS}`], sections: [{ kind, port: Number(port), protocol, formats, lines }] };
}

/** For `StreamDesk`. */
export interface StreamDeskOptions {
  readonly clock?: ManualClock | undefined;
  /** Of the endpoint. */
  readonly codecs?: readonly string[] | undefined;
  readonly codecPolicy?: CodecPolicy | undefined;
}

/** For tests of an SDP handler alone: one line, exchange after exchange. */
export class StreamDesk<Stream> {
  readonly clock: ManualClock;
  /** What a handler may look at outside a call: the endpoint. */
  readonly session: Session;
  readonly handler: SdpHandler<Stream>;
  /** What the core would keep as active. */
  stream: Stream | undefined;
  readonly #kind: string;
  readonly #exchanges = new WeakMap<Exchange, OwnExchange>();

  /** @param register - the registration hook of the package under test, with its options */
  constructor(kind: string, register: (sessions: SessionService) => Registration, options: StreamDeskOptions = {}) {
    const { clock = new ManualClock(), codecs, codecPolicy } = options;
    this.clock = clock;
    this.#kind = kind;
    this.session = { endpoint: { name: 'peer', trusted: false, codecs, codecPolicy } } as Session;
    let taken: SdpHandler | undefined;
    register(new RegisteringService(clock, (handler) => (taken = handler)));
    if (taken === undefined) throw new Error(`no SDP handler was registered for ${kind}`);
    this.handler = taken as SdpHandler<Stream>; // the caller names what its handler makes
  }

  exchange(role: Exchange['role'], remote?: Description): Exchange {
    const own = new OwnExchange(role, remote, (error) => {
      throw error;
    });
    this.#exchanges.set(own, own);
    return own;
  }

  giveUp(exchange: Exchange): void {
    this.#exchanges.get(exchange)!.end('aborted');
  }

  /** Whether the handler claims the first line of an offer. */
  async claims(offer: Description): Promise<boolean> {
    const remote = offer.sections[0]!;
    const offered: OfferedStream<Stream> = {
      index: 0,
      mid: '0',
      kind: remote.kind,
      remote,
      localAddress: OUR_ADDRESS,
      current: this.stream,
      exchange: this.exchange('answerer', offer),
      bundle: undefined,
    };
    return (await this.handler.handleIncomingStream(this.session, offered)) === 'claimed';
  }

  async create(
    exchange: Exchange,
    wanted: Direction = 'sendrecv',
    localAddress = OUR_ADDRESS,
    protocol?: string,
  ): Promise<CreatedStream<Stream> | undefined> {
    const remote = exchange.role === 'answerer' ? exchange.remote?.sections[0] : undefined;
    const base = { index: 0, mid: '0', kind: this.#kind, bindAddress: localAddress, bundle: undefined };
    const slot: StreamSlot<Stream> = { ...base, protocol, direction: wanted, localAddress, remote, current: this.stream, exchange };
    const made = await this.handler.createOutgoingStream(this.session, slot);
    return typeof made === 'object' ? made : undefined;
  }

  /** @param remote - the peer's description, where the exchange does not have it: the answer to our offer */
  apply(stream: Stream, local: MediaSection, exchange: Exchange, remote?: Description): Awaitable<void> {
    if (remote !== undefined) this.#exchanges.get(exchange)!.remote = remote;
    const dialog = { callId: 'c', localTag: 'a', remoteTag: 'b', remoteAllow: new Set<string>(), remoteSupported: new Set<string>() };
    const agreed: Agreed = { local, remote: exchange.remote!.sections[0]!, exchange, dialog, bundle: undefined };
    const applied = this.handler.applyNegotiatedStream(this.session, stream, agreed);
    this.stream = stream;
    return applied;
  }

  /** A whole exchange in which the peer offers. @returns our section. */
  async answer(offer: Description, wanted?: Direction): Promise<MediaSection> {
    const exchange = this.exchange('answerer', offer);
    const { stream, section } = (await this.create(exchange, wanted))!;
    await this.apply(stream, section, exchange);
    return section;
  }

  /** A whole exchange in which we offer. @returns our section. */
  async offer(answer: Description, wanted?: Direction): Promise<MediaSection> {
    const exchange = this.exchange('offerer');
    const { stream, section } = (await this.create(exchange, wanted))!;
    await this.apply(stream, section, exchange, answer);
    return section;
  }

  /** The peer hangs up. */
  stop(): void {
    this.handler.stopStream(this.session, this.stream!);
  }
}

const noCalls = (): never => {
  throw new Error('a stream desk has no calls');
};

/** A service of which a handler package uses one verb, and the stack's clock and random source. */
class RegisteringService implements SessionService {
  readonly stack: SipStack;
  readonly sessions: readonly Session[] = [];
  readonly find = noCalls;
  readonly onIncoming = noCalls;
  readonly invite = noCalls;
  readonly create = noCalls;
  readonly registerSupplement = noCalls;
  readonly #take: (handler: SdpHandler) => void;

  constructor(clock: ManualClock, take: (handler: SdpHandler) => void) {
    this.stack = {
      clock,
      random: new SeededRandom(1),
      registerService: noCalls,
      registerMessageFilter: noCalls,
      sendRequest: noCalls,
      stats: () => this.stats(),
      listen: () => Promise.resolve([]),
      close: () => Promise.resolve(),
    };
    this.#take = take;
  }

  registerSdpHandler<Stream>(handler: SdpHandler<Stream>): Registration {
    this.#take(handler as SdpHandler);
    return registration(() => undefined);
  }

  stats(): { readonly live: Record<string, number>; readonly total: Record<string, number> } {
    return { live: {}, total: {} };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
