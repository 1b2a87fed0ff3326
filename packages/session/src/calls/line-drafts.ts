/**
 * Walks m= lines through SDP handlers: what an offer of the peer, our answer to it, or an offer of ours says line by line (RFC 3264 §5, §6, §8). Fills
 * `drafts` as it goes, so that whoever gives up halfway finds what was made. Decides nothing about the exchange.
 */
import {
  answerDirection,
  declinedSection,
  direction,
  isDeclined,
  mid,
  withDirection,
  type Description,
  type MediaSection,
} from '@jackfield/sdp';
import type { Exchange, StreamInit } from '../contract/media.ts';
import type { SdpHandler } from '../contract/sdp-handler.ts';
import type { Steps } from '../plugins/steps.ts';
import type { StreamCalls } from './stream-calls.ts';
import { draftOf, type DraftLine, type Line } from './stream-line.ts';
import { matchWishes } from './stream-wishes.ts';

export interface Drafting {
  readonly exchange: Exchange;
  readonly drafts: DraftLine[];
}

/** Who takes which line of their offer. @returns whether a line is offered at all, and whether one is taken */
export function* draftTheirs(
  streams: StreamCalls,
  { exchange, drafts }: Drafting,
  remote: Description,
  lines: readonly Line[],
): Steps<{ readonly offered: boolean; readonly taken: boolean }> {
  let [offered, taken] = [false, false];
  for (const [index, section] of remote.sections.entries()) {
    const line = lines[index];
    const known = line?.kind === section.kind ? line : undefined;
    const shown = mid(section);
    const base = {
      kind: section.kind,
      protocol: section.protocol,
      mid: shown ?? known?.mid ?? `${section.kind}-${index}`,
      midShown: shown !== undefined,
    };
    let handler: SdpHandler | undefined;
    let passed = false;
    if (!isDeclined(section)) {
      offered = true;
      passed = known?.active === true && known.live === undefined;
      if (!passed) handler = yield* streams.claim(exchange, index, base.mid, section, known?.live);
      taken ||= passed || handler !== undefined;
    }
    const current = known?.live?.handler === handler ? known?.live : undefined;
    drafts.push({
      ...base,
      handler,
      current,
      wanted: known?.wanted ?? 'sendrecv',
      active: passed || handler !== undefined,
      live: undefined,
      section: passed ? withDirection(known!.local, answerDirection(direction(section, remote), known!.wanted)) : undefined,
    });
  }
  return { offered, taken };
}

/** The lines of our answer, with the streams that are made for it. Lines that nobody takes are declined. */
export function* draftAnswer(
  streams: StreamCalls,
  { exchange, drafts }: Drafting,
  remote: Description,
  localAddress: string,
  asked: readonly StreamInit[],
  sessionLines: Set<string>,
): Steps<void> {
  const wishes = matchWishes(drafts, asked);
  for (const [index, draft] of drafts.entries()) {
    const section = remote.sections[index]!;
    const wish = wishes.at[index];
    if (wish?.direction !== undefined) draft.wanted = wish.direction;
    const allowed = answerDirection(direction(section, remote), draft.wanted);
    if (wish?.section !== undefined) passThrough(draft, wish.section);
    else if (draft.handler !== undefined)
      yield* streams.create(exchange, draft, index, draft.handler, localAddress, allowed, section, sessionLines);
    if (!draft.active) draft.section = declinedSection(section);
  }
}

/** The lines of an offer of ours: those there are, each in its place, then those asked for beyond them. */
export function* draftOffer(
  streams: StreamCalls,
  { exchange, drafts }: Drafting,
  lines: readonly Line[],
  localAddress: string,
  asked: readonly StreamInit[],
  sessionLines: Set<string>,
): Steps<void> {
  const wishes = matchWishes(lines, asked);
  for (const [index, line] of lines.entries()) {
    const wish = wishes.at[index];
    const draft = draftOf(line.kind, wish?.protocol ?? line.protocol, line.mid, line.midShown, line, wish);
    if (wish?.section !== undefined) passThrough(draft, wish.section);
    else if (line.live !== undefined)
      yield* streams.create(exchange, draft, index, line.live.handler, localAddress, draft.wanted, undefined, sessionLines);
    else if (line.active) passThrough(draft, withDirection(line.local, draft.wanted));
    else if (wish !== undefined) yield* streams.createByFirst(exchange, draft, index, localAddress, sessionLines);
    draft.section ??= declinedSection(line.local);
    drafts.push(draft);
  }
  for (const wish of wishes.added) {
    const index = drafts.length;
    const draft = draftOf(wish.kind, wish.protocol ?? '', `${wish.kind}-${index}`, false, undefined, wish);
    if (wish.section !== undefined) passThrough(draft, wish.section);
    else yield* streams.createByFirst(exchange, draft, index, localAddress, sessionLines);
    if (draft.active) drafts.push(draft);
  }
}

/** What the application brings of its own. */
function passThrough(draft: DraftLine, section: MediaSection): void {
  draft.section = section;
  draft.active = section.port !== 0;
}
