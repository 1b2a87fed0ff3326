/** A party is out of reach for longer than a refresh takes, and hangs up meanwhile: nothing but their refreshes tells its peers. */
import type { SeededRandom } from '@jackfield/base/testing';
import { REFRESH_MS } from './refreshing.ts';
import type { Stage } from './stage.ts';
import { peerOf } from './standing.ts';

/** 64·T1: a refresh that nobody answers. */
export const GIVE_UP_MS = 32_000;
/** Of a BYE that nobody answers, on either side. */
const HANG_UP_MS = 40_000;

/** Where nothing else is under way, and every call is refreshed by UPDATE. */
export async function leaveAlone({ bed, watch }: Stage, random: SeededRandom): Promise<void> {
  const standing = watch.legs.filter(({ session }) => session.state === 'established');
  if (standing.length === 0) return;
  const { party: name } = random.pick(standing);
  const { host } = bed.parties.find((party) => party.name === name)!;
  const others = bed.parties.map((party) => party.host).filter((other) => other !== host);
  const partition = bed.network.partition(host, others);
  const gone = standing.filter(({ party }) => party === name);
  const left = gone.map(({ session }) => peerOf(session, standing)).filter((leg) => leg !== undefined && leg.party !== name);
  for (const { session } of gone) void watch.track(`${name} end out of reach`, 'sure', session.end());
  await bed.clock.advance(REFRESH_MS + GIVE_UP_MS);
  for (const leg of left) if (leg?.session.state === 'established') watch.complain(`${leg.party}: no refresh told it that it is alone`);
  await bed.clock.advance(HANG_UP_MS);
  partition[Symbol.dispose]();
}
