/** INVITEs through the real parser, on their way to admission. */
import type { SessionIntent } from '@jackfield/session';
import { intentFor, request, sessionWith } from '../../identity/test/fakes.ts';

export function intentFrom(
  caller: string,
  { lines = [], trusted = false }: { lines?: readonly string[]; trusted?: boolean } = {},
): SessionIntent {
  return intentFor(sessionWith({ name: 'peer', trusted }, 'incoming'), request([`From: ${caller};tag=b1`, ...lines]));
}

export function outgoingIntent(): SessionIntent {
  return intentFor(sessionWith({ name: 'peer', trusted: false }, 'outgoing'));
}
