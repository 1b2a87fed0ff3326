/**
 * The registrations of RFC 3665 §2 as data, and what of a message is compared. They are played by TCP in place of TLS: `sips` reads `sip`. The passwords
 * behind the RFC's credentials are not known, so a response is right where it is that of ours.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseAuthValues, type ReadonlyHeaders } from '@jackfield/sip';

export interface FlowMessage {
  readonly step: string;
  /** Of a request. */
  readonly uri?: string;
  /** Of a response. */
  readonly status?: number;
  readonly cseq: number;
  readonly callId: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

export interface Flow {
  readonly section: string;
  readonly title: string;
  readonly messages: readonly FlowMessage[];
}

const text = readFileSync(new URL('flows.json', import.meta.url), 'utf8')
  .replaceAll('sips:', 'sip:')
  .replaceAll('SIP/2.0/TLS', 'SIP/2.0/TCP');
export const flows = (JSON.parse(text) as { readonly flows: readonly Flow[] }).flows;

export const SERVER = { host: '192.0.2.222', port: 5060 } as const;
export const BOB = { host: '192.0.2.201', port: 5060 } as const;
export const REALM = 'atlanta.example.com';
export const PASSWORD = 'zanzibar';
/** The flow in which Bob has it wrong. */
export const UNSUCCESSFUL = '2.5';

/** The only value; undefined where there is none. */
export function only({ headers }: FlowMessage, name: string): string | undefined {
  const [value, ...more] = headers[name] ?? [];
  if (more.length > 0) throw new Error(`${name} comes ${more.length + 1} times`);
  return value;
}

/** Without its tag. */
export const withoutTag = (address: string | undefined): string | undefined => address?.replace(/;tag=.*$/, '');

/** Of the parameters of a challenge or of credentials, one. */
export function parameter(of: string | undefined, name: string): string | undefined {
  return of === undefined ? undefined : parseAuthValues(of)?.[0]?.get(name);
}

/** Of credentials: what they say, and whether they prove the password (RFC 7616 §3.4.1; without qop as in §3.4.6 of RFC 2617). */
export function proof(credentials: string | undefined): object | undefined {
  if (credentials === undefined) return undefined;
  const of = (name: string): string => parameter(credentials, name) ?? '';
  const [username, realm, nonce, uri, opaque] = ['username', 'realm', 'nonce', 'uri', 'opaque'].map(of);
  return { username, realm, nonce, uri, opaque, right: of('response') === response(credentials, PASSWORD) };
}

/** What `response` has to be, by the other parameters. */
export function response(credentials: string, password: string): string {
  const of = (name: string): string => parameter(credentials, name) ?? '';
  const md5 = (...parts: readonly string[]): string => createHash('md5').update(parts.join(':')).digest('hex');
  const counted = of('qop') === '' ? [] : [of('nc'), of('cnonce'), of('qop')];
  return md5(md5(of('username'), of('realm'), password), of('nonce'), ...counted, md5('REGISTER', of('uri')));
}

/** Contacts, one each. */
export const contactsOf = (headers: ReadonlyHeaders): readonly string[] => headers.getAll('Contact');
