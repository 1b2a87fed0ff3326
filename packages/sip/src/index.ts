export { createSipStack, coreOf } from './stack.ts';
export type { Capabilities, DialogUsage, Refusal, RepeatableRequest, ResponseContent, SipCore, SipStackOptions } from './core.ts';
export { isReply, isRetry, registration, reply, retry } from './contract.ts';
export type { Decision, MessageFilter, Nothing, Order, Registration, Reply, Retry, SipService, SipStack } from './contract.ts';
export { insertInOrder, isOrder } from './order.ts';
export type { SipCoreErrors } from './errors.ts';
export type { Spoken } from './spoken.ts';

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
  Source,
  Stats,
  Uri,
} from './messages/model.ts';
export { canonicalName } from './messages/names.ts';
export { isKnownMethod } from './messages/methods.ts';
export { newCallId, newTag } from './messages/tags.ts';
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
export { causeOf, causeOfStatus, statusOfCause } from './messages/cause.ts';
export { parseMessage, type Limits, type ParseOptions, type Rule, type Verdict } from './messages/parse.ts';
export { writeMessage } from './messages/write.ts';
export { buildResponse } from './messages/build.ts';
export { joinMultipart, splitMultipart, type MultipartLimits, type Part } from './messages/multipart.ts';
export { sessionPartOf } from './messages/body-handling.ts';
export { bodyParts, partOfContentId, partOfType, type BodyPart } from './messages/body-parts.ts';
export { parseMediaType, textBody, type MediaType } from './messages/body.ts';

export { OPTION_TAGS, readOptionTags, type OptionTag } from './messages/option-tags.ts';
export type { ParameterInit } from './messages/values/elements.ts';
export {
  formatAddress,
  readAddress,
  readAddresses,
  readAssertedIdentity,
  readContact,
  readPreferredIdentity,
} from './messages/values/addresses.ts';
export {
  formatContentDisposition,
  formatContentId,
  readContentDisposition,
  readContentId,
  readMimeVersion,
  readPreferences,
  type ContentDisposition,
} from './messages/values/content.ts';
export {
  formatEvent,
  formatSubscriptionState,
  readEntityTag,
  readEvent,
  readSubscriptionState,
  type EventType,
  type SubscriptionState,
} from './messages/values/events.ts';
export { formatIdentity, parseIdentity, readIdentities, type SignedIdentity } from './messages/values/identity.ts';
export {
  formatInfoReference,
  formatInReplyTo,
  formatPriority,
  formatWarning,
  readInfoReferences,
  readInReplyTo,
  readPriority,
  readWarnings,
  type InfoReference,
  type Warning,
} from './messages/values/notes.ts';
export { formatDate, formatRAck, formatRetryAfter, formatTimestamp, readRSeq } from './messages/values/numbers.ts';
export { formatInstanceId, isOutbound, readGruu, readGruus, readInstanceId, readRegId } from './messages/values/outbound.ts';
export {
  formatContactPreference,
  formatRequestDisposition,
  readContactPreferences,
  readRequestDisposition,
  type ContactPreference,
} from './messages/values/preferences.ts';
export {
  formatPrivacy,
  formatRemotePartyId,
  parsePrivacy,
  readPrivacy,
  readRemotePartyId,
  type PrivacyValue,
  type RemotePartyId,
} from './messages/values/privacy.ts';
export { formatReason, parseReasons, readReasons, type Reason } from './messages/values/reason.ts';
export {
  formatDiversion,
  formatHistoryEntry,
  readDiversions,
  readHistoryInfo,
  type Diversion,
  type DiversionParts,
  type HistoryEntry,
} from './messages/values/retargeting.ts';
export {
  formatSecurityMechanism,
  readMediaAuthorization,
  readSecurityMechanisms,
  type SecurityMechanism,
} from './messages/values/security.ts';
export { formatMinSE, formatSessionExpires, readMinSE, readSessionExpires, type SessionExpires } from './messages/values/session-timer.ts';
export {
  formatReferredBy,
  formatReferTo,
  formatReplaces,
  formatTargetDialog,
  readReferredBy,
  readReferSub,
  readReferTo,
  readReplaces,
  readTargetDialog,
  type ReferredBy,
  type ReferTo,
  type Replaces,
  type TargetDialog,
} from './messages/values/transfer.ts';
export { formatUriHeaders, readUriHeaders } from './messages/values/uri-headers.ts';
export { formatUserToUser, readUserToUser, type UserToUser, type UserToUserParts } from './messages/values/user-to-user.ts';

export type { DropCause, Flow, PeerCertificate, Target, Transport, TransportKind, TransportOptions } from './transport/transport.ts';
export type { ConnectionEnd, ConnectionNews, Drop, PassingMessage } from './transport/news.ts';
export type { DialogNews, Overload, PluginFailure, ResolveEvent, SipDiagnostics, TransactionNews } from './diagnostics.ts';
export { pcapTrace, type PcapTrace, type PcapTraceOptions } from './trace/pcap-trace.ts';
export { udp, type UdpOptions } from './transport/udp.ts';
export { tcp, type TcpOptions } from './transport/tcp.ts';
export { nodeResolver, type NodeResolverOptions } from './transport/resolve/node-resolver.ts';
export type { AddressRecord, NaptrRecord, Resolver, SrvRecord } from './transport/resolve/resolver.ts';
export type { LocateOptions } from './transport/resolve/options.ts';
export type { Targets } from './transport/resolve/targets.ts';
export { tls, type TlsTransportOptions } from './transport/tls.ts';
export { ws, wss, type WsOptions, type WssOptions } from './transport/websocket.ts';
export type { ReloadableTransport, TlsOptions, TlsReload } from './transport/tls-options.ts';
export type { Certificate, Certificates } from './transport/certificates.ts';
export { advertiseOutside, type Advertise, type Shown } from './transport/advertise.ts';

export type {
  ClientState,
  ClientTransaction,
  ClientTransactionUser,
  ServerState,
  ServerTransaction,
  ServerTransactionUser,
  TransactionFailure,
} from './transactions/transaction.ts';
export type { TransactionLayer, TransactionLimits } from './transactions/layer.ts';
export type { LoadLimit, LoadLimits } from './transactions/load.ts';
export type { TimerBase } from './transactions/timers.ts';
export type { Dialog, DialogRequestInit, DialogUser } from './dialogs/dialog.ts';
export type { DialogLayer } from './dialogs/layer.ts';
export type { RequestHandle } from './dialogs/plan.ts';
export type { LongRequestOptions } from './long-requests.ts';
export type { Way } from './dialogs/next-hop.ts';
export { consequenceOf, CONSEQUENCES, type Consequence } from './dialogs/consequence.ts';

export { createDigestAuthenticator, type Challenged, type DigestAuthenticator } from './digest-auth.ts';
export type { Access, DenialCause } from './auth/server.ts';
export type { AuthenticatedRequest, AuthenticatorOptions, StoredSecret } from './auth/server-options.ts';
export { DigestClient, type DigestExchange } from './auth/client.ts';
export type { ChallengeAnswer, ChallengingResponse, DigestClientOptions, GiveUpReason } from './auth/client-options.ts';
export type { Credential, CredentialSource, ProtectionKind } from './auth/keyring.ts';
export { digestHa1, type AlgorithmName, type DigestHash, type DigestRequest, type Qop } from './auth/digest.ts';
export { AuthValue, parseAuthValues, readAuthInfo, readAuthValues, type AuthLimits, type AuthParameter } from './auth/challenge.ts';
