/** Which real peers this machine has. Where one is missing its tests are skipped, and their titles say so; in CI they run all the same, and fail. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
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
