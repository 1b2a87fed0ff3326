/**
 * What calls for `sips` in our Contact (RFC 3261 §8.1.1.8, §12.1.1, RFC 5630 §4), and what a request to `sips` goes to (§8.1.2). How such a Contact is
 * written is contact.ts's. Pure.
 */
import type { SipRequest } from '../messages/message.ts';
import type { Uri } from '../messages/model.ts';
import { SipUri } from '../messages/uri.ts';

export const isSips = (uri: Uri | undefined): boolean => uri?.scheme === 'sips';

/** `sip` as the `sips` that stood in its place if its writer had kept to §12.1.1. What is neither stays. */
export const asSips = (uri: Uri): Uri => (uri instanceof SipUri && uri.scheme === 'sip' ? uri.with({ scheme: 'sips' }) : uri);

/** A request of theirs: its Request-URI; the topmost Record-Route, or where there is none the Contact, since our requests go there. */
export function asksForSips({ uri, recordRoutes, contacts }: SipRequest): boolean {
  if (isSips(uri)) return true;
  const back = recordRoutes[0] ?? (contacts === '*' ? undefined : contacts?.[0]);
  return isSips(back?.uri);
}
