/** H.264 in offer/answer (RFC 6184 §8.1, §8.2.2): profile and packetization mode must agree, the level is the lower of the two unless both sides allow asymmetry. */
import type { Codec } from './codec.ts';
import type { Fmtp } from './fmtp.ts';

interface ProfileLevel {
  readonly id: string;
  readonly profile: string;
  /** level_idc, with level 1b between 10 (1.0) and 11 (1.1). */
  readonly level: number;
}

const ABSENT = '42000a'; // Baseline at level 1, which RFC 6184 §8.1 infers

/** RFC 6184 table 5: a sub-profile is told by profile_idc and some bits of profile_iop. */
const PROFILES: readonly (readonly [profile: string, idc: number, mask: number, bits: number])[] = [
  ['constrained-baseline', 0x42, 0x4f, 0x40],
  ['constrained-baseline', 0x4d, 0x8f, 0x80],
  ['constrained-baseline', 0x58, 0xcf, 0xc0],
  ['baseline', 0x42, 0x4f, 0x00],
  ['baseline', 0x58, 0xcf, 0x80],
  ['main', 0x4d, 0xaf, 0x00],
  ['extended', 0x58, 0xcf, 0x00],
  ['high', 0x64, 0xff, 0x00],
  ['constrained-high', 0x64, 0xff, 0x0c],
];

/** The answer's parameters: ours, with the profile-level-id that both can bear; undefined when the two do not go together. */
export function matchH264(offered: Codec, supported: Codec): string | undefined {
  if ((offered.fmtp.get('packetization-mode') ?? '0') !== (supported.fmtp.get('packetization-mode') ?? '0')) return undefined;
  const theirs = readProfileLevel(offered.fmtp);
  const ours = readProfileLevel(supported.fmtp);
  if (theirs === undefined || ours === undefined || theirs.profile !== ours.profile) return undefined;
  const asymmetric = allowsAsymmetry(offered.fmtp) && allowsAsymmetry(supported.fmtp);
  return asymmetric || ours.level <= theirs.level ? supported.fmtp.raw : withProfileLevel(supported.fmtp, theirs.id);
}

const allowsAsymmetry = (fmtp: Fmtp): boolean => fmtp.get('level-asymmetry-allowed') === '1';

function readProfileLevel(fmtp: Fmtp): ProfileLevel | undefined {
  const id = fmtp.get('profile-level-id') ?? ABSENT;
  if (id.length !== 6) return undefined;
  for (let at = 0; at < 6; at += 1) if (!'0123456789abcdefABCDEF'.includes(id.charAt(at))) return undefined;
  const idc = Number.parseInt(id.slice(0, 2), 16);
  const iop = Number.parseInt(id.slice(2, 4), 16);
  const levelIdc = Number.parseInt(id.slice(4), 16);
  const found = PROFILES.find(([, ofIdc, mask, bits]) => idc === ofIdc && (iop & mask) === bits);
  const profile = found?.[0] ?? `${idc}/${iop}`; // one that the table does not name equals itself only
  const is1b = levelIdc === 9 || (levelIdc === 11 && (iop & 0x10) !== 0 && idc !== 0x64);
  return { id, profile, level: is1b ? 10.5 : levelIdc };
}

function withProfileLevel(fmtp: Fmtp, id: string): string {
  const parameters = new Map(fmtp.parameters).set('profile-level-id', id);
  return [...parameters].map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join(';');
}
