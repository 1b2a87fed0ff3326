/** What calls for `sips` in our Contact (RFC 3261 §8.1.1.8, §12.1.1, RFC 5630 §4). How such a Contact is written is contact.ts's. Pure. */
import type { SipRequest } from '../messages/message.ts';
import type { Uri } from '../messages/model.ts';

export const isSips = (uri: Uri | undefined): boolean => uri?.scheme === 'sips';

/** A request of theirs: its Request-URI; the topmost Record-Route, or where there is none the Contact, since our requests go there. */
export function asksForSips({ uri, recordRoutes, contacts }: SipRequest): boolean {
  if (isSips(uri)) return true;
  const back = recordRoutes[0] ?? (contacts === '*' ? undefined : contacts?.[0]);
  return isSips(back?.uri);
}
