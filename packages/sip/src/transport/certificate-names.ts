/**
 * Whom a certificate is of (RFC 5922 §7.1): domains from SIP URIs, else from DNS names, else, without any subjectAltName, from the common name;
 * and numeric addresses. Does not verify the certificate.
 */
import { SocketAddress, isIP } from 'node:net';
import { SipUri, parseUri } from '../messages/uri.ts';
import { withoutBrackets, withoutZone } from './addresses.ts';
import type { Target } from './transport.ts';

const NONE: readonly string[] = [];
const DOMAIN = /^(?!-)[a-z0-9_*.-]+$/;
/** Nothing that a name is made of: an embedded NUL ends the name for some readers, and not for others. */
// oxlint-disable-next-line no-control-regex -- those are the ones looked for
const FOREIGN = /[\u0000-\u0020\u007f-\uffff]/;

/** Whom a target has to prove to be. */
export const nameOf = ({ name, host }: Target): string => comparableName(name ?? host);

/** A name or numeric address in the one form in which two are compared, entire and without wildcards (§7.2). */
export function comparableName(name: string): string {
  const bare = withoutZone(withoutBrackets(name)).toLowerCase();
  if (isIP(bare) === 6) return new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return bare.endsWith('.') ? bare.slice(0, -1) : bare;
}

/**
 * @param alternatives - the subjectAltName as Node writes it: `URI:sip:example.com, DNS:example.com, IP Address:192.0.2.1`.
 * @returns comparable names; none at all when one of them holds a control character or anything else that belongs in no name.
 */
export function certificateNames(alternatives: string | undefined, commonName: string | undefined): readonly string[] {
  if (alternatives === undefined || alternatives === '') return commonName === undefined ? NONE : fromCommonName(commonName);
  const uris: string[] = [];
  const domains: string[] = [];
  const addresses: string[] = [];
  for (const [kind, value] of entries(alternatives)) {
    if (kind !== 'URI' && kind !== 'DNS' && kind !== 'IP Address') continue;
    if (FOREIGN.test(value)) return NONE;
    if (kind === 'IP Address') addresses.push(comparableName(value));
    else if (kind === 'URI') uris.push(...fromUri(value));
    else if (isIP(value) === 0) domains.push(comparableName(value));
  }
  return [...(uris.length > 0 ? uris : domains), ...addresses];
}

/** The host of a SIP URI without a user; `sips` and other schemes name no domain. */
function fromUri(value: string): readonly string[] {
  const uri = value.includes('@') ? undefined : parseUri(value);
  return uri instanceof SipUri && uri.scheme === 'sip' ? [comparableName(uri.host)] : NONE;
}

function fromCommonName(value: string): readonly string[] {
  const name = comparableName(value);
  return isIP(name) === 0 && !FOREIGN.test(value) && DOMAIN.test(name) ? [name] : NONE;
}

/** Kind and value; Node quotes a value as JSON does when it holds what could be taken for the next entry. */
function entries(alternatives: string): readonly (readonly [kind: string, value: string])[] {
  const found: (readonly [string, string])[] = [];
  for (let at = 0; at < alternatives.length;) {
    const colon = alternatives.indexOf(':', at);
    if (colon < 0) break;
    const kind = alternatives.slice(at, colon);
    const quoted = alternatives[colon + 1] === '"';
    const end = quoted ? quoteEnd(alternatives, colon + 2) : alternatives.indexOf(', ', colon);
    const to = end < 0 ? alternatives.length : end;
    found.push([kind, quoted ? unquoted(alternatives.slice(colon + 1, to)) : alternatives.slice(colon + 1, to)]);
    at = to + 2;
  }
  return found;
}

function quoteEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** What cannot be read is a NUL: no name. */
function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : '\0';
  } catch {
    return '\0';
  }
}
