/**
 * From one early dialog of an INVITE of ours to another, each with an agreement of its own (RFC 3261 §12.1, RFC 3262 §5): its streams are applied again, or the offer
 * is open once more. Sends nothing and chooses no dialog.
 */
import type { DialogView } from '@jackfield/sip';
import type { Description } from '@jackfield/sdp';
import type { MediaChange } from '../contract/media.ts';
import type { Steps } from '../plugins/steps.ts';
import type { ActiveMedia } from './active-media.ts';
import { Forks, type Agreement } from './forks.ts';
import type { Negotiation } from './negotiation.ts';
import type { StreamCalls } from './stream-calls.ts';

/** See `Media.turnTo`. */
export function* turnTo(
  active: ActiveMedia,
  negotiation: Negotiation,
  streams: StreamCalls,
  dialog: DialogView,
): Steps<MediaChange | undefined> {
  const forks = (active.forks ??= new Forks(negotiation.state === 'local-offer' ? negotiation.pending : undefined));
  const before = forks.heard;
  if (before === dialog) return undefined;
  forks.heard = dialog;
  if (before === undefined) return undefined; // what is open is about this one
  const previewed = negotiation.pending !== undefined && negotiation.pending === forks.opened;
  if (previewed) negotiation.giveUp();
  else {
    negotiation.fail();
    forks.keep(before, { lines: active.lines, local: active.local, remote: forks.remote ?? NOTHING });
  }
  const known = forks.agreementOf(dialog);
  if (known !== undefined) return yield* returnTo(active, negotiation, streams, known, dialog, forks);
  if (forks.offer !== undefined) forks.opened = negotiation.reopen(forks.offer);
  else active.lines = [];
  return undefined;
}

/** See `Media.settle`. */
export function settleForks(active: ActiveMedia, negotiation: Negotiation): void {
  if (active.forks === undefined) return;
  active.forks = undefined;
  active.retire(negotiation.pending?.drafts);
}

/** See `Media.startAgain`. */
export function startAgain(active: ActiveMedia, negotiation: Negotiation): void {
  const forks = (active.forks ??= new Forks(negotiation.state === 'local-offer' ? negotiation.pending : undefined));
  if (negotiation.pending === forks.opened) negotiation.giveUp();
  else negotiation.fail();
  active.lines = [];
  if (forks.offer !== undefined) forks.opened = negotiation.reopen(forks.offer);
  settleForks(active, negotiation);
}

function* returnTo(
  active: ActiveMedia,
  negotiation: Negotiation,
  streams: StreamCalls,
  known: Agreement,
  dialog: DialogView,
  forks: Forks,
): Steps<MediaChange> {
  const before = active.views;
  const exchange = negotiation.exchange(forks.offer === undefined ? 'answerer' : 'offerer', known.remote);
  const drafts = known.lines.map(({ live, local, bundle }) => ({ live, section: local, bundle }));
  try {
    yield* streams.apply({ exchange, drafts }, known.remote, dialog);
  } finally {
    exchange.end('done');
  }
  active.lines = known.lines;
  active.local = known.local;
  forks.remote = known.remote;
  return { exchange, before, after: active.views };
}

const NOTHING: Description = { lines: [], sections: [] };
