/**
 * What the entries of the packages export, and where each export is declared: read as text, which knows as much of TypeScript as our own files use.
 * Exports are written out (`export { a, type B } from './c.ts'`); `export *` is none of ours.
 */
import { existsSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { readPage, root } from './excerpts.ts';

/** A declaration in a file: the numbers of its first line and of the first line behind it, from 0. */
interface Declaration {
  readonly path: string;
  readonly lines: readonly string[];
  readonly first: number;
  readonly end: number;
}
interface Member {
  readonly name: string;
  readonly line: number;
}

const LIST = /^(?<verb>export|import)(?: type)? \{(?<names>[^}]*)\}(?: from '(?<from>[^']+)')?;/gm;
const KINDS = '(?:declare )?(?:async )?(?:abstract )?(?:const|let|function\\*?|class|interface|type)';
const OWN = new RegExp(`^export ${KINDS} (\\w+)`, 'gm');
const MEMBER = /^ {2}(?:(?:static|readonly|async|get|override) )*(\w+)(?:\??[:(<]| = )/;
/** Modifiers and words that stand where the name of a public member would. */
const NO_MEMBER = /^ {2}(?:private|protected|constructor|set) ?/;

/** Every public entry: `packages/sip/src/index.ts`, `packages/sip/src/testing.ts` … */
export function entries(): string[] {
  return readdirSync(`${root}packages`)
    .flatMap((name) => [`packages/${name}/src/index.ts`, `packages/${name}/src/testing.ts`])
    .filter((path) => existsSync(root + path));
}

/** The names that a file exports of its own package; what comes from another package is that one's to describe. @throws for an `export *` */
export function exportsOf(path: string): string[] {
  const text = readPage(path);
  if (/^export \*/m.test(text)) throw new Error(`${path} exports what cannot be read here: export *`);
  const listed = [...namesIn(text, 'export')].filter(([, { from }]) => from === undefined || from.startsWith('.')).map(([name]) => name);
  return [...listed, ...[...text.matchAll(OWN)].map(([, name]) => name!)];
}

/** Where `name`, as `path` exports or imports it, is declared. Undefined: in another package, or nowhere. */
export function declarationOf(path: string, name: string): Declaration | undefined {
  const text = readPage(path);
  const lines = text.split('\n');
  const begin = new RegExp(`^(?:export )?${KINDS} ${name}\\b`);
  const first = lines.findIndex((line) => begin.test(line));
  if (first >= 0) return { path, lines, first, end: endOf(lines, first) };
  const found = namesIn(text, 'export').get(name);
  const origin = found?.from === undefined ? namesIn(text, 'import').get(found?.name ?? name) : found;
  if (origin?.from?.startsWith('.') !== true) return undefined;
  return declarationOf(posix.join(posix.dirname(path), origin.from), origin.name);
}

/** The text of the docstring that ends right before that line, marks of the linter left out; undefined: there is none. */
export function docstringBefore({ lines }: Declaration, line: number): string | undefined {
  let at = line - 1;
  while (lines[at]?.trimStart().startsWith('// oxlint-') === true) at -= 1;
  if (lines[at]?.trimEnd().endsWith('*/') !== true) return undefined;
  let begin = at;
  while (begin > 0 && !lines[begin]!.includes('/**')) begin -= 1;
  return lines
    .slice(begin, at + 1)
    .map((text) => text.replaceAll(/^\s*\/?\*+\/?|\*\/$/g, '').trim())
    .join(' ')
    .trim();
}

/** The public members of an interface or class. */
export function membersOf({ lines, first, end }: Declaration): Member[] {
  const members: Member[] = [];
  for (let line = first + 1; line < end; line += 1) {
    const name = NO_MEMBER.test(lines[line]!) ? undefined : MEMBER.exec(lines[line]!)?.[1];
    if (name !== undefined) members.push({ name, line });
  }
  return members;
}

/** What the lists of one verb name: by the name in this file, or to the outside, the name over there and where that is. */
function namesIn(text: string, verb: 'export' | 'import'): Map<string, { readonly name: string; readonly from: string | undefined }> {
  const found = new Map<string, { readonly name: string; readonly from: string | undefined }>();
  for (const { groups } of text.matchAll(LIST)) {
    if (groups?.['verb'] !== verb) continue;
    for (const part of groups['names']!.split(',')) {
      const [name = '', as = name] = part
        .trim()
        .replace(/^type /, '')
        .split(' as ');
      if (name !== '') found.set(as, { name, from: groups['from'] });
    }
  }
  return found;
}

/** Behind the line that closes it, as prettier sets that: a bracket at its beginning, or the line itself. */
function endOf(lines: readonly string[], first: number): number {
  if (!/[{(]$/.test(lines[first]!)) return first + 1;
  const close = lines.findIndex((line, at) => at > first && line.startsWith('}'));
  return close === -1 ? lines.length : close;
}
