/** Which of the codecs that are possible are said, and in which order: an operator's taste, so it can be replaced. Makes no codec and gives none a number. */
import { SipError } from '@jackfield/base';
import type { Codec } from './codec.ts';
import { isCompanion, isSameFormat } from './match-codecs.ts';

/**
 * A pure function, called whenever a description is made or an offer looked at, and maybe more than once for the same.
 *
 * @param offered - as answerer: what we can take of the offer, in the offerer's order and under its numbers. As offerer: what the peer takes
 * of this stream so far, as it said it; empty before there was an answer.
 * @param configured - ours, best first. As offerer under the numbers that they are offered under.
 * @returns what to say, best first: members of `offered` as answerer, of `configured` as offerer, each once. Without a codec of media the stream is not
 * taken, or not offered.
 */
export type CodecPolicy = (offered: readonly Codec[], configured: readonly Codec[], role: 'offerer' | 'answerer') => readonly Codec[];

/** All that is possible; as answerer in the offerer's order. What holds where no policy is given. */
export const offerersOrder: CodecPolicy = (offered, configured, role) => (role === 'answerer' ? offered : configured);

/** All that is possible, in our order. */
export const configuredOrder: CodecPolicy = (offered, configured, role) => {
  if (role === 'offerer') return configured;
  const rank = (codec: Codec): number => configured.findIndex((ours) => isSameFormat(ours, codec));
  return offered.toSorted((a, b) => rank(a) - rank(b));
};

/** Of what `policy` says the first codec of media alone, with what goes beside it at its clock rate (telephone-event, CN): peers then cannot change codecs in a call. */
export function firstCodec(policy: CodecPolicy = offerersOrder): CodecPolicy {
  return (offered, configured, role) => {
    const said = policy(offered, configured, role);
    const first = said.find((codec) => !isCompanion(codec));
    return said.filter((codec) => codec === first || (isCompanion(codec) && codec.clockRate === first?.clockRate));
  };
}

/**
 * What a policy says, once it was found to be possible; empty where no codec of media is in it.
 *
 * @throws {@link SipError} `SDP_CODEC_POLICY` where it gives what is no list, a codec that it was not given, or one twice; whatever it throws itself.
 */
export function chooseCodecs(
  policy: CodecPolicy | undefined,
  offered: readonly Codec[],
  configured: readonly Codec[],
  role: 'offerer' | 'answerer',
): readonly Codec[] {
  const possible = role === 'answerer' ? offered : configured;
  // lists of its own: it may sort them in place
  const chosen = policy === undefined ? possible : checked(policy([...offered], [...configured], role), possible, role);
  return chosen.every(isCompanion) ? [] : chosen;
}

function checked(chosen: unknown, possible: readonly Codec[], role: 'offerer' | 'answerer'): readonly Codec[] {
  if (!Array.isArray(chosen)) throw refused('no-list', role);
  const said = new Set<unknown>();
  for (const codec of chosen as readonly unknown[]) {
    if (!possible.some((one) => one === codec)) throw refused('unknown', role);
    if (said.has(codec)) throw refused('twice', role);
    said.add(codec);
  }
  return chosen as readonly Codec[]; // each is one of `possible`
}

function refused(fault: 'no-list' | 'unknown' | 'twice', role: 'offerer' | 'answerer'): SipError<'SDP_CODEC_POLICY'> {
  const what = { 'no-list': 'what is no list', unknown: 'a codec that it was not given', twice: 'a codec twice' };
  return new SipError('SDP_CODEC_POLICY', `the codec policy gives ${what[fault]} (${role})`, { fault, role });
}
