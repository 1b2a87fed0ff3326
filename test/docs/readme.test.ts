import { describe, expect, it } from 'vitest';
import { NUMBERS } from '../../examples/answer-machine/src/numbers.ts';
import { readPage } from './excerpts.ts';

const page = readPage('README.md');
/** What stands in code marks in the first cells of a table. */
const firstCells = (page: string, header: string): string[] => {
  const rows = page.split(`${header}\n`)[1]!.split('\n\n')[0]!.split('\n').slice(1);
  return rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^` ]+)[^`]*`/g)].map(([, cell]) => cell!));
};

describe.each(['README.md', 'examples/answer-machine/README.md'])('%s', (path) => {
  it('has the test numbers of the answer machine', () => {
    expect(new Set(firstCells(readPage(path), '| number | what happens |'))).toEqual(new Set(Object.keys(NUMBERS)));
  });

  it('has its options', () => {
    const usage = readPage('examples/answer-machine/src/command-line.ts').split('const USAGE')[1]!.split('`;')[0]!;
    const options = [...usage.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, option]) => option!);
    expect(new Set(firstCells(readPage(path), '| option | default | what it does |'))).toEqual(new Set(options));
  });
});

describe('README.md', () => {
  it('has every package, and CONTRIBUTING too', () => {
    const config = JSON.parse(readPage('tsconfig.json')) as { references: { path: string }[] };
    const packages = config.references.map(({ path }) => path).filter((path) => path.startsWith('packages/'));
    expect(packages.length).toBeGreaterThan(10);
    expect(packages.filter((path) => !page.includes(`](${path}/README.md)`))).toEqual([]);
    expect(packages.filter((path) => !readPage('CONTRIBUTING.md').includes(path.replace('packages/', '')))).toEqual([]);
  });
});
