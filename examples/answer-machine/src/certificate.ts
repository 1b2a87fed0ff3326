/** The certificate for TLS and WSS: one from files, or one made on the spot, signed by nobody else. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { generate } from 'selfsigned';
import { namesOfMachine } from './names.ts';

/** PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** @throws (rejects) Error that names the option, its cause what the file system says */
export async function readCertificate(cert: string, key: string): Promise<Certificate> {
  const [certificate, secret] = await Promise.all([read('--cert', cert), read('--key', key)]);
  return { cert: certificate, key: secret };
}

async function read(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(option, { cause });
  }
}

/** For a year, for `shown` and for every name and address by which this machine may be called. */
export async function makeCertificate(shown: readonly string[] = []): Promise<Certificate> {
  const names = [...new Set([...shown, ...namesOfMachine()])];
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
