/** Which identity a message gives (RFC 3325 §5, §8): asserted ones from those we trust, then the configured one, then From. Pure. */
import type { IncomingRequest, IncomingResponse, NameAddr, Party, Uri } from '@jackfield/sip';
import { readFrom, readParties, readPrivacy, type PrivacyRequest } from './headers.ts';
import { digitsOf, isAnonymous, numberOf, type Identity, type IdentitySource, type Presentation } from './identity.ts';
import { UNTRUSTED, type IdentityPolicy } from './trust.ts';

const NONE: readonly NameAddr[] = [];

/**
 * Who sent `message`. Without `policy.trusted` only From and the configured identity count. A response has no sender of its own in From: it gives
 * an identity only when one is asserted or configured. Never throws.
 */
export function getIdentity(message: IncomingRequest | IncomingResponse, policy: IdentityPolicy = UNTRUSTED): Identity | undefined {
  const { headers } = message;
  const privacy = readPrivacy(headers);
  const asserted = policy.trusted ? readParties(headers, 'P-Asserted-Identity') : NONE;
  if (policy.trusted) {
    const vouched = asserted.find(isCallable);
    if (vouched !== undefined) return identityOf(vouched, 'P-Asserted-Identity', privacy, asserted, true);
    const remote = readParties(headers, 'Remote-Party-ID').find(isCallable);
    if (remote !== undefined)
      return identityOf(remote, 'Remote-Party-ID', remotePrivacy(remote, privacy), asserted, says(remote, 'screen', 'yes'));
  }
  const { configured } = policy;
  if (configured !== undefined && isCallable(configured)) return identityOf(configured, 'endpoint', privacy, asserted, true);
  if ('status' in message) return undefined;
  const from = readFrom(headers);
  return from === undefined ? undefined : identityOf(from, 'From', privacy, asserted, false);
}

function identityOf(
  address: NameAddr,
  source: IdentitySource,
  privacy: PrivacyRequest,
  asserted: readonly NameAddr[],
  screened: boolean,
): Identity {
  const { uri } = address;
  const number = numberOf(uri);
  return {
    uri,
    number,
    digits: number === undefined ? undefined : digitsOf(number),
    name: address.displayName === '' ? undefined : address.displayName,
    presentation: presentationOf(uri, number, privacy),
    source,
    screened,
    asserted,
    privacyUnknown: privacy.unknown,
  };
}

/** `unknown.invalid` is what gateways write when the network gave no number. */
function presentationOf(uri: Uri, number: string | undefined, privacy: PrivacyRequest): Presentation {
  if (privacy.restricted || isAnonymous(uri)) return 'restricted';
  return number === undefined || uri.host.toLowerCase() === 'unknown.invalid' ? 'unavailable' : 'allowed';
}

function isCallable({ uri }: NameAddr): boolean {
  return (uri.scheme === 'sip' || uri.scheme === 'sips' || uri.scheme === 'tel') && numberOf(uri) !== undefined;
}

function remotePrivacy(party: Party, privacy: PrivacyRequest): PrivacyRequest {
  return says(party, 'privacy', 'full') ? { restricted: true, unknown: false } : privacy;
}

function says(party: Party, parameter: string, value: string): boolean {
  return party.parameters.get(parameter)?.toLowerCase() === value;
}
