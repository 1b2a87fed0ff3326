// Packs every publishable package, and the stranger's supplement of examples/, as `pnpm publish` would.
//   node scripts/pack.mjs FOLDER
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pnpm } from './pnpm.mjs';

export function packAll(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const which = ['--filter', './packages/*', '--filter', './examples/third-party-supplement'];
  pnpm(['--recursive', ...which, 'exec', 'pnpm', 'pack', '--pack-destination', folder], { quiet: true });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  packAll(resolve(process.argv[2] ?? '.pack'));
}
