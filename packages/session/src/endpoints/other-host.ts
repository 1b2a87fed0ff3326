/**
 * What is left of an endpoint where a 3xx leads to another host: nobody vouches for that one. It is not told who calls (RFC 3325 §5), and gets no credentials that
 * are good for whatever realm it names (RFC 3261 §22.1). Chooses no target.
 */
import type { CredentialSource, HeaderList, Uri } from '@jackfield/sip';
import type { Endpoint } from '../contract/endpoint.ts';
import { usernamesOf } from './define-endpoint.ts';
import { hostKey } from './networks.ts';

const ASSERTIONS = ['P-Asserted-Identity', 'Remote-Party-ID'] as const;

export function isSameHost(one: Uri, other: Uri): boolean {
  return hostKey(one.host) === hostKey(other.host);
}

/** The host that `endpoint` sends a call to. What does not hang on who it is stays, and whose password counts inside the call. */
export function strangerAt({ host }: Uri, endpoint: Endpoint): Endpoint {
  const { credentials } = endpoint;
  const stranger = { ...endpoint, name: host, trusted: false, usernames: usernamesOf(endpoint) };
  if (credentials === undefined) return stranger;
  if (!('credentials' in credentials)) return { ...stranger, credentials: namingRealm(credentials) };
  return { ...stranger, credentials: { ...credentials, credentials: namingRealm(credentials.credentials) } };
}

/** The headers of an INVITE that was written for `endpoint`, for such a host: what may be shown to everybody stays. */
export function headersForStranger(headers: HeaderList, endpoint: Endpoint): HeaderList {
  if (!endpoint.trusted && !headers.has('Privacy')) return headers;
  const shown = headers.clone();
  for (const name of ASSERTIONS) shown.delete(name);
  return shown;
}

function namingRealm(source: CredentialSource): CredentialSource {
  if (typeof source !== 'function') return source.filter(({ realm }) => realm !== undefined);
  return (realm, kind) => {
    const found = source(realm, kind);
    return found?.realm === realm ? found : undefined;
  };
}
