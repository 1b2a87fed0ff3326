/** Pages that sources, tests and ladders name: they are there for whoever reads on. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './excerpts.ts';

const KEPT_OUT = new Set(['node_modules', 'dist']);

function* filesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) {
      if (/\.(?:ts|mjs|txt|md)$/.test(entry.name)) yield path;
    } else if (!KEPT_OUT.has(entry.name)) yield* filesIn(path);
  }
}

const files = ['packages', 'examples', 'bench', 'scripts', 'docs'].flatMap((folder) => Array.from(filesIn(folder)));
const texts = files.map((file) => [file, readFileSync(join(root, file), 'utf8')] as const);

it('each page under docs that a file names is there', () => {
  expect(texts.length).toBeGreaterThan(500);
  const named = texts.flatMap(([file, text]) => [...text.matchAll(/(?<![\w/.-])docs\/[\w/-]+\.md\b/g)].map(([page]) => ({ file, page })));
  expect(named.filter(({ page }) => !existsSync(join(root, page)))).toEqual([]);
  expect(named.length).toBeGreaterThan(30);
});

it('no file refers to a page in capitals, of which only its author knows', () => {
  const named = texts.flatMap(([file, text]) => [...text.matchAll(/\b[A-Z]{4,}(?:\.md)? §\d/g)].map(([page]) => ({ file, page })));
  expect(named).toEqual([]);
});
