/** Which format parameters make two codecs of one name different ones (RFC 3264 §6.1 leaves it to each payload format), and what the answer says. */
import type { Codec } from './codec.ts';
import { matchH264 } from './h264.ts';

/**
 * Asked about two codecs of one name, clock rate and channel count. Gives the a=fmtp value for the answer ('' for none), or undefined when they
 * do not go together. Must not throw: what it reads came from the network.
 */
export type FmtpRule = (offered: Codec, supported: Codec) => string | undefined;

/** A rule by which these parameters must have the same value on both sides; `defaults` says what an absent one means: `{ 'octet-align': '0' }`. */
export function sameParameters(defaults: Readonly<Record<string, string>>): FmtpRule {
  const names = Object.entries(defaults);
  return (offered, supported) =>
    names.every(([name, absent]) => (offered.fmtp.get(name) ?? absent) === (supported.fmtp.get(name) ?? absent))
      ? supported.fmtp.raw
      : undefined;
}

/** For codecs without a rule: parameters are each side's own wishes, and the answer states ours. */
export const ownParameters: FmtpRule = (_offered, supported) => supported.fmtp.raw;

/** By codec name in lower case: what `matchCodecs` uses where its options name no other. */
export const defaultFmtpRules: ReadonlyMap<string, FmtpRule> = new Map<string, FmtpRule>([
  ['h264', matchH264],
  ['vp9', sameParameters({ 'profile-id': '0' })],
  ['amr', sameParameters({ 'octet-align': '0' })],
  ['amr-wb', sameParameters({ 'octet-align': '0' })],
]);
