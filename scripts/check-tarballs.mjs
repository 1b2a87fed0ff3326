// Installs the packed tarballs, and a stranger's supplement among them, into an empty npm project: type-checks small programs
// there with the declarations checked too, and runs them.
//   node scripts/check-tarballs.mjs [folder]      tarballs that lie there already; without it, packs first
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { packAll } from './pack.mjs';
import { root, run } from './pnpm.mjs';

const work = mkdtempSync(join(tmpdir(), 'jackfield-tarballs-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const packed = process.argv[2] === undefined ? join(work, 'packed') : resolve(process.argv[2]);
if (process.argv[2] === undefined) packAll(packed);
const tarballs = readdirSync(packed)
  .filter((file) => file.endsWith('.tgz'))
  .map((file) => join(packed, file));

// An empty project, and what a user would install.
const project = join(work, 'project');
mkdirSync(project);
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', version: '0.0.0', private: true, type: 'module' }));
const inProject = { cwd: project, shell: process.platform === 'win32' };
const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
run('npm', ['install', ...flags, ...tarballs, `@types/node@${devDependencies['@types/node']}`], inProject);

// Everything that the packages export, imported by name; then the programs of scripts/consumer/.
const installed = Object.keys(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).dependencies).filter(
  (name) => !name.startsWith('@types/'),
);
// What a README sends its reader to is there as well, and what the pages beside it link to.
for (const name of installed) {
  const folder = join(project, 'node_modules', name);
  const docs = existsSync(join(folder, 'docs')) ? readdirSync(join(folder, 'docs'), { recursive: true, encoding: 'utf8' }) : [];
  const pages = ['README.md', ...docs.filter((page) => page.endsWith('.md')).map((page) => join('docs', page))];
  const named = readFileSync(join(folder, 'README.md'), 'utf8').match(/\bdocs\/[\w/-]+\.md\b/g) ?? [];
  const linked = pages.flatMap((page) => {
    const links = readFileSync(join(folder, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g);
    return [...links].map(([, to]) => join(dirname(page), to));
  });
  const missing = [...named, ...linked].filter((page) => !existsSync(join(folder, page)));
  if (missing.length > 0) throw new Error(`${name} is packed without ${missing.join(', ')}, which its pages name`);
}

const entries = installed.flatMap((name) => {
  const { exports } = JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8'));
  if (JSON.stringify(exports).includes('jackfield-source')) throw new Error(`${name} publishes its jackfield-source condition`);
  return Object.keys(exports)
    .filter((subpath) => !subpath.endsWith('.json'))
    .map((subpath) => name + subpath.slice(1));
});
const program = [
  ...entries.map((entry, i) => `import * as entry${i} from '${entry}';`),
  'const entries: Record<string, object> = {',
  ...entries.map((entry, i) => `  '${entry}': entry${i},`),
  '};',
  "for (const [name, exported] of Object.entries(entries)) console.log(name, Object.keys(exported).join(' '));",
];
writeFileSync(join(project, 'every-entry.ts'), `${program.join('\n')}\n`);
cpSync(join(root, 'scripts/consumer'), project, { recursive: true });
const programs = readdirSync(project).filter((file) => file.endsWith('.ts'));

const compilerOptions = {
  target: 'ES2022',
  lib: ['ES2023'],
  types: ['node'],
  module: 'NodeNext',
  strict: true,
  skipLibCheck: false,
  outDir: 'out',
  rootDir: '.',
};
writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project]);

// The stranger's supplement from source, as docs/writing-a-supplement.md has it built.
const page = readFileSync(join(root, 'docs/writing-a-supplement.md'), 'utf8');
const tsconfig = /`tsconfig\.json`:\n\n```json\n([^]*?)^```$/m.exec(page)?.[1];
if (tsconfig === undefined) throw new Error('docs/writing-a-supplement.md shows no tsconfig.json');
const stranger = join(project, 'stranger');
cpSync(join(root, 'examples/third-party-supplement/src'), join(stranger, 'src'), { recursive: true });
writeFileSync(join(stranger, 'tsconfig.json'), tsconfig);
run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', stranger]);

for (const file of programs) run(process.execPath, [join('out', file.replace(/\.ts$/, '.js'))], { cwd: project, timeout: 60_000 });
console.log(`tarballs: ${installed.length} packages installed, ${entries.length} entries imported, ${programs.length} programs run`);
