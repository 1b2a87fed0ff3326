/** Reads all that can be read of a message, each header by the reader that is made for it. */
import { bodyParts, partOfContentId, partOfType } from '../../src/messages/body-parts.ts';
import { parseMediaType } from '../../src/messages/body.ts';
import type { SipRequest, SipResponse } from '../../src/messages/message.ts';
import type { Uri } from '../../src/messages/model.ts';
import { splitMultipart, type Part } from '../../src/messages/multipart.ts';
import { parseNameAddrList, Party } from '../../src/messages/name-addr.ts';
import { canonicalName } from '../../src/messages/names.ts';
import { Parameters } from '../../src/messages/parameters.ts';
import {
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
} from '../../src/messages/typed-headers.ts';
import { OtherUri, SipUri, TelUri } from '../../src/messages/uri.ts';
import { HeaderList } from '../../src/messages/headers.ts';
import { isOutbound, readGruu, readGruus, readInstanceId, readRegId } from '../../src/messages/values/outbound.ts';
import { readUriHeaders } from '../../src/messages/values/uri-headers.ts';
import { readTyped, typedReaders } from './typed-readers.ts';

type Reader = (headers: HeaderList, name: string) => number;

const addresses: Reader = (headers, name) => {
  const parties = parseNameAddrList(headers.getAll(name));
  return parties === undefined ? 0 : 1 + readParties(parties);
};
const tokens: Reader = (headers, name) => readTokens(headers, name).length;
const list: Reader = (headers, name) => readList(headers, name).length;
const one: Reader = (headers, name) => readParameters(readParameterised(headers, name)?.parameters);
const several: Reader = (headers, name) =>
  readParameterisedList(headers, name).reduce((sum, { parameters }) => sum + readParameters(parameters), 0);
const integer: Reader = (headers, name) => readInteger(headers, name) ?? -1;

/** What is called for each message, each address or each URI. */
export const called: ReadonlySet<unknown> = new Set([
  ...typedReaders,
  isOutbound,
  readGruu,
  readGruus,
  readInstanceId,
  readRegId,
  readUriHeaders,
]);

/** By the accessors of the message. */
const already: Reader = () => 0;

/** By canonical name; all others are lists of something. */
const READERS: Readonly<Record<string, Reader>> = {
  From: already,
  To: already,
  Contact: already,
  Route: already,
  'Record-Route': already,
  'Refer-To': addresses,
  'Referred-By': addresses,
  'Reply-To': addresses,
  'P-Asserted-Identity': addresses,
  'P-Preferred-Identity': addresses,
  'Remote-Party-ID': addresses,
  Diversion: addresses,
  'History-Info': addresses,
  Path: addresses,
  'Service-Route': addresses,
  'Call-Info': addresses,
  'Alert-Info': addresses,
  'Error-Info': addresses,
  Allow: tokens,
  Supported: tokens,
  Require: tokens,
  'Proxy-Require': tokens,
  Unsupported: tokens,
  'Content-Encoding': tokens,
  'Accept-Encoding': several,
  'Accept-Language': several,
  'Allow-Events': several,
  Reason: several,
  'Accept-Contact': several,
  'Security-Client': several,
  'Content-Disposition': one,
  Event: one,
  'Subscription-State': one,
  'Session-Expires': one,
  Replaces: one,
  Join: one,
  'Target-Dialog': one,
  'Max-Forwards': integer,
  Expires: integer,
  'Min-Expires': integer,
  'Min-SE': integer,
  'Content-Length': integer,
  RSeq: integer,
  Accept: (headers) => readAccept(headers)?.length ?? 0,
  'Content-Type': (headers) => readParameters(readContentType(headers)?.parameters),
  Date: (headers) => readDate(headers) ?? 0,
  Timestamp: (headers) => readTimestamp(headers)?.seconds ?? 0,
  RAck: (headers) => readRAck(headers)?.sequence ?? 0,
  'Retry-After': (headers) => readRetryAfter(headers)?.seconds ?? 0,
};

function readParameters(parameters: Parameters | undefined): number {
  if (parameters === undefined) return 0;
  let sum = 1;
  for (const [name, value] of parameters.entries()) sum += name.length + (value?.length ?? 0);
  return sum + parameters.toString().length + readQ(parameters) + (readSeconds(parameters, 'expires') ?? 0);
}

function readUri(uri: Uri): number {
  let sum = uri.toString().length + uri.scheme.length + uri.host.length + (uri.user?.length ?? 0);
  if (uri instanceof SipUri) {
    sum += (uri.userDecoded?.length ?? 0) + (uri.password?.length ?? 0) + uri.hostname.length + (uri.port ?? 0);
    sum += (uri.transport?.length ?? 0) + (uri.headers?.length ?? 0) + (uri.lr ? 1 : 0) + readParameters(uri.parameters);
    const inside = readUriHeaders(uri);
    for (const [name, value] of inside?.entries() ?? []) sum += name.length + value.length;
    sum += (readGruu(uri)?.instance?.length ?? 0) + (isOutbound(uri) ? 1 : 0);
  } else if (uri instanceof TelUri) sum += uri.digits.length + readParameters(uri.parameters);
  return sum;
}

function readParties(parties: readonly Party[]): number {
  let sum = 0;
  for (const party of parties) {
    sum += readUri(party.uri) + (party.displayName?.length ?? 0) + (party.tag?.length ?? 0);
    sum += readParameters(party.parameters) + party.toString().length;
    sum += (readRegId(party.parameters) ?? 0) + (readInstanceId(party.parameters)?.length ?? 0);
    const gruus = readGruus(party.parameters);
    sum += (gruus.public?.toString().length ?? 0) + (gruus.temporary?.toString().length ?? 0);
  }
  return sum;
}

/** All of a value that a typed reader gave. */
function weigh(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null) return Number(value ?? 0);
  if (value instanceof Party) return readParties([value]);
  if (value instanceof Parameters) return readParameters(value);
  if (value instanceof SipUri || value instanceof TelUri || value instanceof OtherUri) return readUri(value);
  if (value instanceof HeaderList) return value.size;
  if (value instanceof Uint8Array) return value.length;
  let sum = 0;
  if (value instanceof Map || value instanceof Set || Array.isArray(value)) for (const one of value) sum += weigh(one);
  else for (const one of Object.values(value)) sum += weigh(one);
  return sum;
}

function readHeaders(headers: HeaderList): number {
  let sum = 0;
  for (const [name, value] of headers.entries()) sum += name.length + value.length;
  for (const name of headers.names()) {
    const canonical = canonicalName(name);
    sum += (READERS[canonical] ?? list)(headers, name);
    for (const value of readTyped(headers, canonical)) sum += weigh(value);
  }
  return sum;
}

function readParts(parts: readonly Part[] | undefined, maxParts: number, depth: number): number {
  let sum = 0;
  for (const { headers, body } of parts ?? []) {
    sum += readHeaders(headers) + body.bytes.length;
    if (depth > 0) sum += readParts(splitMultipart(body, { maxParts }), maxParts, depth - 1);
  }
  return sum;
}

/** @returns a number in which all that was read takes part: two readings of the same bytes give the same */
export function readEverything(message: SipRequest | SipResponse, maxParts = 32): number {
  let sum = message.kind === 'request' ? message.method.length + readUri(message.uri) : message.status + message.reason.length;
  for (const via of message.vias) {
    sum += via.transport.length + via.host.length + (via.port ?? 0) + (via.branch?.length ?? 0) + (via.received?.length ?? 0);
    sum += (via.maddr?.length ?? 0) + (via.ttl ?? 0) + Number(via.rport ?? 0) + readParameters(via.parameters) + via.toString().length;
  }
  sum += readParties([message.from, message.to]) + readParties(message.routes) + readParties(message.recordRoutes);
  const { contacts } = message;
  if (contacts !== undefined && contacts !== '*') sum += readParties(contacts);
  sum += message.callId.length + message.cseq.sequence + message.cseq.method.length + (message.maxForwards ?? -1);
  sum += readHeaders(message.headers) + message.content.length;
  const { body } = message;
  if (body === undefined) return sum;
  if (parseMediaType(body.type) === undefined) throw new Error(`${body.type} was read, and is no media type`);
  for (const [name, value] of Object.entries(body.parameters ?? {})) sum += name.length + value.length;
  const parts = bodyParts(body, message.headers, { maxParts }) ?? [];
  for (const part of parts) sum += (partOfType(parts, part.body.type)?.body.bytes.length ?? 0) + part.inside.length;
  const ids = message.headers.getAll('Content-ID');
  sum += partOfContentId(parts, ids[0] ?? 'cid:%41')?.body.bytes.length ?? 0;
  return sum + readParts(splitMultipart(body, { maxParts }), maxParts, 2);
}
