/**
 * What is agreed and runs: the lines, how they are shown, our description of them, and the streams and bundles that live on them, which go when nothing holds
 * them any more. Negotiates nothing.
 */
import type { Description } from '@jackfield/sdp';
import type { StreamView } from '../contract/media.ts';
import type { OwnBundle } from './own-bundle.ts';
import type { Forks } from './forks.ts';
import { KeptDescription } from './kept-description.ts';
import type { StreamCalls } from './stream-calls.ts';
import { AgreedLine, viewOf, type DraftLine, type Line, type LiveStream } from './stream-line.ts';

export class ActiveMedia {
  /** Ours, of the last exchange that has succeeded. */
  local: KeptDescription | undefined;
  /** Theirs, as shown last. */
  #remote: KeptDescription | undefined;
  /** While several early dialogs of one INVITE have agreements of their own. */
  forks: Forks | undefined;
  readonly #streams: StreamCalls;
  #lines: readonly Line[] = NO_LINES;
  #views: readonly StreamView[] | undefined;
  /** Those that were made and not closed. */
  #bundles: Set<OwnBundle> | undefined;

  constructor(streams: StreamCalls) {
    this.#streams = streams;
  }

  get lines(): readonly Line[] {
    return this.#lines;
  }

  set lines(lines: readonly Line[]) {
    this.#lines = lines;
    this.#views = undefined;
  }

  get views(): readonly StreamView[] {
    return (this.#views ??= viewsOf(this.#lines));
  }

  /** What an exchange comes to with the peer's description. Nothing is retired yet. @returns the views before */
  show(drafts: readonly DraftLine[], local: KeptDescription, remote: Description): readonly StreamView[] {
    const before = this.views;
    const theirs = new KeptDescription(remote);
    this.lines = drafts.map((draft, index) => new AgreedLine(draft, index, local, theirs));
    this.#remote = theirs;
    return before;
  }

  /** Nothing is under way: what was said is kept as text. */
  rest(): void {
    if (this.forks !== undefined) return;
    this.#views = undefined;
    this.local?.rest();
    this.#remote?.rest();
  }

  opened(bundle: OwnBundle): OwnBundle {
    (this.#bundles ??= new Set()).add(bundle);
    return bundle;
  }

  /** Stops a stream, unless another early dialog may need it. */
  release(live: LiveStream): void {
    if (this.forks?.holds(live) !== true) this.#streams.stop(live);
  }

  /** Stops what is on no line, last first. @param drafts - of an exchange that is under way, whose streams stay as well */
  retire(drafts: readonly DraftLine[] = NO_DRAFTS): void {
    const { live } = this.#streams; // a list that never changes: stopping one makes another
    for (let at = live.length - 1; at >= 0; at -= 1) {
      const one = live[at]!;
      if (!this.#lines.some((line) => line.live === one) && !drafts.some((draft) => draft.live === one)) this.release(one);
    }
    this.closeBundles(drafts);
  }

  /** Bundles without a member; while there are several early dialogs all may be needed yet. */
  closeBundles(drafts: readonly DraftLine[] = NO_DRAFTS): void {
    if (this.#bundles === undefined || this.forks !== undefined) return;
    for (const bundle of this.#bundles) {
      if (this.#lines.some((line) => line.bundle === bundle) || drafts.some((draft) => draft.bundle === bundle)) continue;
      this.#bundles.delete(bundle);
      bundle.close();
    }
  }

  /** The end: every stream is stopped, last first, then what they shared. */
  stop(): void {
    this.forks = undefined;
    for (const live of this.#streams.live.toReversed()) this.#streams.stop(live);
    for (const bundle of this.#bundles ?? []) bundle.close();
    this.#bundles = undefined;
  }
}

function viewsOf(lines: readonly Line[]): readonly StreamView[] {
  if (lines.length === 0) return NO_VIEWS;
  if (lines.length === 1 && lines[0]!.active) return [viewOf(lines[0]!, 0)];
  return lines.flatMap((line, index) => (line.active ? [viewOf(line, index)] : []));
}

const NO_VIEWS: readonly StreamView[] = [];
const NO_LINES: readonly Line[] = [];
const NO_DRAFTS: readonly DraftLine[] = [];
