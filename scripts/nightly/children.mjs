// Runs what a part of the night is made of, and keeps what it says.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A node of its own.
 *
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string | number>>} env beside our own
 * @returns {Promise<{ output: string, passed: boolean }>}
 */
export function run(args, env) {
  const more = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ output, passed: code === 0 }));
  });
}

/**
 * The tests of some paths.
 *
 * @param {{ paths: readonly string[], env?: Readonly<Record<string, string | number>>, project?: string }} part
 */
export function test({ paths, env = {}, project = 'unit' }) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  return run([vitest, 'run', '--project', project, '--testTimeout', '7200000', ...paths], { FIGURES: '1', ...env });
}

/** What a shell takes to run them again. */
export function shown({ paths, env = {}, project = 'unit' }) {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [...settings, 'npx vitest run --project', project, ...paths].join(' ');
}
