/** The calls into SDP handlers: claim, create, apply, roll back, stop. Knows who owns which stream, and that each is stopped once. */
import type { DialogView } from '@jackfield/sip';
import { isDeclined, type Description, type Direction, type MediaSection } from '@jackfield/sdp';
import type { Exchange } from '../contract/media.ts';
import type { CreatedStream, SdpHandler, StreamSlot } from '../contract/sdp-handler.ts';
import type { Session } from '../contract/session.ts';
import { ask, hookFailed, nonsense, type HookHost } from '../plugins/hooks.ts';
import type { SdpHandlerSet } from '../plugins/sdp-handler-registry.ts';
import { isThenable, type Steps } from '../plugins/steps.ts';
import type { DraftLine, LiveStream } from './stream-line.ts';

export interface StreamHost extends HookHost {
  readonly session: Session;
  readonly handlers: SdpHandlerSet;
}

interface AppliedTo {
  readonly exchange: Exchange;
  readonly drafts: readonly Pick<DraftLine, 'live' | 'section'>[];
}

export class StreamCalls {
  /** Created and not stopped. */
  readonly live: LiveStream[] = [];
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
  ): Steps<SdpHandler | undefined> {
    const { session, handlers } = this.#host;
    for (const handler of live !== undefined ? [live.handler] : handlers.forKind(remote.kind)) {
      const offered = { index, mid: name, kind: remote.kind, remote, current: live?.stream, exchange, bundle: undefined };
      const hook = 'handleIncomingStream';
      const answer: unknown = yield* ask(this.#host, handler.name, hook, handler.deadlineMs, () =>
        handler.handleIncomingStream(session, offered),
      );
      if (answer === 'claimed') return handler;
      if (answer === 'declined') return undefined;
      if (answer !== undefined) throw misused(handler, hook);
    }
    return undefined;
  }

  *createByFirst(exchange: Exchange, draft: DraftLine, index: number, localAddress: string, sessionLines: Set<string>): Steps<void> {
    for (const handler of this.#host.handlers.forKind(draft.kind)) {
      const done = yield* this.create(exchange, draft, index, handler, localAddress, draft.wanted, undefined, sessionLines);
      if (done) return;
    }
  }

  /** Asks one handler for the line. @returns whether the round for the line is over. */
  *create(
    exchange: Exchange,
    draft: DraftLine,
    index: number,
    handler: SdpHandler,
    localAddress: string,
    wanted: Direction,
    remote: MediaSection | undefined,
    sessionLines: Set<string>,
  ): Steps<boolean> {
    const hook = 'createOutgoingStream';
    const slot = {
      index,
      mid: draft.mid,
      kind: draft.kind,
      protocol: draft.protocol === '' ? undefined : draft.protocol,
      direction: wanted,
      localAddress,
      remote,
      current: draft.current?.stream,
      exchange,
      bundle: undefined,
    };
    const made: unknown = yield* this.#made(handler, slot);
    if (made === undefined || made === 'declined') {
      draft.active = false;
      return made === 'declined';
    }
    if (!isCreated(made) || made.section.kind !== draft.kind) throw misused(handler, hook);
    if (draft.current !== undefined && draft.current.stream === made.stream) draft.live = draft.current;
    else this.live.push((draft.live = { handler, stream: made.stream }));
    draft.section = made.section;
    draft.active = true;
    for (const line of made.sessionLines ?? []) sessionLines.add(line);
    return true;
  }

  /** What the handler gives. A stream that comes when nobody waits for it any more is stopped. */
  *#made(handler: SdpHandler, slot: StreamSlot): Steps<unknown> {
    let asked: unknown;
    let taken = false;
    try {
      const made = yield* ask(this.#host, handler.name, 'createOutgoingStream', handler.deadlineMs, () => {
        asked = handler.createOutgoingStream(this.#host.session, slot);
        return asked;
      });
      taken = true;
      return made;
    } finally {
      if (!taken && isThenable(asked)) {
        asked.then(
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
      if (live === undefined || section === undefined || isDeclined(section)) continue;
      const agreed = { local: draft.section!, remote: section, exchange: pending.exchange, dialog };
      const hook = 'applyNegotiatedStream';
      const { handler, stream } = live;
      const given: unknown = yield* ask(this.#host, handler.name, hook, handler.deadlineMs, () =>
        handler.applyNegotiatedStream(this.#host.session, stream, agreed),
      );
      if (given !== undefined) throw misused(handler, hook);
    }
  }

  /** Once, whoever asks. */
  stop(live: LiveStream): void {
    const at = this.live.indexOf(live);
    if (at === -1) return;
    this.live.splice(at, 1);
    this.#stopped(live);
  }

  /** Back to what it was applied with before. */
  rollback(live: LiveStream): void {
    this.#quietly(live, 'rollbackStream', () => live.handler.rollbackStream(this.#host.session, live.stream));
  }

  #stopped(live: LiveStream): void {
    this.#quietly(live, 'stopStream', () => live.handler.stopStream(this.#host.session, live.stream));
  }

  #quietly(live: LiveStream, hook: string, call: () => unknown): void {
    try {
      const given = call();
      if (given === undefined) return;
      this.#host.report(hookFailed(live.handler.name, hook, nonsense(live.handler.name, hook)));
      if (isThenable(given)) given.then(undefined, (cause: unknown) => this.#host.report(hookFailed(live.handler.name, hook, cause)));
    } catch (cause) {
      this.#host.report(hookFailed(live.handler.name, hook, cause));
    }
  }
}

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
