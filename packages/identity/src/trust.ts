/** Whose identity is believed, and who may be shown one that is restricted (RFC 3325 §1: the trust domain). */
import type { NameAddr } from '@jackfield/sip';
import type { Endpoint } from '@jackfield/session';

/** How `getIdentity` reads one message. */
export interface IdentityPolicy {
  /** Whether the peer's P-Asserted-Identity and Remote-Party-ID count. */
  readonly trusted: boolean;
  /** Who this peer is by our own configuration; goes before From, and counts when its URI has a user part. */
  readonly configured?: NameAddr | undefined;
}

/** Nobody is believed, and no peer is known. */
export const UNTRUSTED: IdentityPolicy = Object.freeze({ trusted: false });

/** Whether a peer belongs to the trust domain. */
export type Trust = (endpoint: Endpoint) => boolean;

export function trustEndpoint(endpoint: Endpoint): boolean {
  return endpoint.trusted;
}
