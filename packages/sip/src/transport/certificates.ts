/** Certificates of ours: which one a caller is shown (by the name that it asks for, RFC 6066 §3), and which one we show to whom we call. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { SipError } from '@jackfield/base';
import { certificateNames, comparableName } from './certificate-names.ts';

/** What we show to prove who we are: a chain and its key, PEM. */
export interface Certificate {
  /** The certificate, and those between it and its root behind it. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Of an encrypted key. */
  readonly passphrase?: string | undefined;
  /** Names that callers ask for; those in the certificate unless given. */
  readonly names?: readonly string[] | undefined;
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** What both sides' contexts share. */
export interface ContextOptions {
  /** PEM; Node's own list unless given. */
  readonly ca: string | Buffer | readonly (string | Buffer)[] | undefined;
  readonly minVersion: TlsVersion;
}

/** The first is for whoever asks for a name that none has, or for no name. */
export type Certificates = Certificate | readonly Certificate[];

export const listOf = (certificates: Certificates): readonly Certificate[] => ('cert' in certificates ? [certificates] : certificates);

/** Node reads past what is no certificate, and then believes nobody. @throws SIP_OPTION */
export function checkCa(ca: ContextOptions['ca']): void {
  for (const one of ca === undefined ? [] : typeof ca === 'string' || Buffer.isBuffer(ca) ? [ca] : ca) {
    try {
      new X509Certificate(one);
    } catch (cause) {
      throw new SipError('SIP_OPTION', 'ca has no certificate that can be read', { option: 'ca' }, { cause });
    }
  }
}

/** Options of a context. @throws SIP_OPTION when certificate, key or CA cannot be read or do not belong together. */
export function secureContextOptions(certificate: Certificate | undefined, { ca, minVersion }: ContextOptions): SecureContextOptions {
  const options: SecureContextOptions = { minVersion };
  if (ca !== undefined) options.ca = typeof ca === 'string' || Buffer.isBuffer(ca) ? ca : [...ca];
  if (certificate !== undefined) {
    options.cert = certificate.cert;
    options.key = certificate.key;
    if (certificate.passphrase !== undefined) options.passphrase = certificate.passphrase;
  }
  return options;
}

/** @throws SIP_OPTION as {@link secureContextOptions} says. */
export function secureContext(option: string, certificate: Certificate | undefined, shared: ContextOptions): SecureContext {
  try {
    return createSecureContext(secureContextOptions(certificate, shared));
  } catch (cause) {
    throw new SipError(
      'SIP_OPTION',
      `${option} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      { option },
      { cause },
    );
  }
}

/** By the names that each certificate is for; the first to have a name keeps it. */
export function contextsByName(certificates: readonly Certificate[], shared: ContextOptions): ReadonlyMap<string, SecureContext> {
  const contexts = new Map<string, SecureContext>();
  for (const certificate of certificates) {
    const context = secureContext('certificate', certificate, shared);
    const names = certificate.names ?? namesIn(certificate);
    for (const name of names) if (!contexts.has(comparableName(name))) contexts.set(comparableName(name), context);
  }
  return contexts;
}

function namesIn({ cert }: Certificate): readonly string[] {
  const { subjectAltName, subject } = new X509Certificate(cert);
  return certificateNames(subjectAltName, /^CN=(.*)$/m.exec(subject)?.[1]);
}
