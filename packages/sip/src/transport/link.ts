/** What a connection's flow runs over, and what that reports: a bare stream, one that TLS made, or a WebSocket. */
import type { StreamConnection, StreamReceiver } from '@jackfield/base';
import type { PeerCertificate } from './transport.ts';

/** A connection on which messages can pass. */
export interface Link extends StreamConnection {
  /** Who the peer is, as the handshake proved. */
  readonly proved?: PeerCertificate | undefined;
  /** Below SIP, where there is such a thing; pings and pongs of the peer are told as data of no bytes. */
  ping?(): void;
}

/** Who hears what a link carries. Where the link alone knows, it says so by the two that are optional. */
export interface LinkReceiver extends StreamReceiver {
  /** A message has begun and is not whole yet. @param pieces - in which it has come so far. */
  partial?(pieces: number): void;
  /** The peer says that it ends, or broke the rules: nothing passes any more. `closed` comes later. */
  ending?(error?: Error): void;
}
