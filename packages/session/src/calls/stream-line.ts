/** The m= lines of a session: those agreed on, those under negotiation, and the streams that live on them. */
import { declinedSection, isDeclined, mid, type Direction, type MediaSection } from '@jackfield/sdp';
import type { StreamInit, StreamView } from '../contract/media.ts';
import type { SdpHandler } from '../contract/sdp-handler.ts';
import type { OwnBundle } from './own-bundle.ts';

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
  return {
    index,
    mid: line.mid,
    kind: line.kind,
    handler: line.live?.handler.name ?? '',
    local: line.local,
    remote: line.remote,
    stream: line.live?.stream,
  };
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
    live: undefined,
    section: undefined,
    bundle: line?.bundle,
  };
}

/** Whether their section takes it: one without a port has that of its bundle, if it is in one. */
export function isTaken({ bundle }: Pick<DraftLine, 'bundle'>, remote: MediaSection): boolean {
  return remote.port !== 0 || (bundle !== undefined && !isDeclined(remote));
}

/** What becomes of it with their section. */
export function lineOf(draft: DraftLine, remote: MediaSection): Line {
  const active = draft.active && isTaken(draft, remote);
  const { kind, mid: name, midShown, wanted } = draft;
  return {
    kind,
    protocol: remote.protocol,
    mid: name,
    midShown,
    live: active ? draft.live : undefined,
    wanted,
    local: draft.section!,
    remote,
    active,
    bundle: active ? draft.bundle : undefined,
  };
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
