import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSessionService } from '@jackfield/session';
import { createSipStack } from '@jackfield/sip';
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
  .split('\n## Numbers to look at')[0]!
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

describe('the numbers that docs/diagnostics.md explains', () => {
  const tables = readPage('docs/diagnostics.md').split('## Numbers to look at')[1]!.split('## A file')[0]!;
  /** Names between backquotes of the first column, from the row of that head on. */
  const names = (head: string, rows: RegExp = /./): readonly string[] => {
    const [, table = ''] = tables.split(`| ${head} |`);
    return table
      .split('\n\n')[0]!
      .split('\n')
      .slice(2)
      .flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!))
      .filter((name) => rows.test(name));
  };
  const plain = (all: Readonly<Record<string, number>>): readonly string[] =>
    Object.keys(all)
      .filter((name) => !name.includes(':'))
      .toSorted();
  const stack = createSipStack({ transports: [] });
  const sessions = createSessionService(stack);

  it('of a stack are those that it gives', () => {
    const { live, total } = stack.stats();
    expect(names('`stack.stats().live`', /^[^:]+$/).toSorted()).toEqual(plain(live));
    expect(names('`stack.stats().total`', /^[^:]+$/).toSorted()).toEqual(plain(total));
  });

  it('of sessions are those that they give', () => {
    const { live, total } = sessions.stats();
    expect(names('`sessions.stats()`').toSorted()).toEqual(
      [...plain(live).map((key) => `live.${key}`), ...plain(total).map((key) => `total.${key}`)].toSorted(),
    );
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
