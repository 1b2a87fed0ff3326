/** Calls that stand: both sides have them, see the same streams, and the handlers run these. */
import { gist, type MoodyHandler, type PlainStream } from './moods.ts';
import type { Leg } from './session-watch.ts';

/**
 * What is wrong with them at the moment. A refresh under way may explain it.
 *
 * @param mayBeAlone - one side may have ended without the other's having heard
 */
export function disagreements(legs: readonly Leg[], handlers: readonly MoodyHandler[], mayBeAlone = false): string[] {
  const wrong: string[] = [];
  const standing = legs.filter(({ session }) => session.state === 'established');
  const running = handlers.reduce((sum, { live }) => sum + live, 0);
  const shown = standing.reduce((sum, { session }) => sum + session.streams.length, 0);
  const settled = legs.every(({ session }) => session.state === 'established' || session.state === 'ended');
  if (settled && running !== shown) wrong.push(`handlers run ${running} streams, sessions show ${shown}`);
  for (const leg of standing) wrong.push(...asRun(leg), ...asSeenThere(leg, legs, mayBeAlone));
  return wrong;
}

function asRun({ party, session }: Leg): string[] {
  return session.streams.flatMap(({ local, remote, stream }) => {
    const { agreed, stopped } = stream as PlainStream;
    if (stopped > 0) return [`${party}: a stream in use is stopped`];
    if (agreed !== undefined && gist(agreed.local) === gist(local) && gist(agreed.remote) === gist(remote)) return [];
    return [`${party}: the handler runs ${agreed && gist(agreed.local)}, the session says ${gist(local)}`];
  });
}

function asSeenThere({ party, session }: Leg, legs: readonly Leg[], mayBeAlone: boolean): string[] {
  const { callId, localTag, remoteTag } = session.dialog;
  const other = legs.find(
    ({ session: { dialog } }) => dialog.callId === callId && dialog.localTag === remoteTag && dialog.remoteTag === localTag,
  );
  if (other?.session.state !== 'established')
    return mayBeAlone ? [] : [`${party} is established, its peer is ${other?.session.state ?? 'not there'}`];
  const mine = session.streams.map(({ local }) => gist(local)).join(' | ');
  const theirs = other.session.streams.map(({ remote }) => gist(remote)).join(' | ');
  return mine === theirs ? [] : [`${party} sent ${mine}, ${other.party} has ${theirs}`];
}
