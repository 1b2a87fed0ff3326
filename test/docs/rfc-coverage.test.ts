import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readPage, root } from './excerpts.ts';

const sources = ['packages', 'examples']
  .flatMap((top) => readdirSync(root + top).map((name) => `${top}/${name}/src`))
  .filter((folder) => existsSync(root + folder))
  .flatMap((folder) => readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
  .filter((file) => file.endsWith('.ts') && !/\.test(?:-d)?\.ts$/.test(file));

const named = (text: string): string[] => [...text.matchAll(/RFC (\d{3,4})\b/g)].map(([, number]) => number!);

it('docs/rfc-coverage.md has every RFC that the sources name', () => {
  const cited = new Set(sources.flatMap((file) => named(readPage(file))));
  expect(cited.size).toBeGreaterThan(80);
  const page = readPage('docs/rfc-coverage.md');
  const there = new Set([...named(page), ...[...page.matchAll(/\((\d{4})\)/g)].map(([, number]) => number!)]);
  expect([...cited].filter((number) => !there.has(number)).toSorted()).toEqual([]);
});
