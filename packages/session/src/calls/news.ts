/** What all supplements of a session are told: its beginning, its end, and every change of its media. */
import type { MediaChange } from '../contract/media.ts';
import type { Session, SessionEnd } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';
import { notifyAll, type HookHost } from '../plugins/hooks.ts';
import type { SupplementSet } from '../plugins/supplement-registry.ts';

export interface NewsHost extends HookHost {
  readonly session: Session;
  readonly supplements: SupplementSet;
}

/** @param failed - takes no further part */
export function tellBegin(host: NewsHost, failed: (supplement: Supplement) => void): void {
  notifyAll(host, host.supplements.having('sessionBegin'), 'sessionBegin', sessionBegin, host.session, undefined, failed);
}

export function tellChange(host: NewsHost, change: MediaChange): void {
  notifyAll(host, host.supplements.having('mediaChanged'), 'mediaChanged', mediaChanged, host.session, change);
}

/** In reverse order. */
export function tellEnd(host: NewsHost, end: SessionEnd): void {
  const list = host.supplements.having('sessionEnd').toReversed();
  notifyAll(host, list, 'sessionEnd', sessionEnd, host.session, end);
}

const sessionBegin = (to: Supplement, session: Session): unknown => to.sessionBegin!(session);
const mediaChanged = (to: Supplement, session: Session, change: MediaChange): unknown => to.mediaChanged!(session, change);
const sessionEnd = (to: Supplement, session: Session, end: SessionEnd): unknown => to.sessionEnd!(session, end);
