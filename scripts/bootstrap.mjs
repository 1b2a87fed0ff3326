// Makes a clone ready with only Node and npm on the machine: right pnpm, frozen install, build. Each step is skipped when it is up to
// date. `--types` also writes the declarations; `--clean` builds anew. Node built-ins only, since it runs before anything is installed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm, root, run } from './pnpm.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node.js 20.19 or newer is needed; this is ${process.version}.`);
  process.exit(1);
}

const at = (file) => join(root, file);
const foldersOf = (parent) => (existsSync(at(parent)) ? readdirSync(at(parent)).map((name) => `${parent}/${name}`) : []);
const members = [...foldersOf('packages'), ...foldersOf('examples'), 'test', 'bench'].filter((dir) =>
  existsSync(at(`${dir}/package.json`)),
);
const manifests = members.map((dir) => `${dir}/package.json`);

const stampOf = (files) => {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) if (existsSync(at(file))) hash.update(`\0${file}\0`).update(readFileSync(at(file)));
  return hash.digest('hex');
};
const upToDate = (file, stamp) => existsSync(at(file)) && readFileSync(at(file), 'utf8') === stamp;

// 1. install
const installStamp = stampOf(['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', ...manifests]);
const installFile = 'node_modules/.bootstrap-install';
const linked = members.every((dir) => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(at(`${dir}/package.json`), 'utf8'));
  return (dependencies ?? devDependencies) === undefined || existsSync(at(`${dir}/node_modules`));
});
if (!linked || !upToDate(installFile, installStamp)) {
  pnpm(['install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only']);
  writeFileSync(at(installFile), installStamp);
}

// 2. build
const filesUnder = (dir) =>
  readdirSync(at(dir), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${dir}/${entry.name}`) : [`${dir}/${entry.name}`],
  );
const built = members.filter((dir) => /^(packages|examples)\//.test(dir) && existsSync(at(`${dir}/src`)));
const isSource = (file) => file.endsWith('.ts') && !/\.test(-d)?\.ts$/.test(file);
const sources = built.flatMap((dir) => filesUnder(`${dir}/src`)).filter(isSource);
const outputs = built.flatMap((dir) =>
  ['index', 'testing', 'main'].filter((name) => existsSync(at(`${dir}/src/${name}.ts`))).map((name) => `${dir}/dist/${name}.js`),
);
if (process.argv.includes('--clean')) for (const dir of built) rmSync(at(`${dir}/dist`), { recursive: true, force: true });
const buildStamp = stampOf(['package.json', 'tsup.config.ts', 'tsconfig.base.json', ...manifests, ...sources]);
const buildFile = 'node_modules/.bootstrap-build';
if (!outputs.every((file) => existsSync(at(file))) || !upToDate(buildFile, buildStamp)) {
  run(process.execPath, [at('node_modules/tsup/dist/cli-default.js')]);
  writeFileSync(at(buildFile), buildStamp);
}
if (process.argv.includes('--types')) run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-b']);
