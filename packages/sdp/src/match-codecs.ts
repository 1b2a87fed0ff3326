/** Which codecs two sides agree on, and under which numbers (RFC 3264 §6.1, §7). Pure; says nothing about ports or directions. */
import type { Codec } from './codec.ts';
import { Fmtp, NO_FMTP } from './fmtp.ts';
import { remembered } from './remember.ts';
import { defaultFmtpRules, ownParameters, type FmtpRule } from './fmtp-rules.ts';

/** A codec of both sides. We send `remote.payloadType` under the peer's parameters, and receive `local.payloadType` under ours. */
export interface AgreedCodec {
  /** As our description says it: what goes into the answer when we answer. */
  readonly local: Codec;
  /** As the peer's description says it. */
  readonly remote: Codec;
}

/** Rules for codecs that the defaults do not know, or know otherwise. */
export interface MatchOptions {
  /** By codec name in lower case; asked before `defaultFmtpRules`. */
  readonly rules?: ReadonlyMap<string, FmtpRule> | undefined;
}

/** Formats that ride beside a media codec and are no stream of their own. */
const COMPANIONS: ReadonlySet<string> = new Set(['telephone-event', 'cn', 'red', 'rtx', 'ulpfec', 'flexfec-03']);
const NO_OPTIONS: MatchOptions = {};

/**
 * For an answer to the peer's offer: what we take, in the offerer's order and with the offerer's numbers; `local` is what we answer.
 * Empty when no media codec is common, unless the offer had none (a stream of telephone-events alone).
 */
export function matchCodecs(
  offered: readonly Codec[],
  supported: readonly Codec[],
  options: MatchOptions = NO_OPTIONS,
): readonly AgreedCodec[] {
  return options === NO_OPTIONS ? matchedBefore(offered, supported) : matched(offered, supported, options);
}

const matchedBefore = remembered((offered: readonly Codec[], supported: readonly Codec[]) => matched(offered, supported, NO_OPTIONS));

function matched(offered: readonly Codec[], supported: readonly Codec[], options: MatchOptions): readonly AgreedCodec[] {
  const agreed: AgreedCodec[] = [];
  for (const remote of offered) {
    for (const ours of supported) {
      const fmtp = isSameFormat(remote, ours) ? ruleFor(remote, options)(remote, ours) : undefined;
      if (fmtp === undefined) continue;
      agreed.push({ local: toAnswer(remote, ours, fmtp), remote });
      break;
    }
  }
  return withFittingCompanions(agreed, offered);
}

/** What an answer lists: our side of `matchCodecs`. The same list for the same codecs. */
export const answerCodecs = remembered((offered: readonly Codec[], supported: readonly Codec[]): readonly Codec[] =>
  matchCodecs(offered, supported).map(({ local }) => local),
);

/**
 * For the peer's answer to our offer: what it took of `ours`, in the answer's order, which is the peer's preference. The peer may have renumbered a
 * codec. What it lists and we did not offer is left out.
 */
export function matchAnswer(
  ours: readonly Codec[],
  answered: readonly Codec[],
  options: MatchOptions = NO_OPTIONS,
): readonly AgreedCodec[] {
  return options === NO_OPTIONS ? answeredBefore(ours, answered) : answeredNow(ours, answered, options);
}

const answeredBefore = remembered((ours: readonly Codec[], answered: readonly Codec[]) => answeredNow(ours, answered, NO_OPTIONS));

function answeredNow(ours: readonly Codec[], answered: readonly Codec[], options: MatchOptions): readonly AgreedCodec[] {
  const agreed: AgreedCodec[] = [];
  for (const remote of answered) {
    const fits = (local: Codec): boolean => isSameFormat(local, remote) && ruleFor(local, options)(local, remote) !== undefined;
    const local = ours.find((codec) => codec.payloadType === remote.payloadType && fits(codec)) ?? ours.find(fits);
    if (local !== undefined) agreed.push({ local, remote });
  }
  return withFittingCompanions(agreed, ours);
}

/** Is it a format that only accompanies media (telephone-event, CN …)? What is sent first is the first agreed codec that is none. */
export function isCompanion(codec: Codec): boolean {
  return COMPANIONS.has(codec.name.toLowerCase());
}

/** The same name, clock and channels; parameters are left to the rules. */
export function isSameFormat(a: Codec, b: Codec): boolean {
  return a.clockRate === b.clockRate && a.channels === b.channels && (a.name === b.name || a.name.toLowerCase() === b.name.toLowerCase());
}

function ruleFor(codec: Codec, options: MatchOptions): FmtpRule {
  const name = codec.name.toLowerCase();
  return options.rules?.get(name) ?? defaultFmtpRules.get(name) ?? ownParameters;
}

function toAnswer(offered: Codec, ours: Codec, fmtp: string): Codec {
  const { payloadType, name, clockRate, channels } = offered;
  const parameters = fmtp === ours.fmtp.raw ? ours.fmtp : fmtp === '' ? NO_FMTP : new Fmtp(fmtp);
  const feedback = ours.feedback.length === 0 ? ours.feedback : ours.feedback.filter((value) => offered.feedback.includes(value));
  return { payloadType, name, clockRate, channels, fmtp: parameters, feedback };
}

/**
 * A companion alone is no agreement. Telephone-events and comfort noise share the clock of the media they replace (RFC 4733 §2.1, RFC 3389 §3); where
 * the peer has events at other rates only, as some phones beside Opus, those stay rather than none.
 */
function withFittingCompanions(agreed: readonly AgreedCodec[], offered: readonly Codec[]): readonly AgreedCodec[] {
  const media = agreed.filter(({ remote }) => !isCompanion(remote));
  if (media.length === agreed.length) return agreed;
  if (media.length === 0) return offered.every(isCompanion) ? agreed : [];
  const fits = ({ remote }: AgreedCodec): boolean => media.some((other) => other.remote.clockRate === remote.clockRate);
  const isEvent = ({ remote }: AgreedCodec): boolean => remote.name.toLowerCase() === 'telephone-event';
  const keepAllEvents = !agreed.some((codec) => isEvent(codec) && fits(codec));
  return agreed.filter((codec) => !isCompanion(codec.remote) || fits(codec) || (keepAllEvents && isEvent(codec)));
}
