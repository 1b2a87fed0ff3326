/** Programs in READMEs and docs are type-checked, all in one run of the compiler. What a page quotes from a file is checked there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPage, root, withoutExcerpts } from './excerpts.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${root}docs`).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  ...readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`),
  'examples/third-party-supplement/README.md',
];

interface Program {
  readonly page: string;
  readonly file: string;
  readonly text: string;
}

/** Blocks that import something stand for themselves. */
const programs = pages.flatMap((page, number) =>
  [...withoutExcerpts(readPage(page)).matchAll(/^```ts\n([^]*?)^```$/gm)]
    .map(([, text]) => text!)
    .filter((text) => /^import /m.test(text))
    .map((text, block): Program => ({ page, file: `page${number}-block${block}.ts`, text })),
);

const TSCONFIG = {
  extends: '../../tsconfig.base.json',
  include: ['*.ts'],
  compilerOptions: {
    noEmit: true,
    composite: false,
    declaration: false,
    declarationMap: false,
    emitDeclarationOnly: false,
    rewriteRelativeImportExtensions: false,
    allowImportingTsExtensions: true,
    paths: { 'jackfield-supplement-example': ['../../examples/third-party-supplement/src/index.ts'] },
  },
};

describe('programs in READMEs and docs compile', () => {
  let folder: string;
  let output = '';

  beforeAll(() => {
    folder = mkdtempSync(join(root, 'test/.blocks-')); // in the tree, so that the packages are found
    for (const { file, text } of programs) writeFileSync(join(folder, file), text);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    output = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder, encoding: 'utf8' }).stdout;
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('there are some', () => {
    expect(programs.length).toBeGreaterThan(8);
  });

  it.each(programs)('$page: $file', ({ file }) => {
    expect(output.split('\n').filter((line) => line.startsWith(file))).toEqual([]);
  });
});
