/** Keeps the peer's identity on its session, and writes ours into what we send. */
import { parseUri, type Headers, type IncomingRequest, type IncomingResponse, type NameAddr } from '@jackfield/sip';
import { defineCookie, type Endpoint, type Session, type Supplement } from '@jackfield/session';
import { getIdentity } from './get-identity.ts';
import { readPrivacy } from './headers.ts';
import type { Identity } from './identity.ts';
import { localIdentity, writeIdentity, type IdentityHeader, type LocalIdentity } from './outgoing.ts';
import { trustEndpoint, type Trust } from './trust.ts';

/** For `registerIdentity`. */
export interface IdentityOptions {
  /** Whose P-Asserted-Identity and Remote-Party-ID count; `endpoint.trusted` unless given. */
  readonly trusted?: Trust | undefined;
  /** Who a peer is by our own configuration, whatever its From says. */
  readonly configured?: ((endpoint: Endpoint) => NameAddr | undefined) | undefined;
  /** The peer became another in the course of the call: connected identity (RFC 4916 and its PAI forerunners). Not called for the first one of a caller. */
  readonly onUpdate?: ((session: Session, identity: Identity, before: Identity | undefined) => void) | undefined;
  /** Who we say we are where `setIdentity` said nothing. What it throws keeps the request from leaving. */
  readonly local?: ((session: Session) => LocalIdentity | undefined) | undefined;
  /** How our identity is written; `['P-Asserted-Identity']` unless given. */
  readonly headers?: readonly IdentityHeader[] | undefined;
  /** Who is shown an identity that is restricted; as `trusted` unless given. */
  readonly trustedOutbound?: Trust | undefined;
  /** The From of restricted calls to all others; `"Anonymous" <sip:anonymous@anonymous.invalid>` unless given. */
  readonly anonymous?: NameAddr | undefined;
}

/** The peer's identity, once a message gave one: of an incoming session from admission on. */
export const identityCookie = defineCookie<Identity>('identity');

/** Asked for once, it holds for the call: a refresh, which has no such header, must not tell what the INVITE hid. */
const privacyAsked = defineCookie<true>('identity.privacy');

const ANONYMOUS: NameAddr = { displayName: 'Anonymous', uri: parseUri('sip:anonymous@anonymous.invalid')! };

export function identitySupplement(options: IdentityOptions = {}): Supplement {
  const { trusted = trustEndpoint, configured, onUpdate, local, headers: names = ['P-Asserted-Identity'] } = options;
  const { trustedOutbound = trusted, anonymous = ANONYMOUS } = options;

  function read(endpoint: Endpoint, message: IncomingRequest | IncomingResponse): Identity | undefined {
    return getIdentity(message, { trusted: trusted(endpoint), configured: configured?.(endpoint) });
  }

  function update(session: Session, message: IncomingRequest | IncomingResponse): void {
    const identity = read(session.endpoint, message);
    const before = session.cookies.get(identityCookie);
    if (identity === undefined || (before !== undefined && !supersedes(identity, before))) return;
    session.cookies.set(identityCookie, identity);
    onUpdate?.(session, identity, before);
  }

  function write(session: Session, headers: Headers, initial: boolean): void {
    if (readPrivacy(headers).restricted) session.cookies.set(privacyAsked, true);
    writeIdentity(headers, session.cookies.get(localIdentity) ?? local?.(session), {
      privacy: session.cookies.get(privacyAsked) === true,
      trusted: trustedOutbound(session.endpoint),
      headers: names,
      party: session.direction === 'outgoing' ? 'calling' : 'called',
      anonymous: initial ? anonymous : undefined,
    });
  }

  return {
    name: '@jackfield/identity',
    methods: ['INVITE', 'UPDATE'],
    order: 'early',
    admitSession(intent) {
      if (intent.request === undefined) return;
      const identity = read(intent.endpoint, intent.request);
      if (identity !== undefined) intent.cookies.set(identityCookie, identity);
    },
    incomingRequest(session, request) {
      if (!request.initial) update(session, request);
    },
    incomingResponse(session, response) {
      if (response.origin === 'remote' && isAbout(response.status)) update(session, response);
    },
    outgoingRequest(session, request) {
      write(session, request.headers, request.initial);
    },
    outgoingResponse(session, response) {
      if (isAbout(response.status)) write(session, response.headers, false);
    },
  };
}

/** 18x and 2xx tell who answers; a failure does not. */
function isAbout(status: number): boolean {
  return status > 100 && status < 300;
}

/** A message that asserts nothing takes nothing back; one that says the same again is no news. */
function supersedes(identity: Identity, before: Identity): boolean {
  if (isAsserted(before) && !isAsserted(identity)) return false;
  return (
    identity.name !== before.name || identity.presentation !== before.presentation || identity.uri.toString() !== before.uri.toString()
  );
}

function isAsserted({ source }: Identity): boolean {
  return source === 'P-Asserted-Identity' || source === 'Remote-Party-ID';
}
