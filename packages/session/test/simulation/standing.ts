/** Calls that stand: both sides have them, see the same streams, and the handlers run these. */
import type { MediaSection } from '@jackfield/sdp';
import { gist, type MoodyHandler, type PlainStream } from './moods.ts';
import type { Session } from '@jackfield/session';
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
  const other = peerOf(session, legs);
  if (other?.session.state !== 'established')
    return mayBeAlone ? [] : [`${party} is established, its peer is ${other?.session.state ?? 'not there'}`];
  const mine = session.streams.map(({ index, local }) => whole(index, local)).join(' | ');
  const theirs = other.session.streams.map(({ index, remote }) => whole(index, remote)).join(' | ');
  return mine === theirs ? [] : [`${party} sent ${mine}, ${other.party} has ${theirs}`];
}

/** All that a description says of a stream, and where. */
const whole = (index: number, section: MediaSection): string => `${index} ${JSON.stringify(section)}`;

/** The other side of its dialog, where that is among them. */
export function peerOf({ dialog: { callId, localTag, remoteTag } }: Session, legs: readonly Leg[]): Leg | undefined {
  return legs.find(({ session: { dialog } }) => dialog.callId === callId && dialog.localTag === remoteTag && dialog.remoteTag === localTag);
}

/** Of calls that were established on both sides: how much later than the other, in ms, the second side ended; `now` when it has not yet. */
export function* delays(legs: readonly Leg[], now: number): Iterable<{ readonly party: string; readonly ms: number }> {
  for (const { endedAt, stood, session } of legs) {
    const other = stood && endedAt !== undefined ? peerOf(session, legs) : undefined;
    if (other?.stood !== true) continue;
    const ms = (other.endedAt ?? now) - endedAt!;
    if (ms >= 0) yield { party: other.party, ms };
  }
}
