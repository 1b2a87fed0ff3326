/**
 * Streams that share a transport (RFC 8843 §7, RFC 9143): which lines of an exchange are in a group, and what their sections then say. The core owns a=group and
 * a=mid; the transport is the handlers', who find it in the cookies of the group. Proposes no group of its own.
 */
import { bundledSection, declinedSection, groupLine, groups, isDeclined, mid, type Description } from '@jackfield/sdp';
import type { OwnBundle } from './own-bundle.ts';
import type { Drafting } from './stream-calls.ts';
import type { DraftLine, Line, LiveStream } from './stream-line.ts';

/** The groups of an offer; one that goes on is the same object. Undefined: none. @param make - for a group that is new */
export function offeredBundles(offer: Description, lines: readonly Line[], make: () => OwnBundle): readonly OwnBundle[] | undefined {
  const asked = groups(offer, 'BUNDLE');
  if (asked.length === 0) return undefined;
  const seen = new Set<string>();
  const found: OwnBundle[] = [];
  for (const { mids } of asked) {
    const members = mids.filter((name) => {
      const sections = offer.sections.filter((section) => mid(section) === name);
      const [only] = sections;
      if (seen.has(name) || only === undefined || sections.length > 1 || isDeclined(only)) return false;
      seen.add(name);
      return true;
    });
    const known = lines.find((line) => line.bundle !== undefined && !found.includes(line.bundle) && members.includes(line.mid))?.bundle;
    const bundle = known ?? make();
    bundle.set(members);
    if (members.length > 0) found.push(bundle);
  }
  return found;
}

/**
 * After the streams of an answer were made: who stays in a group, whose transport it is, and what the others say (§7.3). A line whose handler shares nothing
 * stands outside where the offer lets it, and is declined where it does not.
 *
 * @param giveBack - stops a stream that was made for nothing
 */
export function answerBundles(
  bundles: readonly OwnBundle[],
  drafting: Drafting,
  offer: Description,
  giveBack: (live: LiveStream) => void,
): void {
  const { drafts } = drafting;
  const decline = (draft: DraftLine): void => {
    if (draft.live !== undefined && draft.live !== draft.current) giveBack(draft.live);
    draft.live = undefined;
    draft.active = false;
    draft.section = declinedSection(offer.sections[drafts.indexOf(draft)]!);
  };
  for (const bundle of bundles) {
    const offered = drafts.filter((draft) => draft.bundle === bundle);
    const at = (name: string): DraftLine => offered.find((draft) => draft.mid === name)!;
    const hasPort = ({ mid: name }: DraftLine): boolean => offer.sections.some((section) => mid(section) === name && section.port !== 0);
    let members = bundle.mids.map(at).filter((draft) => draft.active && sharesTransport(draft));
    // §7.3.1, §7.3.3: the first that is taken is tagged, in place of the offerer's only while the group is new
    const tagged = bundle.agreed === undefined ? members.find(hasPort) : members.find(({ mid: name }) => name === bundle.tagged);
    if (tagged === undefined) {
      for (const draft of members) decline(draft);
      members = [];
    } else members = [tagged, ...members.filter((draft) => draft !== tagged)];
    for (const draft of offered) {
      if (members.includes(draft)) continue;
      if (draft.active && (bundle.agreed !== undefined || !hasPort(draft))) decline(draft);
      draft.bundle = undefined;
    }
    group(bundle, members, drafting);
  }
}

/** The same for an offer of ours: groups that are agreed on go on with the members that are left (§7.5). */
export function offerBundles(drafting: Drafting): void {
  const { drafts } = drafting;
  const bundles = new Set(drafts.flatMap(({ bundle }) => bundle ?? []));
  for (const bundle of bundles) {
    const offered = drafts.filter((draft) => draft.bundle === bundle);
    const members = bundle.mids.flatMap(
      (name) => offered.find((draft) => draft.mid === name && draft.active && sharesTransport(draft)) ?? [],
    );
    for (const draft of offered) if (!members.includes(draft)) draft.bundle = undefined;
    group(bundle, members, drafting);
  }
}

/** Reads the groups of the answer to an offer of ours. @returns whether they are subsets of ours, with all lines that are taken (§7.3, §7.3.2) */
export function takeBundles(drafts: readonly DraftLine[], answer: Description): boolean {
  const answered = groups(answer, 'BUNDLE');
  if (answered.length === 0 && drafts.every(({ bundle }) => bundle === undefined)) return true;
  for (const { mids } of answered) {
    const [first, ...others] = mids.map(
      (name) => drafts.find((draft, at) => draft.mid === name && !isDeclined(answer.sections[at]!))?.bundle,
    );
    if (mids.length > 0 && (first === undefined || others.some((bundle) => bundle !== first))) return false;
  }
  for (const bundle of new Set(drafts.flatMap((draft) => draft.bundle ?? []))) {
    const taken = drafts.filter((draft, at) => draft.bundle === bundle && !isDeclined(answer.sections[at]!));
    const kept = answered.find(({ mids }) => mids.some((name) => taken.some((draft) => draft.mid === name)))?.mids ?? [];
    if (taken.length > 1 && taken.some((draft) => !kept.includes(draft.mid))) return false;
    for (const draft of drafts) if (draft.bundle === bundle && !kept.includes(draft.mid)) draft.bundle = undefined;
    bundle.set(kept);
  }
  return true;
}

const sharesTransport = ({ handler, live }: DraftLine): boolean => (live?.handler ?? handler)?.bundles === true;

function group(bundle: OwnBundle, members: readonly DraftLine[], drafting: Drafting): void {
  const [tagged, ...others] = members;
  bundle.set(members.map(({ mid: name }) => name));
  if (tagged === undefined) return;
  for (const draft of others) draft.section = bundledSection(draft.section!, tagged.section!);
  (drafting.sessionLines ??= new Set()).add(groupLine('BUNDLE', bundle.mids));
}
