import { describe, expect, it } from 'vitest';
import { NUMBERS } from '../../examples/answer-machine/src/numbers.ts';
import { readPage } from './excerpts.ts';

const page = readPage('README.md');
const machine = readPage('examples/answer-machine/README.md');
/** What stands in code marks in the first cells of a table. */
const firstCells = (page: string, header: string): string[] => {
  const rows = page.split(`${header}\n`)[1]!.split('\n\n')[0]!.split('\n').slice(1);
  return rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^` ]+)[^`]*`/g)].map(([, cell]) => cell!));
};

const NUMBERS_HEADER = '| number | what happens |';
const OPTIONS_HEADER = '| option | default | what it does |';

it('the test numbers of the answer machine are on the front page, once', () => {
  expect(new Set(firstCells(page, NUMBERS_HEADER))).toEqual(new Set(Object.keys(NUMBERS)));
  expect(machine).not.toContain(NUMBERS_HEADER);
});

it('its options are on its own page, once', () => {
  const usage = readPage('examples/answer-machine/src/command-line.ts').split('const USAGE')[1]!.split('`;')[0]!;
  const options = [...usage.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, option]) => option!);
  expect(new Set(firstCells(machine, OPTIONS_HEADER))).toEqual(new Set(options));
  expect(page).not.toContain(OPTIONS_HEADER);
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
