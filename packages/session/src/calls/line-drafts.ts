/**
 * Walks m= lines through SDP handlers: what an offer of the peer, our answer to it, or an offer of ours says line by line (RFC 3264 §5, §6, §8). Fills
 * `drafts` as it goes, so that whoever gives up halfway finds what was made. Decides nothing about the exchange.
 */
import { SipError } from '@jackfield/base';
import {
  answerDirection,
  checkAnswer,
  declinedSection,
  direction,
  isDeclined,
  isReachable,
  mid,
  withDirection,
  type Description,
  type MediaSection,
} from '@jackfield/sdp';
import type { StreamInit } from '../contract/media.ts';
import type { SdpHandler } from '../contract/sdp-handler.ts';
import type { Steps } from '../plugins/steps.ts';
import { answerBundles, offerBundles } from './bundles.ts';
import type { OwnBundle } from './own-bundle.ts';
import type { Drafting, StreamCalls, StreamHost } from './stream-calls.ts';
import { limitOf, type StreamLimits } from './stream-limits.ts';
import { draftOf, freshMid, type DraftLine, type Line } from './stream-line.ts';
import { isRemoval, matchWishes, type Wishes } from './stream-wishes.ts';

/** Who takes which line of their offer. @returns whether a line is offered at all, and whether one is taken */
export function* draftTheirs(
  streams: StreamCalls,
  { exchange, drafts }: Drafting,
  remote: Description,
  lines: readonly Line[],
  bundles: readonly OwnBundle[] | undefined,
  limits: StreamLimits,
): Steps<{ readonly offered: boolean; readonly taken: boolean }> {
  let [offered, taken] = [false, false];
  for (const [index, section] of remote.sections.entries()) {
    const line = lines[index];
    const known = line?.kind === section.kind ? line : undefined;
    const shown = mid(section);
    const declined = isDeclined(section);
    const name = shown ?? nameOf(section, index, declined, line, remote);
    const bundle = shown === undefined || declined ? undefined : bundles?.find(({ mids }) => mids.includes(shown));
    let handler: SdpHandler | undefined;
    let passed = false;
    let fits = false;
    if (!declined) {
      offered = true;
      passed = known?.active === true && known.live === undefined;
      fits = passed && answers(known!.local, section);
      if (!passed && (known?.live !== undefined || isWithin(limits, section.kind, drafts, lines)))
        handler = yield* streams.claim(exchange, index, name, section, known?.live, bundle);
      taken ||= fits || handler !== undefined;
    }
    const current = known?.live?.handler === handler ? known?.live : undefined;
    drafts.push({
      kind: section.kind,
      protocol: section.protocol,
      mid: name,
      midShown: shown !== undefined,
      handler,
      current,
      wanted: known?.wanted ?? 'sendrecv',
      active: passed || handler !== undefined,
      standing: handler !== undefined || known?.standing === true,
      live: undefined,
      section: fits ? withDirection(known!.local, answerDirection(direction(section, remote), known!.wanted)) : undefined,
      bundle,
    });
  }
  return { offered, taken };
}

/** The lines of our answer, with the streams that are made for it. Lines that nobody takes are declined. */
export function* draftAnswer(
  streams: StreamCalls,
  drafting: Drafting,
  remote: Description,
  asked: readonly StreamInit[],
  bundles: readonly OwnBundle[] | undefined,
): Steps<void> {
  const { drafts } = drafting;
  const wishes = asked.length === 0 ? undefined : matchWishes(drafts, asked, ANY_NUMBER);
  for (const [index, draft] of drafts.entries()) {
    const section = remote.sections[index]!;
    const wish = wishes?.at[index];
    if (wish?.direction !== undefined) draft.wanted = wish.direction;
    const allowed = answerDirection(direction(section, remote), draft.wanted);
    if (wish !== undefined && isRemoval(wish)) draft.active = draft.standing = false;
    else if (wish?.section !== undefined) passThrough(draft, wish.section);
    else if (draft.handler !== undefined) yield* streams.create(drafting, draft, index, draft.handler, allowed, section);
    else if (draft.section === undefined) draft.active = false; // what was given for it does not answer this
    if (!draft.active) draft.section = declinedSection(section);
  }
  if (bundles !== undefined) answerBundles(bundles, drafting, remote, (live) => streams.stop(live));
}

/** The lines of an offer of ours: those there are, each in its place, then those asked for beyond them. */
export function* draftOffer(streams: StreamCalls, drafting: Drafting, lines: readonly Line[], wishes: Wishes): Steps<void> {
  const { drafts } = drafting;
  const isTaken = (name: string): boolean => lines.some((line) => line.mid === name) || drafts.some((draft) => draft.mid === name);
  for (const [index, line] of lines.entries()) {
    const wish = wishes.at[index];
    const again = wish !== undefined && !line.active;
    const name = !again ? line.mid : (wish.mid ?? freshMid(line.kind, index, line.mid, isTaken));
    const draft = draftOf(line.kind, wish?.protocol ?? line.protocol, name, line.midShown, line, wish);
    if (wish !== undefined && isRemoval(wish)) draft.section = wish.section;
    else if (wish?.section !== undefined) passThrough(draft, wish.section);
    else if (line.live !== undefined) yield* streams.create(drafting, draft, index, line.live.handler, draft.wanted, undefined);
    else if (line.active) passThrough(draft, withDirection(line.local, draft.wanted));
    else if (wish !== undefined) yield* streams.createByFirst(drafting, draft, index);
    draft.section ??= declinedSection(line.local);
    drafts.push(draft);
  }
  for (const wish of wishes.added) {
    const index = drafts.length;
    const given = wish.mid ?? (wish.section === undefined ? undefined : mid(wish.section));
    const shown = given !== undefined && !isTaken(given);
    const name = shown ? given : freshMid(wish.kind, index, undefined, isTaken);
    const draft = draftOf(wish.kind, wish.protocol ?? '', name, shown, undefined, wish);
    if (wish.section !== undefined) passThrough(draft, wish.section);
    else yield* streams.createByFirst(drafting, draft, index);
    if (draft.active) drafts.push(draft);
  }
  if (drafts.some(({ bundle }) => bundle !== undefined)) offerBundles(drafting);
}

/** Of an answer the offer says how many lines there are. */
const ANY_NUMBER: StreamLimits = new Map();

/** The name of a line of theirs that has none: as it was, unless its place is used for another stream. */
function nameOf({ kind }: MediaSection, index: number, declined: boolean, line: Line | undefined, offer: Description): string {
  if (line?.kind === kind && (line.active || declined)) return line.mid;
  return freshMid(kind, index, line?.mid, (name) => offer.sections.some((section) => mid(section) === name));
}

/** Whether one more of the kind may be taken, with those that are there and are asked for again. */
function isWithin(limits: StreamLimits, kind: string, drafts: readonly DraftLine[], lines: readonly Line[]): boolean {
  let taken = 0;
  for (const draft of drafts) if (draft.kind === kind && draft.handler !== undefined) taken += 1;
  for (let at = drafts.length; at < lines.length; at += 1) if (lines[at]!.kind === kind && lines[at]!.live !== undefined) taken += 1;
  return taken < limitOf(limits, kind);
}

/** Whether what the application gave for a line can answer what they offer on it now: its transport, and a format of it (RFC 3264 §6, RFC 6337 §5.2.3). */
function answers(given: MediaSection, offered: MediaSection): boolean {
  const fault = checkAnswer({ lines: [], sections: [offered] }, { lines: [], sections: [given] });
  return fault === undefined || fault.rule === 'direction';
}

/** Why nothing of an offer is taken: `warning` for what the peer is told of it. */
export function nothingClaimed({ handlers, localAddress }: StreamHost, remote: Description, lines: readonly Line[]): SipError {
  const offered = remote.sections.filter((section) => !isDeclined(section));
  const known = offered.filter(({ kind }) => handlers.forKind(kind).length > 0 || lines.some((line) => line.active && line.kind === kind));
  const reachable = known.some((section) => isReachable(section, remote, localAddress));
  const warning = known.length === 0 ? 304 : reachable ? 305 : 301;
  const why = offered.length === 0 ? {} : ({ warning } as const);
  return new SipError('SESSION_NEGOTIATION', 'no handler takes any stream of the offer', { rule: 'nothing-claimed', ...why });
}

/** What the application brings of its own. */
function passThrough(draft: DraftLine, section: MediaSection): void {
  draft.section = section;
  draft.active = section.port !== 0;
  draft.standing = false;
}
