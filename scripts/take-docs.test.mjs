import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './pnpm.mjs';
import { takeDocs } from './take-docs.mjs';

const LINK = /\]\((?!https?:|#)([^)#]+)/g;
const manifestOf = (name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
const takers = readdirSync(join(root, 'packages')).filter((name) => manifestOf(name).scripts?.prepack?.includes('take-docs') === true);

/** As where they are installed: `<scope>/<package>/docs`, with the other packages beside it. */
const scope = mkdtempSync(join(tmpdir(), 'jackfield-docs-'));
afterAll(() => rmSync(scope, { recursive: true, force: true }));

describe.each(takers)('the pages that are packed with %s', (name) => {
  const docs = join(scope, name, 'docs');
  takeDocs(join(root, 'packages', name), docs);
  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((page) => page.endsWith('.md'));
  const links = pages.flatMap((page) => {
    const text = readFileSync(join(docs, page), 'utf8');
    return [...text.matchAll(LINK)].map(([, target]) => relative(scope, join(docs, dirname(page), target)));
  });

  it('are those that its README names, and those that these link to', () => {
    const named = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8').match(/(?<=\bdocs\/)[\w/-]+\.md\b/g) ?? [];
    expect(pages).toEqual(expect.arrayContaining(named));
    expect(pages).toContain(named.includes('errors.md') ? 'lifecycle.md' : 'authentication.md');
  });

  it('link to nothing that is not installed', () => {
    const missing = links.filter((link) => !existsSync(join(scope, link)) && !existsSync(join(root, 'packages', link)));
    expect(missing).toEqual([]);
    const others = new Set(links.map((link) => link.split('/')[0]).filter((other) => other !== name));
    const { dependencies = {}, peerDependencies = {} } = manifestOf(name);
    const installed = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
    for (const one of installed) {
      if (!one.startsWith('@jackfield/')) continue;
      for (const next of Object.keys(manifestOf(one.slice('@jackfield/'.length)).dependencies ?? {})) installed.add(next);
    }
    expect([...others].filter((other) => !installed.has(`@jackfield/${other}`))).toEqual([]);
  });
});

it('a package whose README names a page packs it', () => {
  const names = readdirSync(join(root, 'packages'));
  const naming = names.filter((name) => /\bdocs\/[\w/-]+\.md\b/.test(readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')));
  expect(takers).toEqual(naming);
  expect(takers.filter((name) => !manifestOf(name).files.includes('docs'))).toEqual([]);
});

it('what a page says stays, and so do links that hold', () => {
  const lifecycle = readFileSync(join(scope, 'session/docs/lifecycle.md'), 'utf8');
  expect(lifecycle).toContain('](testing.md)');
  expect(lifecycle).toContain('](decisions/0003-late-offers.md)');
  expect(lifecycle).not.toContain('](../packages/');
  const plain = (text) => text.replaceAll(/\]\([^)]*\)/g, '').replaceAll('[', '');
  expect(plain(lifecycle)).toBe(plain(readFileSync(join(root, 'docs/lifecycle.md'), 'utf8')));
  expect(readFileSync(join(scope, 'sip/docs/transports.md'), 'utf8')).toContain('](../README.md#');
  expect(readFileSync(join(scope, 'sdp-audio/docs/transports.md'), 'utf8')).toContain('](../../sip/README.md#');
});
