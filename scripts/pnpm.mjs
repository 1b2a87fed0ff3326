// Runs the pnpm that package.json pins: the installed one when it is that very version, else through npx.
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
const shell = process.platform === 'win32';
let command;

function pinned() {
  const spec = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')).packageManager.split('+')[0];
  const have = spawnSync('pnpm', ['--version'], { cwd: tmpdir(), encoding: 'utf8', shell });
  return have.status === 0 && `pnpm@${have.stdout.trim()}` === spec ? ['pnpm'] : ['npx', '--yes', spec];
}

/** Runs and shows its output (with `quiet`, only when it fails); ends this process when it fails. */
export function run(file, args, { quiet = false, ...options } = {}) {
  const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit';
  const { status, error, stdout, stderr } = spawnSync(file, args, { cwd: root, stdio, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (status === 0) return;
  if (quiet) console.error(`${stdout ?? ''}${stderr ?? ''}`);
  console.error(`${file} ${args.slice(0, 3).join(' ')}: ${error?.message ?? `ended with ${status}`}`);
  process.exit(status ?? 1);
}

export function pnpm(args, options) {
  const [file, ...first] = (command ??= pinned());
  run(file, [...first, ...args], { shell, ...options });
}

// node scripts/pnpm.mjs ARGUMENTS
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) pnpm(process.argv.slice(2));
