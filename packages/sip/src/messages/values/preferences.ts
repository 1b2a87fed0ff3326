/** What a caller wants of whom it reaches: Accept-Contact, Reject-Contact, Request-Disposition (RFC 3841 §9). Read as they stand; choosing among contacts is a registrar's. */
import type { ReadonlyHeaders } from '../model.ts';
import { parseParameterised, readList, readTokens } from '../typed-headers.ts';
import { type ParameterInit, parametersText, refuse, tokenText } from './elements.ts';

/** One Accept-Contact or Reject-Contact (RFC 3841 §9.2). */
export interface ContactPreference {
  /** Feature names, lower-case, with their values as written, quotes undone; `true` for one without a value. */
  readonly features: ReadonlyMap<string, string | true>;
  /** Contacts that do not match are left out (Accept-Contact). */
  readonly require: boolean;
  /** Contacts that say nothing about these features do not match (Accept-Contact). */
  readonly explicit: boolean;
}

/** In order; malformed elements are left out. */
export function readContactPreferences(headers: ReadonlyHeaders, name: 'Accept-Contact' | 'Reject-Contact'): readonly ContactPreference[] {
  return readList(headers, name).flatMap((text) => {
    const element = parseParameterised(text);
    if (element?.value !== '*') return [];
    const features = new Map<string, string | true>();
    for (const [spelt, value] of element.parameters.entries()) {
      const feature = spelt.toLowerCase();
      if (feature !== 'require' && feature !== 'explicit' && !features.has(feature)) features.set(feature, value ?? true);
    }
    return { features, require: element.parameters.has('require'), explicit: element.parameters.has('explicit') };
  });
}

/** @throws SipError `SIP_HEADER_SYNTAX` for a feature name that is no token, or an empty value. */
export function formatContactPreference(
  features: Readonly<Record<string, string | true>>,
  more: { readonly require?: boolean | undefined; readonly explicit?: boolean | undefined } = {},
): string {
  const init: Record<string, string | true> = { ...features };
  if (more.require === true) init['require'] = true;
  if (more.explicit === true) init['explicit'] = true;
  const flags: ParameterInit = init;
  return `*${parametersText('Accept-Contact', flags)}`;
}

/** Lower-case, in order: `proxy`, `redirect`, `cancel`, `no-cancel`, `fork`, `no-fork`, `recurse`, `no-recurse`, `parallel`, `sequential`, `queue`, `no-queue`. */
export function readRequestDisposition(headers: ReadonlyHeaders): readonly string[] {
  return readTokens(headers, 'Request-Disposition').map((directive) => directive.toLowerCase());
}

/** @throws SipError `SIP_HEADER_SYNTAX` for no directive at all, or one that is no token. */
export function formatRequestDisposition(directives: readonly string[]): string {
  if (directives.length === 0) refuse('Request-Disposition', 'wants a directive');
  return directives.map((directive) => tokenText('Request-Disposition', directive)).join(', ');
}
