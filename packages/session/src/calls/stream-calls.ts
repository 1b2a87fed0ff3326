/** The calls into SDP handlers: claim, create, apply, roll back, stop. Knows who owns which stream, and that each is stopped once. */
import type { DialogView } from '@jackfield/sip';
import type { Description, Direction, MediaSection } from '@jackfield/sdp';
import type { Exchange } from '../contract/media.ts';
import type { Agreed, CreatedStream, OfferedStream, SdpHandler, StreamSlot } from '../contract/sdp-handler.ts';
import type { Session } from '../contract/session.ts';
import { ask, hookFailed, nonsense, notifyOne, OpenQuestion, type HookHost } from '../plugins/hooks.ts';
import type { SdpHandlerSet } from '../plugins/sdp-handler-registry.ts';
import type { Steps } from '../plugins/steps.ts';
import { withOne, withoutOne } from './few.ts';
import type { OwnBundle } from './own-bundle.ts';
import { isTaken, type DraftLine, type LiveStream } from './stream-line.ts';

export interface StreamHost extends HookHost {
  readonly session: Session;
  readonly handlers: SdpHandlerSet;
  /** See `StreamSlot`. */
  readonly localAddress: string;
  /** See `StreamSlot`. */
  readonly bindAddress: string;
}

/** A description of ours that is being put together. */
export interface Drafting {
  readonly exchange: Exchange;
  readonly drafts: DraftLine[];
  /** Beyond those that all descriptions have; made with the first. */
  sessionLines: Set<string> | undefined;
}

interface AppliedTo {
  readonly exchange: Exchange;
  readonly drafts: readonly Pick<DraftLine, 'live' | 'section' | 'bundle'>[];
}

export class StreamCalls {
  /** Created and not stopped. */
  live: readonly LiveStream[] = [];
  readonly #host: StreamHost;

  constructor(host: StreamHost) {
    this.#host = host;
  }

  /** Who takes an offered stream: its pinned handler alone, else the first of the kind that claims it. */
  *claim(
    exchange: Exchange,
    index: number,
    name: string,
    remote: MediaSection,
    live: LiveStream | undefined,
    group: OwnBundle | undefined,
  ): Steps<SdpHandler | undefined> {
    const { session, handlers, localAddress } = this.#host;
    const sharedOnly = remote.port === 0; // RFC 8843 §6: the line has no transport but that of a bundle
    for (const handler of live !== undefined ? [live.handler] : handlers.forKind(remote.kind)) {
      const bundle = handler.bundles === true ? group : undefined;
      if (sharedOnly && bundle === undefined) continue;
      const offered = { index, mid: name, kind: remote.kind, remote, localAddress, current: live?.stream, exchange, bundle };
      const hook = 'handleIncomingStream';
      let answer = ask(this.#host, handler.name, hook, claims, handler, session, offered);
      if (answer instanceof OpenQuestion) answer = yield* answer.inTime(handler.deadlineMs);
      if (answer === 'claimed') return handler;
      if (answer === 'declined') return undefined;
      if (answer !== undefined) throw misused(handler, hook);
    }
    return undefined;
  }

  /** In an offer of ours: the first of the kind that makes a stream for the line. */
  *createByFirst(drafting: Drafting, draft: DraftLine, index: number): Steps<void> {
    for (const handler of this.#host.handlers.forKind(draft.kind)) {
      if (yield* this.create(drafting, draft, index, handler, draft.wanted, undefined)) return;
    }
  }

  /** Asks one handler for the line. @returns whether the round for the line is over. */
  *create(
    drafting: Drafting,
    draft: DraftLine,
    index: number,
    handler: SdpHandler,
    wanted: Direction,
    remote: MediaSection | undefined,
  ): Steps<boolean> {
    const { session, localAddress, bindAddress } = this.#host;
    const hook = 'createOutgoingStream';
    const slot = {
      index,
      mid: draft.mid,
      kind: draft.kind,
      protocol: draft.protocol === '' ? undefined : draft.protocol,
      direction: wanted,
      localAddress,
      bindAddress,
      remote,
      current: draft.current?.stream,
      exchange: drafting.exchange,
      bundle: handler.bundles === true ? draft.bundle : undefined,
    };
    let made = ask(this.#host, handler.name, hook, creates, handler, session, slot);
    if (made instanceof OpenQuestion) made = yield* this.#made(handler, slot, made);
    if (made === undefined || made === 'declined') {
      draft.active = false;
      return made === 'declined';
    }
    if (!isCreated(made) || made.section.kind !== draft.kind) throw misused(handler, hook);
    if (draft.current !== undefined && draft.current.stream === made.stream) draft.live = draft.current;
    else {
      draft.live = { handler, stream: made.stream };
      this.live = withOne(this.live, draft.live);
    }
    draft.section = made.section;
    draft.active = true;
    if (made.sessionLines !== undefined) for (const line of made.sessionLines) (drafting.sessionLines ??= new Set()).add(line);
    return true;
  }

  /** What the handler gives. A stream that comes when nobody waits for it any more is stopped. */
  *#made(handler: SdpHandler, slot: StreamSlot, asked: OpenQuestion): Steps<unknown> {
    let taken = false;
    try {
      const made = yield* asked.inTime(handler.deadlineMs);
      taken = true;
      return made;
    } finally {
      if (!taken) {
        asked.promise.then(
          (late) => {
            if (isCreated(late) && late.stream !== slot.current) this.#stopped({ handler, stream: late.stream });
          },
          () => undefined,
        );
      }
    }
  }

  *apply(pending: AppliedTo, remote: Description, dialog: DialogView): Steps<void> {
    for (const [index, draft] of pending.drafts.entries()) {
      const live = draft.live;
      const section = remote.sections[index];
      if (live === undefined || section === undefined || !isTaken(draft, section)) continue;
      const agreed = { local: draft.section!, remote: section, exchange: pending.exchange, dialog, bundle: draft.bundle };
      const hook = 'applyNegotiatedStream';
      const { handler } = live;
      let given = ask(this.#host, handler.name, hook, applies, live, this.#host.session, agreed);
      if (given instanceof OpenQuestion) given = yield* given.inTime(handler.deadlineMs);
      if (given !== undefined) throw misused(handler, hook);
    }
  }

  /** Once, whoever asks. */
  stop(live: LiveStream): void {
    if (!this.live.includes(live)) return;
    this.live = withoutOne(this.live, live);
    this.#stopped(live);
  }

  /** Back to what it was applied with before. */
  rollback(live: LiveStream): void {
    const { handler, stream } = live;
    notifyOne(this.#host, handler.name, 'rollbackStream', rollsBack, handler, this.#host.session, stream);
  }

  #stopped({ handler, stream }: LiveStream): void {
    notifyOne(this.#host, handler.name, 'stopStream', stops, handler, this.#host.session, stream);
  }
}

const claims = (to: SdpHandler, session: Session, offered: OfferedStream): unknown => to.handleIncomingStream(session, offered);
const creates = (to: SdpHandler, session: Session, slot: StreamSlot): unknown => to.createOutgoingStream(session, slot);
const applies = ({ handler, stream }: LiveStream, session: Session, agreed: Agreed): unknown =>
  handler.applyNegotiatedStream(session, stream, agreed);

const rollsBack = (to: SdpHandler, session: Session, stream: unknown): unknown => to.rollbackStream(session, stream);
const stops = (to: SdpHandler, session: Session, stream: unknown): unknown => to.stopStream(session, stream);

const misused = (handler: SdpHandler, hook: string): Error => hookFailed(handler.name, hook, nonsense(handler.name, hook));

function isCreated(value: unknown): value is CreatedStream<unknown> {
  if (typeof value !== 'object' || value === null || !('stream' in value) || !('section' in value)) return false;
  const section: unknown = value.section;
  if (typeof section !== 'object' || section === null) return false;
  const { kind, port, protocol, formats, lines } = section as Partial<Record<keyof MediaSection, unknown>>;
  return (
    typeof kind === 'string' && typeof port === 'number' && typeof protocol === 'string' && Array.isArray(formats) && Array.isArray(lines)
  );
}
