/** The m= lines of a session: those agreed on, those under negotiation, and the streams that live on them. */
import { declinedSection, isDeclined, mid, type Direction, type MediaSection } from '@jackfield/sdp';
import type { StreamInit, StreamView } from '../contract/media.ts';
import type { SdpHandler } from '../contract/sdp-handler.ts';
import type { KeptDescription } from './kept-description.ts';
import type { OwnBundle } from './own-bundle.ts';
import { isRemoval } from './stream-wishes.ts';

/** A stream that a handler created: on one line, of one owner, stopped once. */
export interface LiveStream {
  readonly handler: SdpHandler;
  readonly stream: unknown;
}

/** A line as both sides agreed on it. Its place in the array is its index, for good. */
export interface Line {
  readonly kind: string;
  readonly protocol: string;
  readonly mid: string;
  /** Whether a=mid is written: the peer names it. */
  readonly midShown: boolean;
  /** Pinned: undefined on a declined line, and on one that the application passes through. */
  readonly live: LiveStream | undefined;
  /** The direction we want, to which every answer of ours keeps. */
  readonly wanted: Direction;
  readonly local: MediaSection;
  readonly remote: MediaSection;
  readonly active: boolean;
  /** It has a stream of a handler, or had one that the peer declined or ended: that is offered again where the peer asks what we can do (RFC 6337 §5.2.5). */
  readonly standing: boolean;
  /** It shares a transport. */
  readonly bundle: OwnBundle | undefined;
}

/** A line of the exchange under way. */
export interface DraftLine {
  readonly kind: string;
  readonly protocol: string;
  readonly mid: string;
  readonly midShown: boolean;
  /** Who takes it; undefined when declined or passed through. */
  readonly handler: SdpHandler | undefined;
  readonly current: LiveStream | undefined;
  wanted: Direction;
  active: boolean;
  /** See {@link Line.standing}. */
  standing: boolean;
  live: LiveStream | undefined;
  section: MediaSection | undefined;
  bundle: OwnBundle | undefined;
}

/**
 * A name for the stream on a line where nobody gave one. @param before - of the stream whose place is used again, and which a change that waits may still mean
 * @param taken - names in the same description
 */
export function freshMid(kind: string, index: number, before?: string, taken?: (name: string) => boolean): string {
  const name = `${kind}-${index}`;
  const count = before === name ? 1 : before?.startsWith(`${name}.`) === true ? Number(before.slice(name.length + 1)) : 0;
  let at = count > 0 ? count + 1 : 0;
  let fresh = at === 0 ? name : `${name}.${at}`;
  while (taken?.(fresh) === true) fresh = `${name}.${(at = Math.max(at, 1) + 1)}`;
  return fresh;
}

export function viewOf(line: Line, index: number): StreamView {
  return new LineView(line, index);
}

/** Reads what the line says when it is asked: most calls never ask. */
class LineView implements StreamView {
  readonly index: number;
  readonly stream: unknown;
  readonly #line: Line;

  constructor(line: Line, index: number) {
    this.index = index;
    this.stream = line.live?.stream;
    this.#line = line;
  }

  get mid(): string {
    return this.#line.mid;
  }
  get kind(): string {
    return this.#line.kind;
  }
  get handler(): string {
    return this.#line.live?.handler.name ?? '';
  }
  get local(): MediaSection {
    return this.#line.local;
  }
  get remote(): MediaSection {
    return this.#line.remote;
  }
}

/** A line of an offer of ours. */
export function draftOf(
  kind: string,
  protocol: string,
  name: string,
  midShown: boolean,
  line: Line | undefined,
  wish: StreamInit | undefined,
): DraftLine {
  const wanted = wish?.direction ?? line?.wanted ?? 'sendrecv';
  const live = line?.live;
  return {
    kind,
    protocol,
    mid: name,
    midShown,
    handler: live?.handler,
    current: live,
    wanted,
    active: false,
    standing: wish === undefined ? line?.standing === true : !isRemoval(wish),
    live: undefined,
    section: undefined,
    bundle: line?.bundle,
  };
}

/** Whether their section takes it: one without a port has that of its bundle, if it is in one. */
export function isTaken({ bundle }: Pick<DraftLine, 'bundle'>, remote: MediaSection): boolean {
  return remote.port !== 0 || (bundle !== undefined && !isDeclined(remote));
}

/** What becomes of a line with the two descriptions of its exchange. */
export class AgreedLine implements Line {
  readonly kind: string;
  readonly protocol: string;
  readonly mid: string;
  readonly midShown: boolean;
  readonly live: LiveStream | undefined;
  readonly wanted: Direction;
  readonly active: boolean;
  readonly standing: boolean;
  readonly bundle: OwnBundle | undefined;
  readonly #at: number;
  readonly #local: KeptDescription;
  readonly #remote: KeptDescription;

  constructor(draft: DraftLine, at: number, local: KeptDescription, remote: KeptDescription) {
    const section = remote.description.sections[at]!;
    this.kind = draft.kind;
    this.protocol = section.protocol;
    this.mid = draft.mid;
    this.midShown = draft.midShown;
    this.active = draft.active && isTaken(draft, section);
    this.standing = draft.standing;
    this.live = this.active ? draft.live : undefined;
    this.wanted = draft.wanted;
    this.bundle = this.active ? draft.bundle : undefined;
    this.#at = at;
    this.#local = local;
    this.#remote = remote;
  }

  /** As it was sent. */
  get local(): MediaSection {
    return this.#local.description.sections[this.#at]!;
  }

  get remote(): MediaSection {
    return this.#remote.description.sections[this.#at]!;
  }
}

/** What is left of a line of our offer that came to nothing although the peer has it: its place, which no later description leaves out (RFC 3264 §8). */
export function declinedLine({ kind, mid: name, midShown, wanted, section }: DraftLine): Line {
  const declined = declinedSection(section!);
  return {
    kind,
    protocol: declined.protocol,
    mid: name,
    midShown,
    live: undefined,
    wanted,
    local: declined,
    remote: declined,
    active: false,
    standing: false,
    bundle: undefined,
  };
}

/** A line of theirs that takes nothing. */
export function declinedDraft(offered: MediaSection): DraftLine {
  const name = mid(offered);
  const { kind, protocol } = offered;
  const draft = draftOf(kind, protocol, name ?? '', name !== undefined, undefined, undefined);
  draft.section = declinedSection(offered);
  return draft;
}
