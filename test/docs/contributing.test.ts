import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readPage, root } from './excerpts.ts';

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}
const manifest = (path: string): Manifest => JSON.parse(readPage(path)) as Manifest;
const page = readPage('CONTRIBUTING.md');

it('CONTRIBUTING.md draws the import graph as the manifests have it', () => {
  const declared = readdirSync(`${root}packages`).flatMap((name) => {
    const { dependencies, peerDependencies } = manifest(`packages/${name}/package.json`);
    const ours = Object.keys({ ...dependencies, ...peerDependencies }).filter((other) => other.startsWith('@jackfield/'));
    return ours.map((other) => `${name} --> ${other.replace('@jackfield/', '')}`);
  });
  const drawn = [...page.matchAll(/^ {2}(\S+ --> \S+)$/gm)].map(([, arrow]) => arrow);
  expect(new Set(drawn)).toEqual(new Set(declared));
  expect(drawn).toHaveLength(declared.length);
});

it('CONTRIBUTING.md names commands that exist', () => {
  const scripts = manifest('package.json').scripts ?? {};
  const named = [...page.matchAll(/`npm run ([\w:-]+)`/g)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
