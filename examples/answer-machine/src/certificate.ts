/** The certificate for TLS and WSS: one from files, or one made on the spot, signed by nobody else. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { generate } from 'selfsigned';

/** PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** @throws (rejects) what the file system says */
export async function readCertificate(cert: string, key: string): Promise<Certificate> {
  const [certificate, secret] = await Promise.all([cert, key].map((path) => readFile(path, 'utf8')));
  return { cert: certificate!, key: secret! };
}

/** For a year, for `shown` and for every name and address by which this machine may be called. */
export async function makeCertificate(shown: readonly string[] = []): Promise<Certificate> {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  const names = [...new Set([...shown, hostname(), 'localhost', '127.0.0.1', '::1', ...addresses])];
  const { cert, private: key } = await generate([{ name: 'commonName', value: names[0]! }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: names.map((name) => (isAddress(name) ? { type: 7, ip: name } : { type: 2, value: name })) },
    ],
  });
  return { cert, key };
}

function isAddress(name: string): boolean {
  return name.includes(':') || /^[\d.]+$/.test(name);
}

/** SHA-256, for comparing by eye. */
export function fingerprintOf({ cert }: Certificate): string {
  return new X509Certificate(cert).fingerprint256;
}
