// Packs every publishable package, and the stranger's supplement of examples/, as `pnpm publish` would: built first, declarations too, which
// `npm start` does not write.
//   node scripts/pack.mjs FOLDER
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pnpm, root, run } from './pnpm.mjs';

export function packAll(folder) {
  run(process.execPath, [join(root, 'scripts/bootstrap.mjs'), '--types']);
  const missing = missingFiles();
  if (missing.length > 0) {
    console.error(`Not packed, since a build did not write ${missing.join(', ')}. Build anew: node scripts/bootstrap.mjs --clean --types`);
    process.exit(1);
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const which = ['--filter', './packages/*', '--filter', './examples/third-party-supplement'];
  pnpm(['--recursive', ...which, 'exec', 'pnpm', 'pack', '--pack-destination', folder], { quiet: true });
}

/** What the manifests promise to publish and is not there, as where somebody took it away and left the stamp that says it was built. */
function missingFiles() {
  const packed = [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'examples/third-party-supplement'];
  return packed.flatMap((folder) => {
    const manifest = join(root, folder, 'package.json');
    if (!existsSync(manifest)) return [];
    const { exports } = JSON.parse(readFileSync(manifest, 'utf8')).publishConfig;
    const files = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)));
    return files.filter((file) => !existsSync(join(root, folder, file))).map((file) => `${folder}/${file.replace('./', '')}`);
  });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  packAll(resolve(process.argv[2] ?? '.pack'));
}
