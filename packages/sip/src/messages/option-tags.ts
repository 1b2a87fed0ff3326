/** Option tags (RFC 3261 §19.2) and the headers that list them. */
import type { ReadonlyHeaders } from './model.ts';
import { readTokens } from './typed-headers.ts';

/** Those that the RFCs name, as they are registered, each with where it is defined. */
export const OPTION_TAGS = {
  '100rel': 'RFC 3262',
  199: 'RFC 6228',
  answermode: 'RFC 5373',
  'early-session': 'RFC 3959',
  eventlist: 'RFC 4662',
  explicitsub: 'RFC 7614',
  'from-change': 'RFC 4916',
  'geolocation-http': 'RFC 6442',
  'geolocation-sip': 'RFC 6442',
  gin: 'RFC 6140',
  gruu: 'RFC 5627',
  histinfo: 'RFC 7044',
  ice: 'RFC 5768',
  join: 'RFC 3911',
  'multiple-refer': 'RFC 5368',
  norefersub: 'RFC 4488',
  nosub: 'RFC 7614',
  outbound: 'RFC 5626',
  path: 'RFC 3327',
  policy: 'RFC 6794',
  precondition: 'RFC 3312',
  pref: 'RFC 3840',
  privacy: 'RFC 3323',
  'record-aware': 'RFC 7866',
  'recipient-list-invite': 'RFC 5366',
  'recipient-list-message': 'RFC 5365',
  'recipient-list-subscribe': 'RFC 5367',
  replaces: 'RFC 3891',
  'resource-priority': 'RFC 4412',
  'sdp-anat': 'RFC 4092',
  'sec-agree': 'RFC 3329',
  siprec: 'RFC 7866',
  tdialog: 'RFC 4538',
  timer: 'RFC 4028',
  'trickle-ice': 'RFC 8840',
  uui: 'RFC 7433',
} as const;

/** Those of {@link OPTION_TAGS}, or any other token. */
export type OptionTag = `${keyof typeof OPTION_TAGS}` | (string & {});

/** All of them, lower-case. What is no token is left out. */
export function readOptionTags(
  headers: ReadonlyHeaders,
  name: 'Supported' | 'Require' | 'Unsupported' | 'Proxy-Require',
): ReadonlySet<OptionTag> {
  return new Set(readTokens(headers, name).map((tag) => tag.toLowerCase()));
}
