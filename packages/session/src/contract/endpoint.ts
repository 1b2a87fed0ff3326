/** The peer that a session is with: what is known of it, how it is recognised, and what we expect of it. */
import type { CodecPolicy } from '@jackfield/sdp';
import type { CredentialSource, DigestAuthenticator, DigestClientOptions, TransportKind } from '@jackfield/sip';
import type { Reliability } from './reliability.ts';

/**
 * What becomes of an established call whose connection (TCP, TLS, WebSocket) is gone. `'keep'`: it waits for the next request, of either side, which goes by
 * another one. `'refresh'`: at once an UPDATE where the peer allows it, else a re-INVITE, goes by another one, so that the peer knows the new way; at most
 * once in 64·T1. Where nobody is reached the call goes on, as after any request of ours. `'end'`: BYE, by whatever way there is.
 */
export type FlowLost = 'keep' | 'refresh' | 'end';

/** Of calls with this peer, in place of the service's own. */
export interface EndpointTimers {
  /** How long a call may go without a final answer, ms. */
  readonly ringMs?: number | undefined;
  /** The same for a re-INVITE of ours. */
  readonly reinviteMs?: number | undefined;
  /** How long the application has to answer a late offer, ms. */
  readonly answerOfferMs?: number | undefined;
}

/** For a peer behind a NAT, which shows addresses that lead nowhere. On streams both happen anyway. */
export interface EndpointNat {
  /** Requests inside a call leave for where the peer was last heard from, and not for its Contact. A route set, of proxies on the way, is kept. Default false. */
  readonly requestsToSource?: boolean | undefined;
  /** Responses leave for the port that the request came from, also where it asks for no `rport` (RFC 3581). Default false. */
  readonly responsesToSource?: boolean | undefined;
}

/** The peer as configured or recognised (identified before admission). */
export interface Endpoint {
  /** For logs. Of the profiles of a service each has its own, else SESSION_OPTION. */
  readonly name: string;
  /** Whether what it asserts of identities is believed (RFC 3325). */
  readonly trusted: boolean;
  /** Who we are to it: for its challenges to our INVITE and to all requests inside the call. The stack's own unless given. */
  readonly credentials?: CredentialSource | DigestClientOptions | undefined;
  /** Encoding names that handlers may use with it, best first; all of theirs unless given. */
  readonly codecs?: readonly string[] | undefined;
  /** Which codecs SDP handlers say to it, and in which order, in place of their own policy. */
  readonly codecPolicy?: CodecPolicy | undefined;
  /**
   * What a 3xx does when no supplement decides; `'end'` unless given. Another host that it leads to, past no Route of ours, is no such endpoint: the session's is then
   * named by that host and not trusted, is shown neither P-Asserted-Identity nor Remote-Party-ID where this one is trusted or Privacy is asked for, and gets of
   * `credentials` those that name their realm.
   */
  readonly redirects?: 'end' | 'follow' | undefined;
  /** Challenges its INVITEs, whatever transport they come by; `false`: nobody does. The service's own unless given. */
  readonly authenticate?: DigestAuthenticator | false | undefined;
  /**
   * Whose passwords prove that it is this one, exactly as credentials name them; that of anybody else is a wrong one. Unless given: those of `match.user`;
   * without these any that the authenticator knows, where `match` has an address or a certificate, and the `name` where it has neither. Realms are not looked at:
   * one authenticator for several has no user twice.
   */
  readonly usernames?: string | readonly string[] | undefined;
  /** Challenges what it sends inside a call as well, BYE too; ACK and CANCEL cannot be. Default false. */
  readonly authenticateInDialog?: boolean | undefined;
  /** Networks and addresses that its INVITEs may come from, by the source of the packet; from elsewhere no password is right. Default: everywhere. */
  readonly allowFrom?: readonly string[] | undefined;
  /** Of calls with it, in place of the service's own. */
  readonly reliable?: Reliability | undefined;
  /** How long calls with it may ring, and wait. */
  readonly timers?: EndpointTimers | undefined;
  /** What becomes of a call with it whose connection is gone; the service's own unless given. */
  readonly flowLost?: FlowLost | undefined;
  /** For one behind a NAT. */
  readonly nat?: EndpointNat | undefined;
}

/** What a request is recognised by, in the order in which it is tried. */
export type EndpointIdentifier = 'address' | 'user' | 'header' | 'requestUri' | 'certificate';

/**
 * What an INVITE has to be to come from this endpoint: everything that is named here; of a list, one. `user`, `header` and `requestUri` are the
 * sender's own word.
 */
export interface EndpointMatch {
  /** Addresses or networks (`192.0.2.0/24`) of the packet's source. */
  readonly address?: string | readonly string[] | undefined;
  /** User part of the URI in From, escapes undone, case counts. */
  readonly user?: string | readonly string[] | undefined;
  /** A field with exactly this value, or one that fits. */
  readonly header?: { readonly name: string; readonly value: string | RegExp } | undefined;
  /** A URI: scheme, user and host have to be the same, and the port where it names one. Or what fits its text. */
  readonly requestUri?: string | RegExp | undefined;
  /** By which its INVITE came. */
  readonly transport?: TransportKind | readonly TransportKind[] | undefined;
  /** A name in the certificate that the peer of the connection showed, and whose chain was found good. */
  readonly certificate?: string | readonly string[] | undefined;
}

/** An endpoint with how it is recognised. Without `match` it is for calls of ours alone. */
export interface EndpointProfile extends Endpoint {
  /** Everything that is named has to hold. */
  readonly match?: EndpointMatch | undefined;
}
