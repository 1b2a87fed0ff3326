// Copies into the package that is about to be packed the pages of docs/ that its README names, and those that these link to, so that who installs it
// has them. Links lead to what is installed with it; where there is no such thing, the words of the link stay.
//   node ../../scripts/take-docs.mjs        in the package's folder; its `prepack`
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './pnpm.mjs';

const NAMED = /\bdocs\/[\w/-]+\.md\b/g;
const LINK = /\[([^\]]*)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g;
const PAGE = /^docs\/.+\.md$/;
const SCOPE = '@jackfield/';

/** @param folder - of the package @param target - where its pages go: `docs` in there */
export function takeDocs(folder, target = join(folder, 'docs')) {
  const named = readFileSync(join(folder, 'README.md'), 'utf8').match(NAMED) ?? [];
  for (const page of named) if (!existsSync(join(root, page))) throw new Error(`README.md names ${page}, which is not there`);
  const pages = new Set([...named, ...named.flatMap(linkedPages)]);
  const readmes = new Set([basename(folder), ...installedWith(folder)].map(readmeOf));
  rmSync(target, { recursive: true, force: true });
  for (const page of pages) {
    const text = read(page).replaceAll(LINK, (whole, words, link, anchor = '') => {
      const to = posix.join(posix.dirname(page), link);
      if (pages.has(to)) return whole;
      return readmes.has(to)
        ? `[${words}](${posix.relative(installed(folder, posix.dirname(page)), installed(folder, to))}${anchor})`
        : words;
    });
    const file = join(target, posix.relative('docs', page));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

const read = (page) => readFileSync(join(root, page), 'utf8');
const readmeOf = (name) => `packages/${name}/README.md`;

function linkedPages(page) {
  return [...read(page).matchAll(LINK)].map(([, , link]) => posix.join(posix.dirname(page), link)).filter((to) => PAGE.test(to));
}

/** Where a path of the repository lies when the package is installed. */
function installed(folder, path) {
  return path.startsWith('packages/') ? path : posix.join('packages', basename(folder), path);
}

/** The packages of ours that come with it. */
function installedWith(folder, found = new Set()) {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    if (!name.startsWith(SCOPE) || found.has(name.slice(SCOPE.length))) continue;
    found.add(name.slice(SCOPE.length));
    installedWith(join(root, 'packages', name.slice(SCOPE.length)), found);
  }
  return found;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) takeDocs(resolve('.'));
