/** Whom we are, by realm: the credentials of a client. */
import { SipError } from '@jackfield/base';
import { digestHa1, hashUsername, type DigestHash } from './digest.ts';
import { sanitise } from '../messages/tokens.ts';

/** Challenged by a user agent or registrar (401), or by a proxy (407). */
export type ProtectionKind = 'origin' | 'proxy';

interface CredentialBase {
  /** Exactly as the challenges have it; absent: for any realm that no other credential names. */
  readonly realm?: string | undefined;
  readonly username: string;
}

/** With a password, or with what {@link digestHa1} gives for it, by hash: only algorithms of those hashes can be used then. */
export type Credential = CredentialBase &
  (
    | { readonly password: string; readonly ha1?: undefined }
    | { readonly ha1: Readonly<Partial<Record<DigestHash, string>>>; readonly password?: undefined }
  );

/** A list, or whoever knows; asked once a challenge. */
export type CredentialSource = readonly Credential[] | ((realm: string, kind: ProtectionKind) => Credential | undefined);

/** @throws SIP_OPTION for a credential that is none. */
export function assertCredentials(source: CredentialSource): void {
  if (typeof source === 'function') return;
  if (!Array.isArray(source)) throw misuse('stand in a list, or a function that gives it');
  for (const credential of source) assertCredential(credential);
}

/** One for exactly this realm before one for any. @throws SIP_OPTION when a function gives back what is no credential. */
export function findCredential(source: CredentialSource, realm: string, kind: ProtectionKind): Credential | undefined {
  if (typeof source !== 'function') return source.find((one) => one.realm === realm) ?? source.find((one) => one.realm === undefined);
  const found = source(realm, kind);
  if (found !== undefined) assertCredential(found);
  return found;
}

/** Undefined: not of this hash. */
export function ha1Of(credential: Credential, realm: string, hash: DigestHash): string | undefined {
  if (credential.password === undefined) return credential.ha1[hash];
  return digestHa1(hash, credential.username, realm, credential.password);
}

export function userhashOf(credential: Credential, realm: string, hash: DigestHash): string {
  return hashUsername(hash, credential.username, realm);
}

/** True when a quoted string cannot carry it. */
export function isUnquotable(username: string): boolean {
  return sanitise(username) !== username;
}

function assertCredential(credential: Credential): void {
  if (typeof credential !== 'object' || credential === null) throw misuse('to be an object');
  const { realm, username, password, ha1 } = credential;
  if (realm !== undefined && typeof realm !== 'string') throw misuse('a realm that is a text, or none');
  if (typeof username !== 'string' || username === '') throw misuse('a username');
  if ((password === undefined) === (ha1 === undefined)) throw misuse('either a password or ha1');
  if (typeof (password ?? '') !== 'string') throw misuse('a password that is a text');
  if (ha1 !== undefined && (typeof ha1 !== 'object' || ha1 === null)) throw misuse('ha1 by hash');
}

const misuse = (what: string): SipError => new SipError('SIP_OPTION', `a credential wants ${what}`, { option: 'credentials' });
