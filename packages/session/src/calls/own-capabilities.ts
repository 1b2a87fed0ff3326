/** What we and our plug-ins can do, as a message says it that makes or refreshes a session (RFC 3261 §13.2.1, §13.3.1.4). */
import type { HeaderList, Spoken } from '@jackfield/sip';
import type { Reliability } from '../contract/reliability.ts';
import { supportedWith } from './reliability.ts';
import { READS } from './sdp-body.ts';

const OWN = READS.join(', ');

/** Allow, Supported and, where it is more than what goes without saying (§20.1), Accept; what the application wrote stays. */
export function showCapabilities(headers: HeaderList, of: { readonly spoken: Spoken; readonly reliable: Reliability }): void {
  const { allow, supported: all, accept } = of.spoken;
  const supported = supportedWith(all, of.reliable);
  if (!headers.has('Allow')) headers.set('Allow', allow);
  if (supported !== '' && !headers.has('Supported')) headers.set('Supported', supported);
  if (accept !== OWN && accept !== '' && !headers.has('Accept')) headers.set('Accept', accept);
}
