/** Every typed reader of messages/values, by the header that it reads. */
import type { HeaderList } from '../../src/messages/headers.ts';
import { readOptionTags } from '../../src/messages/option-tags.ts';
import {
  readAddress,
  readAddresses,
  readAssertedIdentity,
  readContact,
  readPreferredIdentity,
  readWellFormed,
} from '../../src/messages/values/addresses.ts';
import { readContentDisposition, readContentId, readMimeVersion, readPreferences } from '../../src/messages/values/content.ts';
import { readEntityTag, readEvent, readSubscriptionState } from '../../src/messages/values/events.ts';
import { readIdentities } from '../../src/messages/values/identity.ts';
import { readInfoReferences, readInReplyTo, readPriority, readWarnings } from '../../src/messages/values/notes.ts';
import { readRSeq } from '../../src/messages/values/numbers.ts';
import { readContactPreferences, readRequestDisposition } from '../../src/messages/values/preferences.ts';
import { readPrivacy, readRemotePartyId } from '../../src/messages/values/privacy.ts';
import { readReasons } from '../../src/messages/values/reason.ts';
import { readDiversions, readHistoryInfo } from '../../src/messages/values/retargeting.ts';
import { readMediaAuthorization, readSecurityMechanisms } from '../../src/messages/values/security.ts';
import { readMinSE, readSessionExpires } from '../../src/messages/values/session-timer.ts';
import { readReferredBy, readReferSub, readReferTo, readReplaces, readTargetDialog } from '../../src/messages/values/transfer.ts';
import { readUserToUser } from '../../src/messages/values/user-to-user.ts';

type TypedReader = (headers: HeaderList, name: never) => unknown;

const READERS: readonly (readonly [reader: TypedReader, ...names: string[]])[] = [
  [readAddress, 'Refer-To', 'Referred-By', 'Reply-To', 'From', 'To'],
  [readAddresses, 'Route', 'Record-Route', 'Path', 'Service-Route'],
  [readWellFormed, 'History-Info', 'Diversion', 'Remote-Party-ID', 'Call-Info'],
  [readContact, 'Contact'],
  [readAssertedIdentity, 'P-Asserted-Identity'],
  [readPreferredIdentity, 'P-Preferred-Identity'],
  [readOptionTags, 'Supported', 'Require', 'Unsupported', 'Proxy-Require'],
  [readContentDisposition, 'Content-Disposition'],
  [readContentId, 'Content-ID'],
  [readMimeVersion, 'MIME-Version'],
  [readPreferences, 'Accept-Encoding', 'Accept-Language'],
  [readEvent, 'Event'],
  [readSubscriptionState, 'Subscription-State'],
  [readEntityTag, 'SIP-ETag', 'SIP-If-Match'],
  [readIdentities, 'Identity'],
  [readInfoReferences, 'Alert-Info', 'Call-Info', 'Error-Info'],
  [readWarnings, 'Warning'],
  [readInReplyTo, 'In-Reply-To'],
  [readPriority, 'Priority'],
  [readRSeq, 'RSeq'],
  [readContactPreferences, 'Accept-Contact', 'Reject-Contact'],
  [readRequestDisposition, 'Request-Disposition'],
  [readPrivacy, 'Privacy'],
  [readRemotePartyId, 'Remote-Party-ID'],
  [readReasons, 'Reason'],
  [readHistoryInfo, 'History-Info'],
  [readDiversions, 'Diversion'],
  [readSecurityMechanisms, 'Security-Client', 'Security-Server', 'Security-Verify'],
  [readMediaAuthorization, 'P-Media-Authorization'],
  [readSessionExpires, 'Session-Expires'],
  [readMinSE, 'Min-SE'],
  [readReplaces, 'Replaces'],
  [readTargetDialog, 'Target-Dialog'],
  [readReferTo, 'Refer-To'],
  [readReferredBy, 'Referred-By'],
  [readReferSub, 'Refer-Sub'],
  [readUserToUser, 'User-to-User'],
];

/** Of headers; those of parameters and URIs are called with each of these that is met. */
export const typedReaders: ReadonlySet<unknown> = new Set(READERS.map(([reader]) => reader));

const byName = new Map<string, TypedReader[]>();
for (const [reader, ...names] of READERS) {
  for (const name of names) byName.set(name.toLowerCase(), [...(byName.get(name.toLowerCase()) ?? []), reader]);
}

/** What the typed readers of that header find. @param name - canonical */
export function readTyped(headers: HeaderList, name: string): readonly unknown[] {
  return byName.get(name.toLowerCase())?.map((reader) => reader(headers, name as never)) ?? [];
}
