// Copies into the package that is about to be packed the pages of docs/ that its README names, so that who installs it has them.
//   node ../../scripts/take-docs.mjs        in the package's folder; its `prepack`
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pnpm.mjs';

const PAGE = /\bdocs\/([a-z-]+\.md)\b/g;

const named = (file) => [...readFileSync(file, 'utf8').matchAll(PAGE)].map(([, page]) => page);

const pages = new Set(named('README.md'));
rmSync('docs', { recursive: true, force: true });
mkdirSync('docs');
for (const page of pages) {
  const source = join(root, 'docs', page);
  if (!existsSync(source)) throw new Error(`README.md names docs/${page}, which is not there`);
  cpSync(source, join('docs', page));
}
