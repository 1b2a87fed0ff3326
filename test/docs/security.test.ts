import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPage, root } from './excerpts.ts';

const span = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);
/** The others are about what is not built here. */
const REQUIRED = [...span(1, 22), ...span(26, 40), ...span(42, 53)].map((number) => `T-${String(number).padStart(2, '0')}`);

interface NamedTest {
  readonly file: string;
  readonly title: string;
}
interface Row {
  readonly id: string;
  readonly statement: string;
  readonly tests: readonly NamedTest[];
}

const rows = readPage('docs/security.md')
  .split('\n')
  .filter((line) => line.startsWith('| T-'))
  .map((line): Row => {
    const [, id, statement, tests] = line.split('|').map((cell) => cell.trim());
    const named = [...tests!.matchAll(/`([^`]+)` › (.+?)(?=; `|$)/g)].map(([, file, title]): NamedTest => ({ file: file!, title: title! }));
    return { id: id!, statement: statement!, tests: named };
  });

/** `T-nn file` of each title in the tree that begins with a number: the string that a test, or a row of its table, begins with. */
const titled = [
  'test',
  ...['packages', 'examples'].flatMap((top) =>
    readdirSync(root + top).flatMap((name) => ['src', 'test'].map((folder) => `${top}/${name}/${folder}`)),
  ),
]
  .filter((folder) => existsSync(root + folder))
  .flatMap((folder) => readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
  .filter((file) => file.endsWith('.test.ts') && !file.includes('/node_modules/'))
  .flatMap((file) => [...readPage(file).matchAll(/['"`](T-\d\d): /g)].map(([, id]) => `${id} ${file}`));

describe('docs/security.md', () => {
  it('has every statement once, in order, each with a sentence', () => {
    const ids = rows.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expect(REQUIRED.filter((id) => !ids.includes(id))).toEqual([]);
    expect(rows.filter(({ statement }) => !/^[A-Z].+\.$/.test(statement))).toEqual([]);
  });

  it.each(rows)('$id: names tests that are there, and begin with that number', ({ id, tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const { file, title } of tests) {
      expect(title.startsWith(`${id}: `)).toBe(true);
      expect(existsSync(root + file)).toBe(true);
      expect([`'${title}'`, `\`${title}\``].some((quoted) => readPage(file).includes(quoted))).toBe(true);
    }
  });

  it('knows every file with a test whose title begins with a number', () => {
    expect(titled.length).toBeGreaterThan(100);
    const listed = new Set(rows.flatMap(({ id, tests }) => tests.map(({ file }) => `${id} ${file}`)));
    expect([...new Set(titled)].filter((entry) => !listed.has(entry))).toEqual([]);
  });
});
