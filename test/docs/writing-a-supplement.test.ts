import { describe, expect, it } from 'vitest';
import { countExcerpts, readPage, withExcerpts } from './excerpts.ts';

const page = readPage('docs/writing-a-supplement.md');
const blockAfter = (text: string): unknown => JSON.parse(page.split(text)[1]!.split('```json\n')[1]!.split('\n```')[0]!);

interface Manifest {
  readonly [field: string]: unknown;
  readonly exports?: unknown;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports?: unknown };
}

describe('docs/writing-a-supplement.md', () => {
  it('shows the example as it is', () => {
    expect(countExcerpts(page)).toBeGreaterThan(5);
    expect(withExcerpts(page)).toBe(page);
  });

  it('shows the manifest that the example is published with', () => {
    const example = JSON.parse(readPage('examples/third-party-supplement/package.json')) as Manifest;
    const shown = blockAfter('`package.json`') as Manifest;
    for (const field of ['name', 'version', 'type', 'sideEffects', 'engines']) expect(shown[field]).toEqual(example[field]);
    expect(shown.exports).toEqual(example.publishConfig?.exports);
    expect(example.peerDependencies).toMatchObject(shown.peerDependencies ?? {});
  });

  it('imports nothing of ours but the session package, as it says', () => {
    const source = readPage('examples/third-party-supplement/src/index.ts');
    const imported = [...source.matchAll(/from '([^']+)'/g)].map(([, specifier]) => specifier);
    expect(new Set(imported)).toEqual(new Set(['@jackfield/session']));
  });
});
