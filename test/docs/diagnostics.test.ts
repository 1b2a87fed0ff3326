import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPage, root } from './excerpts.ts';

interface Source {
  readonly path: string;
  readonly lines: readonly string[];
}

const sources = readdirSync(`${root}packages`)
  .filter((name) => existsSync(`${root}packages/${name}/src`))
  .flatMap((name) =>
    readdirSync(`${root}packages/${name}/src`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/\.test(-d)?\.ts$/.test(file))
      .map((file): Source => ({ path: `packages/${name}/src/${file}`, lines: readPage(`packages/${name}/src/${file}`).split('\n') })),
  );

interface Channel {
  readonly name: string;
  readonly type: string;
}
const channels = sources.flatMap(({ lines }) =>
  [...lines.join('\n').matchAll(/new Diagnostics<([^(]+)>\(\s*'([^']+)'/g)].map(([, type, name]): Channel => ({
    name: name!,
    type: type!,
  })),
);

interface Section {
  readonly name: string;
  readonly package: string;
  readonly text: string;
}
const sections = readPage('docs/diagnostics.md')
  .split(/^## (?=@jackfield)/m)
  .slice(1)
  .flatMap((part) => {
    const [title, ...channelParts] = part.split(/^### `jackfield:/m);
    return channelParts.map((text): Section => ({
      name: text.slice(0, text.indexOf('`')),
      package: title!.split('\n')[0]!.replace('@jackfield/', ''),
      text,
    }));
  });

describe('docs/diagnostics.md', () => {
  it('has a section for every channel of every package, once', () => {
    expect(channels.length).toBeGreaterThan(10);
    expect(sections.map(({ name }) => name).toSorted()).toEqual(channels.map(({ name }) => name).toSorted());
  });

  it.each(sections)('$name: says when, and what is published, by a type that its package exports', ({ name, package: folder, text }) => {
    expect(name.startsWith(`${folder}:`)).toBe(true);
    expect(text).toMatch(/^When: \S/m);
    const type = /^Publishes: `(\w+)`/m.exec(text)?.[1];
    expect(type).toBe(channels.find((channel) => channel.name === name)?.type);
    expect(readPage(`packages/${folder}/src/index.ts`)).toMatch(new RegExp(`\\b${type}\\b`));
  });

  it('names in `SipDiagnostics` the channels of @jackfield/sip, each with its type', () => {
    const rows = [...readPage('packages/sip/src/diagnostics.ts').matchAll(/^ {2}'([^']+)': (\w+);$/gm)];
    const own = channels.filter(({ name }) => name.startsWith('sip:'));
    expect(rows.map(([, name, type]) => `${name} ${type}`).toSorted()).toEqual(own.map(({ name, type }) => `${name} ${type}`).toSorted());
  });
});

describe('what channels cost', () => {
  const LINES_BEFORE = 4;
  /** Types that are made behind the flag and nowhere else: who is given one need not look again. */
  const tokensOf = (text: string, channel: string): readonly string[] =>
    [...text.matchAll(/\): (\w+) \| undefined \{\n +if \(!(\w+)\.hasSubscribers\) return undefined;/g)].flatMap(([, type, asked]) =>
      asked === channel ? [type!] : [],
    );
  const publishing = sources
    .filter(({ path }) => path !== 'packages/base/src/diagnostics.ts')
    .flatMap(({ path, lines }) =>
      lines.flatMap((line, at) =>
        [...line.matchAll(/\b(\w+)\.publish\(/g)].map(([, channel]) => ({
          place: `${path}:${at + 1}`,
          before: lines.slice(Math.max(0, at - LINES_BEFORE), at + 1).join('\n'),
          channel: channel!,
          tokens: tokensOf(lines.join('\n'), channel!),
        })),
      ),
    );

  it('is a look at a flag: whatever is published is built behind `hasSubscribers`', () => {
    expect(publishing.length).toBeGreaterThanOrEqual(channels.length);
    const unguarded = publishing.filter(
      ({ before, channel, tokens }) =>
        !before.includes(`${channel}.hasSubscribers`) && !tokens.some((type) => before.includes(`: ${type},`)),
    );
    expect(unguarded.map(({ place }) => place)).toEqual([]);
  });
});
