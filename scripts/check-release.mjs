// Rehearses a release on a copy of the tree: `changeset version` with a note of our own beside those that wait, then a dry run of
// publishing. The checkout is left as it is.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pnpm, root, run } from './pnpm.mjs';

const copy = mkdtempSync(join(tmpdir(), 'jackfield-release-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
const leave = new Set(['.git', '.pack', 'coverage']);
cpSync(root, copy, {
  recursive: true,
  verbatimSymlinks: true, // the packages' node_modules: relative links, which hold in the copy too
  filter: (from) => !leave.has(basename(from)) && from !== join(root, 'node_modules'),
});
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');

const git = (...args) => spawnSync('git', args, { cwd: copy, encoding: 'utf8' });
git('init', '--quiet', '--initial-branch=main');
git('add', '--all');
git('-c', 'user.name=rehearsal', '-c', 'user.email=rehearsal@localhost', 'commit', '--quiet', '--message=copy');

const packages = readdirSync(join(root, 'packages')).filter((dir) => existsSync(join(root, 'packages', dir, 'package.json')));
const versions = (tree) =>
  new Map(
    packages
      .map((dir) => JSON.parse(readFileSync(join(tree, 'packages', dir, 'package.json'), 'utf8')))
      .map(({ name, version }) => [name, version]),
  );
const notes = readdirSync(join(root, '.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md');
writeFileSync(join(copy, '.changeset/rehearsal.md'), `---\n'@jackfield/session': minor\n---\n\nA rehearsal.\n`);
run(process.execPath, [join(root, 'node_modules/@changesets/cli/bin.js'), 'version'], { cwd: copy, quiet: true });

const [before, after] = [versions(root), versions(copy)];
const moved = [...after].filter(([name, version]) => version !== before.get(name));
console.log(`versions: ${moved.map(([name, version]) => `${name} ${before.get(name)} -> ${version}`).join(', ')}`);
const majors = moved.filter(([name, version]) => version.split('.')[0] !== before.get(name).split('.')[0]);
if (!moved.some(([name]) => name === '@jackfield/session')) throw new Error('a minor note on session did not raise its version');
if (notes.length === 0 && majors.length > 0)
  throw new Error(`a minor note on session raised majors: ${majors.map(([name]) => name).join(', ')}`);

pnpm(['--recursive', 'publish', '--dry-run', '--no-git-checks', '--report-summary'], { cwd: copy, quiet: true });
const { publishedPackages } = JSON.parse(readFileSync(join(copy, 'pnpm-publish-summary.json'), 'utf8'));
const published = new Set(publishedPackages.map(({ name }) => name));
const missing = [...after.keys()].filter((name) => !published.has(name));
if (missing.length > 0) throw new Error(`not among what would be published: ${missing.join(', ')}`);
console.log(`release: ${published.size} packages would be published`);
