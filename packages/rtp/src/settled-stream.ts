/**
 * A stream whose settings come from exchanges that may fail (RFC 3264 §8): applied, put back, closed once. It owns the transport, and makes the
 * `RtpStream` when first settings are known. Knows no SDP; what `Settings` adds to them is the owner's.
 */
import type { SipError } from '@jackfield/base';
import type { RtpPorts } from './ports.ts';
import type { RtpStream } from './stream.ts';
import type { StreamMedia } from './stream-options.ts';
import type { MediaTransport, RemoteMedia } from './transport.ts';

/** What one exchange settles. */
export interface MediaSettings {
  readonly media: StreamMedia;
  /** Undefined: the peer names no place to send to. */
  readonly remote: RemoteMedia | undefined;
}

/** For SDP handlers: what `applyNegotiatedStream`, `rollbackStream` and `stopStream` do to a stream. */
export class SettledStream<Settings extends MediaSettings> {
  readonly transport: MediaTransport;
  readonly #ports: RtpPorts;
  readonly #onError: (error: SipError) => void;
  #rtp: RtpStream | undefined;
  #settings: Settings | undefined;
  /** What to go back to; the same object as `#settings` while nothing is under way. */
  #kept: Settings | undefined;
  #closed = false;

  /**
   * With ports of its own. A value at once where nothing is bound.
   *
   * @param exchange - for which it is opened. When that is given up before anything was applied, the ports are given back, and while they are being
   * bound, undefined comes of it: nobody else knows of the stream then.
   * @throws {@link SipError} as `RtpPorts.open`.
   */
  static open<Settings extends MediaSettings>(
    ports: RtpPorts,
    localAddress: string,
    exchange: { readonly signal: AbortSignal },
    onError: (error: SipError) => void,
    bindAddress?: string,
  ): SettledStream<Settings> | Promise<SettledStream<Settings> | undefined> {
    const opened = ports.open(localAddress, bindAddress);
    if (!('then' in opened)) return new SettledStream<Settings>(ports, opened, onError);
    return opened.then((transport) => {
      const stream = new SettledStream<Settings>(ports, transport, onError);
      const giveUp = (): void => {
        if (stream.#settings === undefined) stream.close();
      };
      exchange.signal.addEventListener('abort', giveUp, { once: true });
      if (exchange.signal.aborted) giveUp();
      return stream.#closed ? undefined : stream;
    });
  }

  constructor(ports: RtpPorts, transport: MediaTransport, onError: (error: SipError) => void) {
    this.#ports = ports;
    this.transport = transport;
    this.#onError = onError;
  }

  /** Undefined before the first settings. */
  get rtp(): RtpStream | undefined {
    return this.#rtp;
  }

  /** Those that hold now. */
  get settings(): Settings | undefined {
    return this.#settings;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** An exchange begins: what holds now is what `revert` comes back to. Changes nothing that runs. */
  keep(): void {
    this.#kept = this.#settings;
  }

  /** Numbers, listeners and what plays go on. Ignored after `close`. @throws {@link SipError} `RTP_OPTION_RANGE`, with the old settings in force. */
  apply(settings: Settings): void {
    if (this.#closed) return;
    if (this.#rtp === undefined) this.#rtp = this.#ports.stream(this.transport, { media: settings.media, onError: this.#onError });
    else this.#rtp.remap(settings.media);
    this.transport.setRemote(settings.remote);
    this.#settings = settings;
  }

  /** The exchange has failed. Does nothing where none of it was applied. */
  revert(): void {
    const kept = this.#kept;
    if (kept !== undefined && kept !== this.#settings) this.apply(kept);
  }

  /** Stops the stream, says goodbye to the peer, and gives the ports back; once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rtp?.stop();
    this.transport.close();
  }
}
