import { existsSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readPage, root } from './excerpts.ts';

const tables = readdirSync(`${root}packages`)
  .map((name) => `packages/${name}/src/errors.ts`)
  .filter((path) => existsSync(root + path));

/** The rows of the interfaces that `errors.ts` of every package merges into the table. */
const codes = tables.flatMap((path) => [...readPage(path).matchAll(/^ {2}([A-Z]+(?:_[A-Z]+)+): /gm)].map(([, code]) => code!));

interface Section {
  readonly code: string;
  readonly text: string;
}
const sections = readPage('docs/errors.md')
  .split(/^### /m)
  .slice(1)
  .map((section): Section => {
    const [title, ...lines] = section.split('\n');
    return { code: title!.replaceAll('`', ''), text: lines.join('\n') };
  });

it('has a section for every code of every package', () => {
  expect(codes.length).toBeGreaterThan(40);
  expect(codes.filter((code) => !sections.some((section) => section.code === code))).toEqual([]);
});

it('has no section for a code that does not exist', () => {
  expect(sections.filter(({ code }) => !codes.includes(code)).map(({ code }) => code)).toEqual([]);
});

it('has every code once', () => {
  expect(sections.map(({ code }) => code)).toHaveLength(new Set(sections.map(({ code }) => code)).size);
});

it.each(sections)('$code has a cause and a cure', ({ text }) => {
  expect(text).toMatch(/^Cause: \S/m);
  expect(text).toMatch(/^Cure: \S/m);
});
