/** Who installs what a README says can run its programs: nothing is left to what npm happens to hoist. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPage, root } from './excerpts.ts';

const pages = ['README.md', ...readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`)];

const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found]) => found!);
const blocks = (page: string, language: string): string => all(page, new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm')).join('\n');

describe.each(pages)('%s', (path) => {
  const page = readPage(path);

  it('installs what its programs import', () => {
    const installed = all(blocks(page, '(?:sh)?'), /^npm install (.+)$/gm).flatMap((line) => line.split(' '));
    expect(installed.length).toBeGreaterThan(0);
    const imported = new Set(all(blocks(page, 'ts'), /from '((?:@[\w-]+\/)?[\w-]+)(?:\/[\w-]+)*'/g));
    expect([...imported].filter((name) => !installed.includes(name))).toEqual([]);
  });
});
