/** From NAPTR records to what is asked next (RFC 3263 §4.1, RFC 3403 §4.1; services of RFC 7118 §10.2). Asks nobody. */
import type { TransportKind } from '../transport.ts';
import { dnsName } from './names.ts';
import type { NaptrRecord } from './resolver.ts';

const KINDS: ReadonlyMap<string, TransportKind> = new Map([
  ['SIP+D2U', 'UDP'],
  ['SIP+D2T', 'TCP'],
  ['SIPS+D2T', 'TLS'],
  ['SIP+D2W', 'WS'],
  ['SIPS+D2W', 'WSS'],
]);

export type Rule =
  | { readonly next: 'srv' | 'addresses'; readonly name: string; readonly kind: TransportKind }
  | { readonly next: 'naptr'; readonly name: string };

/**
 * In order of preference; only those of the lowest order that has any we can use: those beyond it are not the domain's alternatives (RFC 3403),
 * and who keeps us from TLS must not get us to something worse. Records with a regular expression are none of this application's.
 */
export function chooseRules(records: readonly NaptrRecord[], usable: readonly TransportKind[]): readonly Rule[] {
  const rules: Rule[] = [];
  let order: number | undefined;
  for (const record of records.toSorted((a, b) => a.order - b.order || a.preference - b.preference)) {
    if (order !== undefined && record.order !== order) break;
    const rule = ruleOf(record, usable);
    if (rule === undefined) continue;
    order = record.order;
    rules.push(rule);
  }
  return rules;
}

function ruleOf({ flags, service, regexp, replacement }: NaptrRecord, usable: readonly TransportKind[]): Rule | undefined {
  const name = dnsName(replacement);
  if (regexp !== '' || name === undefined) return undefined;
  const kind = KINDS.get(service.toUpperCase());
  const fits = kind !== undefined && usable.includes(kind);
  if (flags === '') return fits || service === '' ? { next: 'naptr', name } : undefined;
  if (!fits) return undefined;
  if (flags === 's' || flags === 'S') return { next: 'srv', name, kind };
  return flags === 'a' || flags === 'A' ? { next: 'addresses', name, kind } : undefined;
}
