/** Certificates for tests: a CA of our own, a stranger's, and what they signed. Made once a file, on elliptic curves, which is quick. */
import { generate } from 'selfsigned';
import type { Certificate } from '../../src/transport/certificates.ts';

export interface Authority {
  readonly cert: string;
  readonly key: string;
}

/** `dns:`, `sip:`, `sips:` and `ip:` entries; none: no subjectAltName at all. */
export type Names = readonly string[];

export async function authority(name: string): Promise<Authority> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  return { cert, key };
}

export async function issue(ca: Authority, names: Names, commonName = 'nobody'): Promise<Certificate> {
  const altNames = names.map((name) => {
    if (name.startsWith('dns:')) return { type: 2, value: name.slice(4) } as const;
    if (name.startsWith('ip:')) return { type: 7, ip: name.slice(3) } as const;
    return { type: 6, value: name } as const;
  });
  const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName', altNames } as const]),
    ],
  });
  return { cert, key };
}
