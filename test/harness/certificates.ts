/** Certificates of the tests' own: an authority that nobody knows but who is told, and what it signs. Valid for a day, on EC keys. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;

/** Signs others. */
export async function makeAuthority(name: string): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...valid(),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert, key };
}

/** @param names - host names and addresses; the first is the subject's too @param authority - absent: signed by itself */
export async function makeCertificate(names: readonly string[], authority?: Certificate): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: names[0]! }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...valid(),
    ...(authority === undefined ? {} : { ca: authority }),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })) },
    ],
  });
  return { cert, key };
}

/** From an hour ago on: clocks of peers may be behind. */
function valid(): { readonly notBeforeDate: Date; readonly notAfterDate: Date } {
  const now = Date.now();
  return { notBeforeDate: new Date(now - DAY_MS / 24), notAfterDate: new Date(now + DAY_MS) };
}

export interface CertificateFiles {
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
  /** Certificate and key in one file. */
  readonly both: string;
  remove(): Promise<void>;
}

/** For programs that take paths. */
export async function writeCertificate({ cert, key }: Certificate, authority: Certificate): Promise<CertificateFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-tls-'));
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  return {
    authority: await write('authority.pem', authority.cert),
    cert: await write('cert.pem', cert),
    key: await write('key.pem', key),
    both: await write('both.pem', `${cert.trimEnd()}\n${key}`),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
