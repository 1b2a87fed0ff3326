import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPage, root, sceneOf } from './excerpts.ts';
import { FLOWS, type Flow, type Scene } from './flows.ts';

/** Who only ever calls, or is called. */
const ONE_ROLE: ReadonlyMap<number, 'caller' | 'callee'> = new Map([
  [1, 'callee'],
  [2, 'callee'],
  [3, 'caller'],
  [5, 'caller'],
]);
/** In every ladder alice has called, and bob was called. */
const NAMES = { caller: 'alice', callee: 'bob' } as const;

const page = readPage('docs/lifecycle.md');
const roles = FLOWS.flatMap((flow) =>
  (['caller', 'callee'] as const).map((role): { flow: Flow; number: number; role: 'caller' | 'callee'; scene: Scene | undefined } => ({
    flow,
    number: flow.number,
    role,
    scene: flow[role],
  })),
);

describe('the 27 flows', () => {
  it('are there, each once', () => {
    expect(FLOWS.map(({ number }) => number)).toEqual(Array.from({ length: 27 }, (_, at) => at + 1));
  });

  it.each(roles)('F$number has a ladder as $role, if there is such a role in it', ({ number, role, scene }) => {
    const only = ONE_ROLE.get(number);
    expect(scene !== undefined).toBe(only === undefined || only === role);
    if (scene === undefined) return;
    const [path, heading] = scene;
    const text = readPage(path);
    expect(text.split('\n')[0]).toMatch(new RegExp(`^F${number}: \\S`));
    expect(sceneOf(text, heading, path)).toMatch(new RegExp(`^${NAMES[role]}: `, 'm'));
  });
});

describe('files of ladders', () => {
  const folders = readdirSync(`${root}packages`)
    .map((name) => `packages/${name}/test/ladders`)
    .filter((folder) => existsSync(root + folder));
  const files = folders.flatMap((folder) => readdirSync(root + folder).flatMap((name) => (name.endsWith('.txt') ? [[folder, name]] : [])));
  const tests = (folder: string): string =>
    readdirSync(root + folder)
      .flatMap((name) => (name.endsWith('.test.ts') ? [readPage(`${folder}/${name}`)] : []))
      .join('\n');

  it('are there, of session and of the supplements that own a flow', () => {
    expect(folders).toHaveLength(3);
    expect(files.length).toBeGreaterThan(30);
  });

  it.each(files)('%s/%s is played, and has no heading twice', (folder, name) => {
    expect(tests(folder!)).toMatch(new RegExp(`'${name!.replace('.txt', '')}(?:\\.txt)?'`));
    const headings = [...readPage(`${folder}/${name}`).matchAll(/^== (.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toHaveLength(new Set(headings).size);
    expect(headings.length).toBeGreaterThan(0);
  });
});

describe('docs/lifecycle.md on them', () => {
  const cell = (scene: Scene | undefined): string => scene?.[1] ?? '';

  it.each(FLOWS)('F$number stands in the table, with its ladders', ({ number, title, caller, callee }) => {
    const files = [...new Set([caller, callee].flatMap((scene) => (scene === undefined ? [] : [scene[0]])))];
    const links = files.map((path) => `[${path.split('/').at(-1)!.replace('.txt', '')}](../${path})`).join(', ');
    expect(page).toContain(`| F${number} | ${title} | ${links} | ${cell(caller)} | ${cell(callee)} |`);
  });

  it.each(FLOWS)('F$number is shown, by one of its ladders', ({ caller, callee }) => {
    const shown = [caller, callee].filter((scene) => scene !== undefined && page.includes(`<!-- from ${scene[0]}, scene: ${scene[1]} -->`));
    expect(shown.length).toBeGreaterThan(0);
  });
});
