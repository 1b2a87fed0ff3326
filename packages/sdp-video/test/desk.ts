/** The part of the session core, for one video line: asks the handler as the core does, with exchanges and sections made by hand. */
import { direction, type Description, type Direction, type MediaSection } from '@jackfield/sdp';
import type {
  Agreed,
  CookieJar,
  CreatedStream,
  Exchange,
  OfferedStream,
  Registration,
  Session,
  SessionService,
  StreamSlot,
} from '@jackfield/session';
import { ManualClock, SeededRandom } from '@jackfield/base/testing';
import { registerVideo, type VideoOptions } from '../src/index.ts';
import type { VideoHandler } from '../src/handler.ts';
import type { RtpVideo } from '../src/rtp-video.ts';

export const OUR_ADDRESS = '192.0.2.9';
export const PEER_ADDRESS = '192.0.2.1';

/** A description with one section: `offer('m=video 4000 RTP/AVP 96', 'a=sendonly')`. */
export function described(media: string, ...lines: string[]): Description {
  const [kind = '', port = '', protocol = '', ...formats] = media.slice(2).split(' ');
  return { lines: [`c=IN IP4 ${PEER_ADDRESS}`], sections: [{ kind, port: Number(port), protocol, formats, lines }] };
}

export class Desk {
  readonly clock: ManualClock;
  readonly session: Session;
  handler!: VideoHandler;
  /** What the core would keep as active. */
  stream: RtpVideo | undefined;
  readonly #controllers = new WeakMap<Exchange, AbortController>();

  constructor(options: VideoOptions, setting: { clock?: ManualClock; codecs?: readonly string[] } = {}) {
    this.clock = setting.clock ?? new ManualClock();
    this.session = { endpoint: { name: 'peer', trusted: false, codecs: setting.codecs } } as Session;
    const stack = { clock: this.clock, random: new SeededRandom(1) };
    const registerSdpHandler = (handler: VideoHandler): Registration => {
      this.handler = handler;
      return { unregister: () => {}, [Symbol.dispose]: () => {} };
    };
    registerVideo({ stack, registerSdpHandler } as unknown as SessionService, options);
  }

  exchange(role: Exchange['role'], remote?: Description): Exchange {
    const controller = new AbortController();
    const exchange = { role, remote, cookies: {} as CookieJar, signal: controller.signal };
    this.#controllers.set(exchange, controller);
    return exchange;
  }

  giveUp(exchange: Exchange): void {
    this.#controllers.get(exchange)!.abort();
  }

  claims(offer: Description): boolean {
    const remote = offer.sections[0]!;
    const exchange = this.exchange('answerer', offer);
    const offered: OfferedStream<RtpVideo> = {
      index: 0,
      mid: '0',
      kind: remote.kind,
      remote,
      current: this.stream,
      exchange,
      bundle: undefined,
    };
    return this.handler.handleIncomingStream(this.session, offered) === 'claimed';
  }

  async create(
    exchange: Exchange,
    wanted: Direction = 'sendrecv',
    localAddress = OUR_ADDRESS,
    protocol?: string,
  ): Promise<CreatedStream<RtpVideo> | undefined> {
    const remote = exchange.role === 'answerer' ? exchange.remote?.sections[0] : undefined;
    const base = { index: 0, mid: '0', kind: 'video', bundle: undefined };
    const slot: StreamSlot<RtpVideo> = { ...base, protocol, direction: wanted, localAddress, remote, current: this.stream, exchange };
    return this.handler.createOutgoingStream(this.session, slot);
  }

  apply(stream: RtpVideo, local: MediaSection, exchange: Exchange): void {
    const dialog = { callId: 'c', localTag: 'a', remoteTag: 'b', remoteAllow: new Set<string>(), remoteSupported: new Set<string>() };
    const agreed: Agreed = { local, remote: exchange.remote!.sections[0]!, exchange, dialog };
    this.handler.applyNegotiatedStream(this.session, stream, agreed);
    this.stream = stream;
  }

  /** A whole exchange in which the peer offers. @returns our section. */
  async answer(offer: Description, wanted?: Direction): Promise<MediaSection> {
    const exchange = this.exchange('answerer', offer);
    const { stream, section } = (await this.create(exchange, wanted))!;
    this.apply(stream, section, exchange);
    return section;
  }

  /** A whole exchange in which we offer. @returns our section. */
  async offer(answer: Description, wanted?: Direction): Promise<MediaSection> {
    const exchange = this.exchange('offerer');
    const { stream, section } = (await this.create(exchange, wanted))!;
    this.apply(stream, section, { ...exchange, remote: answer });
    return section;
  }

  /** The peer hangs up. */
  stop(): void {
    this.handler.stopStream(this.session, this.stream!);
  }
}

/** What an m= line and its attributes say, in short: `0 8 101 | sendrecv`. */
export const short = (section: MediaSection): string => `${section.formats.join(' ')} | ${direction(section)}`;
