export { createSipStack, coreOf } from './stack.ts';
export type { Capabilities, DialogUsage, InitialRequest, Refusal, ResponseContent, SipCore, SipStackOptions } from './core.ts';
export { isReply, isRetry, reply, retry } from './contract.ts';
export type { Decision, MessageFilter, Nothing, Order, Registration, Reply, Retry, SipService, SipStack } from './contract.ts';
export type { SipCoreErrors } from './errors.ts';

export type {
  Awaitable,
  Body,
  DialogView,
  HeaderInit,
  Headers,
  IncomingRequest,
  IncomingResponse,
  ListenOptions,
  Method,
  NameAddr,
  Origin,
  OutgoingRequest,
  OutgoingResponse,
  ReadonlyHeaders,
  Stats,
  Uri,
} from './messages/model.ts';
export { canonicalName } from './messages/names.ts';
export { isKnownMethod } from './messages/methods.ts';
export { Parameters } from './messages/parameters.ts';
export { OtherUri, parseUri, SipUri, TelUri, uriEquals } from './messages/uri.ts';
export { formatNameAddr, parseNameAddr, parseNameAddrList, type Party } from './messages/name-addr.ts';
export { parseVia, type Via } from './messages/via.ts';
export { HeaderList } from './messages/headers.ts';
export { SipRequest, SipResponse } from './messages/message.ts';
export {
  readAccept,
  readContentType,
  readDate,
  readInteger,
  readList,
  readParameterised,
  readParameterisedList,
  readQ,
  readRAck,
  readRetryAfter,
  readSeconds,
  readTimestamp,
  readTokens,
  type Parameterised,
} from './messages/typed-headers.ts';
export { reasonPhrase } from './messages/status.ts';
export { parseMessage, type Limits, type Verdict } from './messages/parse.ts';
export { writeMessage } from './messages/write.ts';
export { buildResponse } from './messages/build.ts';
export { joinMultipart, splitMultipart, type Part } from './messages/multipart.ts';

export type { Flow, Target, Transport, TransportKind } from './transport/transport.ts';
export type { PassingMessage } from './transport/reception.ts';
export { udp } from './transport/udp.ts';
export { tcp } from './transport/tcp.ts';

export type {
  ClientState,
  ClientTransaction,
  ClientTransactionUser,
  ServerState,
  ServerTransaction,
  ServerTransactionUser,
  TransactionFailure,
} from './transactions/transaction.ts';
export type { TransactionLayer } from './transactions/layer.ts';
export type { TimerBase } from './transactions/timers.ts';
export type { Dialog, DialogRequestInit, DialogUser } from './dialogs/dialog.ts';
export type { DialogLayer } from './dialogs/layer.ts';
