import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPage, root } from './excerpts.ts';

interface Row {
  readonly id: string;
  readonly question: string;
  readonly settled: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

const rows = readPage('docs/ambiguities.md')
  .split('\n')
  .filter((line) => line.startsWith('| A'))
  .map((line): Row => {
    const [, id = '', question = '', settled = '', named = ''] = line.split('|').map((cell) => cell.trim());
    const tests = [...named.matchAll(/`([^`]+)` › (.+?)(?=; `|$)/g)].map(([, file = '', title = '']) => ({ file, title }));
    return { id, question, settled, tests };
  });

describe('docs/ambiguities.md', () => {
  it('has A1 to A27, once each and in order', () => {
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 27 }, (_, at) => `A${at + 1}`));
  });

  it.each(rows)('$id: one sentence, and tests that are there', ({ question, settled, tests }) => {
    expect(question).not.toBe('');
    expect(settled).toMatch(/^[A-Z`0-9].*[^.]\.$/);
    expect(tests.length).toBeGreaterThan(0);
    for (const { file, title } of tests) {
      expect(existsSync(root + file)).toBe(true);
      const text = readPage(file);
      if (file.endsWith('.txt')) expect(text.split('\n')).toContain(`== ${title}`);
      else expect([`'${title}'`, `\`${title}\``].some((quoted) => text.includes(quoted))).toBe(true);
    }
  });

  it('names every test of its own folder', () => {
    const file = 'packages/session/test/ambiguities/settled.test.ts';
    const titles = [...readPage(file).matchAll(/^ *it(?:\.each[^]*?\])?(?: as const\))?\(\s*'(A\d+: [^']+)'/gm)].map(([, title]) => title);
    expect(titles.length).toBeGreaterThan(10);
    expect(rows.flatMap(({ tests }) => tests.filter((test) => test.file === file).map(({ title }) => title))).toEqual(
      expect.arrayContaining(titles),
    );
  });
});
