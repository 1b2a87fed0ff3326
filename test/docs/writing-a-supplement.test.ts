import { describe, expect, it } from 'vitest';
import { readPage, withExcerpts } from './excerpts.ts';

const page = readPage('docs/writing-a-supplement.md');
const blockAfter = (text: string): unknown => JSON.parse(page.split(text)[1]!.split('```json\n')[1]!.split('\n```')[0]!);

interface Manifest {
  readonly [field: string]: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly exports?: unknown;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports?: unknown };
}

describe('docs/writing-a-supplement.md', () => {
  it('shows the example as it is', () => {
    expect(withExcerpts(page)).toBe(page);
  });

  it.each(['src/index.ts', 'test/contract.test.ts', 'test/call-limit.test.ts'])(
    'has %s whole, so that what is copied from it compiles',
    (file) => {
      expect(page).toContain(`\`\`\`ts\n${readPage(`examples/third-party-supplement/${file}`).trimEnd()}\n\`\`\``);
    },
  );

  it('builds before its tests run, which import what was built', () => {
    const { name, scripts } = blockAfter('`package.json`') as Manifest;
    expect(readPage('examples/third-party-supplement/test/contract.test.ts')).toContain(`from '${name as string}'`);
    expect(scripts).toMatchObject({ build: 'tsc', pretest: 'npm run build', test: 'vitest run' });
  });

  it.each(['checkSupplement', 'defineHeaderSupplement', 'defineInfoSupplement'])('names %s, in its table too', (name) => {
    expect(page.split('## What else a supplement can do')[1]).toContain(`\`${name}\``);
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
