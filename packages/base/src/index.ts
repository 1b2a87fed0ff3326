export { SipError, isSipError, type SipErrorCode, type SipErrorMap } from './errors.ts';
export { isPromise } from './awaitable.ts';
export { systemClock, type Clock } from './clock.ts';
export { systemRandom, randomToken, type Random } from './random.ts';
export { Diagnostics, watch, type DiagnosticsMap } from './diagnostics.ts';
export type {
  Address,
  DatagramOptions,
  DatagramReceiver,
  DatagramSocket,
  Network,
  StreamConnection,
  StreamListener,
  StreamReceiver,
} from './network.ts';
