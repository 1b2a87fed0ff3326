/** Options that TCP, TLS and WebSockets share, read and checked. */
import type { Network } from '@jackfield/base';
import type { FlowLimits } from './connection-flow.ts';
import type { HalfOpenLimits } from './half-open.ts';
import { checkPlace } from './place.ts';
import { positive } from './positive.ts';
import type { TransportOptions } from './transport.ts';

export interface StreamOptions extends TransportOptions {
  /** In place of the stack's. */
  readonly network?: Network | undefined;
  /** ms until an attempt to connect is given up, handshakes and all; 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** ms from the first to the last byte of a message; 10,000. */
  readonly messageTimeoutMs?: number | undefined;
  /** ms in which a peer that connected has sent its first message, whole; 32,000. Counted from the end of the handshake, where there is one. */
  readonly firstMessageTimeoutMs?: number | undefined;
  /** ms without a byte from the peer after which a connection is closed; 3,600,000, so that calls and registrations outlast it. */
  readonly idleTimeoutMs?: number | undefined;
  /** Bytes that wait for a peer which does not read, before it is cut; 1 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  /** ms between keep-alives of ours, of which each comes at 80 to 100 % of that. None unless given. */
  readonly keepAliveMs?: number | undefined;
  /** ms after such a keep-alive in which a peer that says nothing is cut; 10,000 (RFC 5626 §4.4.1). */
  readonly pongTimeoutMs?: number | undefined;
}

/** Of what is cut into messages by Content-Length. */
export interface FramedOptions extends StreamOptions {
  /** Bytes of a header block; 32 KiB. */
  readonly maxHeadBytes?: number | undefined;
}

/** Of what begins with a handshake. */
export interface HandshakeOptions {
  /** ms in which the handshakes of a peer that connected are over; 10,000. */
  readonly handshakeTimeoutMs?: number | undefined;
  /** Peers whose handshake is under way, at most; 500. Then one that takes over a second is given up for another. */
  readonly maxHandshakes?: number | undefined;
  /** Of them, of one source (a host; of IPv6 a /64 network); 50. */
  readonly maxHandshakesPerHost?: number | undefined;
}

export interface Times {
  readonly connectTimeoutMs: number;
  readonly limits: Omit<FlowLimits, 'maxMessageBytes'>;
  readonly halfOpen: HalfOpenLimits;
}

/** @throws SIP_OPTION for what is no positive integer, and as {@link checkPlace} does. */
export function readTimes(options: FramedOptions & HandshakeOptions): Times {
  checkPlace(options);
  const { keepAliveMs } = options;
  return {
    connectTimeoutMs: positive('connectTimeoutMs', options.connectTimeoutMs, 10_000),
    limits: {
      messageTimeoutMs: positive('messageTimeoutMs', options.messageTimeoutMs, 10_000),
      firstMessageTimeoutMs: positive('firstMessageTimeoutMs', options.firstMessageTimeoutMs, 32_000),
      idleTimeoutMs: positive('idleTimeoutMs', options.idleTimeoutMs, 3_600_000),
      maxBufferedBytes: positive('maxBufferedBytes', options.maxBufferedBytes, 1024 * 1024),
      maxHeadBytes: positive('maxHeadBytes', options.maxHeadBytes, 32 * 1024),
      keepAliveMs: keepAliveMs === undefined ? undefined : positive('keepAliveMs', keepAliveMs, 1),
      pongTimeoutMs: positive('pongTimeoutMs', options.pongTimeoutMs, 10_000),
    },
    halfOpen: {
      handshakeTimeoutMs: positive('handshakeTimeoutMs', options.handshakeTimeoutMs, 10_000),
      maxHandshakes: positive('maxHandshakes', options.maxHandshakes, 500),
      maxHandshakesPerHost: positive('maxHandshakesPerHost', options.maxHandshakesPerHost, 50),
    },
  };
}
