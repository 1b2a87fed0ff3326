export { createSessionService, type SessionServiceOptions } from './service.ts';
export type { NegotiationNews, SessionDiagnostics, SessionNews } from './diagnostics.ts';
export { defineCookie, type CookieJar, type CookieKey } from './cookies.ts';
export type { SessionErrors } from './errors.ts';
export type { HookRun } from './plugins/hooks.ts';
export { passThrough } from './calls/pass-through.ts';

export { driverCookie, type Driver } from './contract/driver.ts';
export { defineEndpoint } from './endpoints/define-endpoint.ts';
export { defineHeaderSupplement, type HeaderOccasion, type HeaderSupplementInit } from './plugins/header-supplement.ts';
export { defineInfoSupplement, type InfoHandler, type InfoSupplementInit } from './plugins/info-supplement.ts';
export { authenticatedUser, type GateOptions } from './endpoints/gate.ts';
export type { FlowNews } from './calls/lost-flow.ts';
export type { CallSettings, EarlyMediaOptions } from './calls/call-options.ts';
export type { Reliability } from './contract/reliability.ts';
export type { SessionService } from './contract/service.ts';
export type {
  Channel,
  InviteOptions,
  RefreshOutcome,
  ReinviteOptions,
  RequestOptions,
  ResponseInit,
  Session,
  SessionEnd,
  SessionState,
  StreamOf,
} from './contract/session.ts';
export type {
  Endpoint,
  EndpointIdentifier,
  EndpointMatch,
  EndpointNat,
  EndpointProfile,
  EndpointTimers,
  FlowLost,
} from './contract/endpoint.ts';
export type { SessionIntent, Supplement } from './contract/supplement.ts';
export type { Agreed, CreatedStream, OfferedStream, SdpHandler, StreamSlot } from './contract/sdp-handler.ts';
export type { BundleGroup, Exchange, MediaChange, MediaInit, StreamInit, StreamView } from './contract/media.ts';
export type { StreamKind, StreamKinds } from './contract/stream-kinds.ts';

export {
  causeOf,
  causeOfStatus,
  formatNameAddr,
  isReply,
  isRetry,
  parseNameAddr,
  parseNameAddrList,
  parseUri,
  readTokens,
  registration,
  reply,
  retry,
  statusOfCause,
} from '@jackfield/sip';
export type {
  Awaitable,
  Body,
  Decision,
  DialogView,
  HeaderInit,
  Headers,
  IncomingRequest,
  IncomingResponse,
  Method,
  NameAddr,
  Nothing,
  Order,
  Origin,
  OutgoingRequest,
  OutgoingResponse,
  ReadonlyHeaders,
  Registration,
  Reply,
  Retry,
  SipStack,
  Stats,
  Uri,
} from '@jackfield/sip';
export type { Description, Direction, MediaSection } from '@jackfield/sdp';
