/**
 * Code blocks of a page that stand elsewhere as files, whole or in part. A comment before the block says where its text comes from:
 *   <!-- from examples/third-party-supplement/src/index.ts -->                                        the whole file
 *   <!-- from examples/third-party-supplement/src/index.ts, "admitSession(intent)" to "    }," -->    from that line to the next that begins so
 *   <!-- from packages/session/test/ladders/F01-incoming-call.txt, scene: refused by the driver -->   what follows `== refused by the driver`
 * `npx vitest run --project unit test/docs -u` copies them anew.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export function readPage(path: string): string {
  return readFileSync(root + path, 'utf8');
}

const BLOCK =
  /^<!-- from (?<path>[^ ,]+)(?:, scene: (?<scene>.+?))?(?:, "(?<first>.+?)" to "(?<last>.+?)")? -->\n(?<fence>```\w*)\n[^]*?^```$/gm;

/** The page with every such block as its source has it now. @throws when a source, a scene or a line is not there */
export function withExcerpts(page: string): string {
  return page.replaceAll(BLOCK, (block: string, ...rest: unknown[]) => {
    const { path, scene, first, last, fence } = rest.at(-1) as Record<string, string | undefined>;
    const source = readPage(path!);
    const text =
      scene !== undefined
        ? sceneOf(source, scene, path!)
        : first !== undefined && last !== undefined
          ? linesOf(source, first, last, path!)
          : source;
    return `${block.slice(0, block.indexOf('\n'))}\n${fence}\n${text.trimEnd()}\n\`\`\``;
  });
}

/** The page without its blocks from elsewhere. */
export function withoutExcerpts(page: string): string {
  return page.replaceAll(BLOCK, '');
}

/** How many blocks of a page come from elsewhere. */
export function countExcerpts(page: string): number {
  return [...page.matchAll(BLOCK)].length;
}

/** What follows `== title` in a text of ladders. */
export function sceneOf(source: string, title: string, path: string): string {
  const lines = source.split('\n');
  const start = lines.indexOf(`== ${title}`);
  if (start === -1) throw new Error(`${path} has no scene "${title}"`);
  const end = lines.findIndex((line, at) => at > start && line.startsWith('== '));
  return lines.slice(start + 1, end === -1 ? undefined : end).join('\n');
}

function linesOf(source: string, first: string, last: string, path: string): string {
  const lines = source.split('\n');
  const start = lines.findIndex((line) => line.includes(first));
  if (start === -1) throw new Error(`${path} has no line with "${first}"`);
  const end = lines.findIndex((line, at) => at >= start && line.startsWith(last));
  if (end === -1) throw new Error(`${path} has no line after "${first}" that begins with "${last}"`);
  const piece = lines.slice(start, end + 1);
  const margin = Math.min(...piece.filter((line) => line !== '').map((line) => line.search(/\S/)));
  return piece.map((line) => line.slice(margin)).join('\n');
}
