/** How a call came this way: History-Info (RFC 7044 §5) and Diversion (RFC 5806 §3). Who is to be believed, and how entries are made, is the program's. */
import type { NameAddr, ReadonlyHeaders } from '../model.ts';
import type { Party } from '../name-addr.ts';
import { readDigits } from '../tokens.ts';
import { SipUri } from '../uri-syntax.ts';
import { readWellFormed } from './addresses.ts';
import { addressText, numberText, refuse, tokenText } from './elements.ts';
import { type PrivacyValue, formatPrivacy, readPrivacy } from './privacy.ts';
import { type Reason, formatReason, readReasons } from './reason.ts';
import { formatUriHeaders, readUriHeaders } from './uri-headers.ts';

/** One step of a History-Info (RFC 7044 §5). */
export interface HistoryEntry {
  /** Who was tried; its URI has the headers still. */
  readonly address: Party;
  /** `1.2.1`; undefined when it is missing or malformed, as in what RFC 4244 wrote. */
  readonly index: string | undefined;
  /** How the target came about, and the index of the entry it was made from: `rc` a new contact of the same user, `mp` another user, `np` no change. */
  readonly target: { readonly kind: 'rc' | 'mp' | 'np'; readonly index: string } | undefined;
  /** Why the call went on from here. */
  readonly reasons: readonly Reason[];
  readonly privacy: ReadonlySet<PrivacyValue>;
}

const INDEX = /^\d{1,10}(?:\.\d{1,10})*$/;
const KINDS = ['rc', 'mp', 'np'] as const;
const NO_PRIVACY: ReadonlySet<PrivacyValue> = new Set();

/** In order; a field that is malformed is left out. Headers in a URI that cannot be read count as absent. */
export function readHistoryInfo(headers: ReadonlyHeaders): readonly HistoryEntry[] {
  return readWellFormed(headers, 'History-Info').map((address) => {
    const { parameters } = address;
    const inside = readUriHeaders(address.uri);
    const indexOf = (name: string): string | undefined => {
      const text = parameters.get(name);
      return text !== undefined && INDEX.test(text) ? text : undefined;
    };
    const kind = KINDS.find((name) => parameters.has(name));
    const from = kind === undefined ? undefined : indexOf(kind);
    return {
      address,
      index: indexOf('index'),
      target: kind === undefined || from === undefined ? undefined : { kind, index: from },
      reasons: inside === undefined ? [] : readReasons(inside),
      privacy: inside === undefined ? NO_PRIVACY : readPrivacy(inside),
    };
  });
}

/**
 * One entry. Reason and privacy go into the URI, behind headers that it carries already.
 *
 * @throws SipError `SIP_URI_SYNTAX` for an object that writes no URI, `SIP_HEADER_SYNTAX` for an index that is none, or reason or privacy in what is no SIP URI.
 */
export function formatHistoryEntry(
  address: NameAddr,
  entry: {
    readonly index: string;
    readonly target?: { readonly kind: 'rc' | 'mp' | 'np'; readonly index: string } | undefined;
    readonly reason?: Reason | undefined;
    readonly privacy?: Iterable<PrivacyValue> | undefined;
  },
): string {
  const header = 'History-Info';
  const { index, target, reason, privacy } = entry;
  const indexText = (text: string): string => (INDEX.test(text) ? text : refuse(header, `${JSON.stringify(text)} is no index`));
  const inside: Record<string, string> = {};
  if (reason !== undefined) inside['Reason'] = formatReason(reason);
  if (privacy !== undefined) inside['Privacy'] = formatPrivacy(privacy);
  let { uri } = address;
  if (reason !== undefined || privacy !== undefined) {
    if (!(uri instanceof SipUri)) return refuse(header, 'reason and privacy stand in a SIP URI only');
    const added = formatUriHeaders(inside);
    uri = uri.with({ headers: uri.headers === undefined ? added : `${uri.headers}&${added}` });
  }
  const from = target === undefined ? undefined : indexText(target.index);
  return addressText(
    header,
    { uri, displayName: address.displayName },
    { index: indexText(index), ...(target && { [target.kind]: from }) },
  );
}

/** What a Diversion says beside its address (RFC 5806 §3). */
export interface DiversionParts {
  /** Lower-case: `user-busy`, `no-answer`, `unavailable`, `unconditional`, `time-of-day`, `do-not-disturb`, `deflection`, `follow-me`, `out-of-service`, `away`, `unknown` … */
  readonly reason?: string | undefined;
  /** Diversions that this entry stands for; 0 to 99. */
  readonly counter?: number | undefined;
  /** Further ones allowed; 0 to 99. */
  readonly limit?: number | undefined;
  /** Lower-case: `full`, `name`, `uri`, `off` … */
  readonly privacy?: string | undefined;
  /** Lower-case: `yes`, `no` … */
  readonly screen?: string | undefined;
}

/** Who passed the call on: the latest stands first. */
export interface Diversion extends DiversionParts {
  readonly address: Party;
}

/** The latest diversion first, as it is written; a field that is malformed is left out. */
export function readDiversions(headers: ReadonlyHeaders): readonly Diversion[] {
  return readWellFormed(headers, 'Diversion').map((address) => {
    const { parameters } = address;
    const number = (name: string): number | undefined => {
      const text = parameters.get(name);
      return text === undefined ? undefined : readDigits(text, 0, text.length, 99);
    };
    const word = (name: string): string | undefined => parameters.get(name)?.toLowerCase();
    return {
      address,
      reason: word('reason'),
      counter: number('counter'),
      limit: number('limit'),
      privacy: word('privacy'),
      screen: word('screen'),
    };
  });
}

/** @throws SipError `SIP_URI_SYNTAX` for an object that writes no URI, `SIP_HEADER_SYNTAX` for a word that is no token, or a count outside 0 to 99. */
export function formatDiversion(address: NameAddr, { reason, counter, limit, privacy, screen }: DiversionParts = {}): string {
  const header = 'Diversion';
  const word = (text: string | undefined): string | undefined => (text === undefined ? undefined : tokenText(header, text));
  const number = (value: number | undefined): string | undefined => (value === undefined ? undefined : numberText(header, value, 99));
  return addressText(header, address, {
    reason: word(reason),
    counter: number(counter),
    limit: number(limit),
    privacy: word(privacy),
    screen: word(screen),
  });
}
