/** Which real peers this machine has. Where one is missing its tests are skipped, and their titles say so; in CI they run all the same, and fail. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const inCi = process.env['CI'] === 'true';

export interface Peer {
  readonly skipped: boolean;
  /** For titles: empty, or what is missing. */
  readonly note: string;
}

/** A program on the path, and the Debian package that brings it. */
export function peer(program: string, debian: string): Peer {
  const found = (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
  return available(found, `${program} is not installed: apt-get install ${debian}`);
}

/** kamailio, and its module for TLS, which Debian packs by itself. */
export function kamailioWithTls(): Peer {
  const kamailio = peer('kamailio', 'kamailio kamailio-tls-modules');
  if (kamailio.note !== '') return kamailio;
  const libraries = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/usr/local/lib64'].filter((folder) => existsSync(folder));
  const folders = libraries.concat(libraries.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))));
  const found = folders.some((folder) => existsSync(join(folder, 'kamailio/modules/tls.so')));
  return available(found, 'kamailio has no TLS: apt-get install kamailio-tls-modules');
}

/** Whether network namespaces can be made: that takes root, and a kernel that lets us. */
export function namespaces(): Peer {
  const name = `jackfield-probe-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name]).status === 0;
  if (made) spawnSync('ip', ['netns', 'delete', name]);
  return available(made, 'network namespaces cannot be made here');
}

function available(found: boolean, missing: string): Peer {
  if (found) return { skipped: false, note: '' };
  return inCi ? { skipped: false, note: ` (${missing})` } : { skipped: true, note: ` (skipped: ${missing})` };
}
