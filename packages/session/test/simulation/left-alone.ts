/** A party is out of reach for longer than a refresh takes, and hangs up meanwhile: nothing but their refreshes tells its peers. */
import type { SeededRandom } from '@jackfield/base/testing';
import { REFRESH_MS } from './refreshing.ts';
import type { Leg } from './session-watch.ts';
import type { Stage } from './stage.ts';
import { peerOf } from './standing.ts';

/** 64·T1: a refresh that nobody answers. */
export const GIVE_UP_MS = 32_000;
/** Of a BYE that nobody answers, on either side. */
const HANG_UP_MS = 40_000;
/** `reinviteMs`: so long a re-INVITE that was given a 100 stays, and what is asked for meanwhile waits behind it. */
const REINVITE_MS = 60_000;

/** Where nothing that was asked for is under way, though perhaps a re-INVITE of the core's own, and every call is refreshed by UPDATE. */
export async function leaveAlone({ bed, watch }: Stage, random: SeededRandom): Promise<void> {
  const standing = watch.legs.filter(({ session }) => session.state === 'established');
  if (standing.length === 0) return;
  const { party: name } = random.pick(standing);
  const { host } = bed.parties.find((party) => party.name === name)!;
  const others = bed.parties.map((party) => party.host).filter((other) => other !== host);
  const partition = bed.network.partition(host, others);
  const goneAt = bed.clock.now();
  const gone = standing.filter(({ party }) => party === name);
  const left = gone.map(({ session }) => peerOf(session, standing)).filter((leg): leg is Leg => leg !== undefined && leg.party !== name);
  for (const { session } of gone) void watch.track(`${name} end out of reach`, 'sure', session.end());
  await bed.clock.advance(REFRESH_MS + GIVE_UP_MS);
  const unaware = left.filter(({ session }) => session.state === 'established').map((leg) => ({ leg, until: inviteOverAt(leg, goneAt) }));
  for (const { leg, until } of unaware.toSorted((one, other) => one.until - other.until)) {
    await bed.clock.advance(Math.max(0, until - bed.clock.now()));
    if (leg.session.state === 'established') watch.complain(`${leg.party}: no refresh told it that it is alone`);
  }
  await bed.clock.advance(HANG_UP_MS);
  partition[Symbol.dispose]();
}

/** When a re-INVITE that left before the peer was gone is given up, which tells its sender in place of the refresh behind it; 0: there is none. */
function inviteOverAt({ invitedAt }: Leg, goneAt: number): number {
  return invitedAt === undefined || invitedAt > goneAt ? 0 : invitedAt + REINVITE_MS + GIVE_UP_MS;
}
