import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { root, readPage, withExcerpts } from './excerpts.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${root}docs`).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  ...readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`),
];

it.each(pages)('%s quotes other files as they are', async (path) => {
  const page = readPage(path);
  await expect(withExcerpts(page)).toMatchFileSnapshot(root + path);
});
