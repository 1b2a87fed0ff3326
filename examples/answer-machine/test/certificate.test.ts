import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { expect, it } from 'vitest';
import { fingerprintOf, makeCertificate, readCertificate } from '../src/certificate.ts';
import { explain } from '../src/command-line.ts';

it('one made on the spot is for every name and address by which the machine may be called', async () => {
  const made = await makeCertificate(['203.0.113.7', 'sip.example.com']);
  const certificate = new X509Certificate(made.cert);
  const addresses = ['203.0.113.7', '127.0.0.1', '::1'];
  expect(addresses.map((address) => certificate.checkIP(address))).toEqual(addresses);
  expect(certificate.checkHost('sip.example.com')).toBe('sip.example.com');
  expect(certificate.checkHost('example.com')).toBeUndefined();
  expect(fingerprintOf(made)).toBe(certificate.fingerprint256);
  expect(() => createSecureContext(made)).not.toThrow();
});

it('one in files is read as it is, and what cannot be read is told by its option', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-certificate-'));
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await Promise.all([writeFile(cert, 'a certificate'), writeFile(key, 'a key')]);
    expect(await readCertificate(cert, key)).toEqual({ cert: 'a certificate', key: 'a key' });
    const missing = join(folder, 'missing.pem');
    for (const [option, files] of [
      ['--cert', [missing, key]],
      ['--key', [cert, missing]],
    ] as const) {
      const error: unknown = await readCertificate(...files).catch((reason: unknown) => reason);
      expect(explain(error)).toBe(`${option}: ENOENT: no such file or directory, open '${missing}'`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
