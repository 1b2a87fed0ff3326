/** Calls on their way to admission. */
import type { SessionIntent } from '@jackfield/session';
import { incomingRequest, looseIntent, looseSession } from '@jackfield/session/testing';
import type { HeaderInit } from '@jackfield/sip';

export function intentFrom(
  caller: string,
  { headers = {}, trusted = false }: { headers?: HeaderInit; trusted?: boolean } = {},
): SessionIntent {
  const session = looseSession({ endpoint: { name: 'peer', trusted }, direction: 'incoming' });
  return looseIntent(session, incomingRequest('INVITE', { From: `${caller};tag=b1`, ...headers }, { initial: true }));
}

export function outgoingIntent(): SessionIntent {
  return looseIntent(looseSession({ endpoint: { name: 'peer', trusted: false }, direction: 'outgoing' }));
}
