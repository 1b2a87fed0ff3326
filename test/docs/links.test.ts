import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPage, root } from './excerpts.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${root}examples`).map((name) => `examples/${name}/README.md`),
  ...readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`),
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' }).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

/** Paths of this repository that a page names in code marks: a folder that exists, and something in it. */
const TOP = /^(?:packages|examples|docs|scripts|test|bench)\//;

describe.each(pages)('%s', (path) => {
  const page = readPage(path);

  it('links to files that exist', () => {
    const targets = [...page.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
    expect(targets.filter((target) => !existsSync(join(root, dirname(path), target)))).toEqual([]);
  });

  it('names files that exist', () => {
    const names = [...page.matchAll(/`([^`\s]+)`/g)].map(([, name]) => name!);
    const files = names.filter((name) => TOP.test(name) && !/[*<{…]/.test(name));
    expect(files.filter((file) => !existsSync(root + file))).toEqual([]);
  });
});

describe('the tests that a page names', () => {
  it.each(['docs/seed.md', 'docs/rfc-coverage.md', 'docs/security.md', 'docs/promises.md'])('%s: file and title are there', (path) => {
    // `file.test.ts` › title, or `ladder.txt` › heading
    const named = [...readPage(path).matchAll(/`([^`]+\.(?:test\.ts|test-d\.ts|txt))` › ([^|\n]+?)\s*(?=[|\n]|; `)/g)];
    expect(named.length).toBeGreaterThan(0);
    const missing = named.filter(([, file, title]) => {
      if (!existsSync(root + file!)) return true;
      const text = readPage(file!);
      return !(file!.endsWith('.txt') ? text.split('\n').includes(`== ${title}`) : text.includes(title!));
    });
    expect(missing.map(([whole]) => whole)).toEqual([]);
  });
});
