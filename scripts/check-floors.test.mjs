import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkFloors } from './check-floors.mjs';
import { oldFunctions } from './old-functions.mjs';
import { importsOf, tokenize } from './tokens.mjs';

const entry = (name) => ({ 'jackfield-source': `./src/${name}.ts`, default: `./dist/${name}.js` });
const manifest = (name, installed, testing = false) =>
  JSON.stringify({
    name,
    exports: { '.': entry('index'), ...(testing ? { './testing': entry('testing') } : {}), './package.json': './package.json' },
    dependencies: Object.fromEntries(installed.map((dependency) => [dependency, '*'])),
  });
const all = ['base', 'sip', 'sdp', 'rtp', 'session', 'identity', 'sdp-audio', 'supplement-screening', 'call'].map(
  (name) => `@jackfield/${name}`,
);
const HOUSE = {
  'packages/base/package.json': manifest('@jackfield/base', all, true),
  'packages/base/src/index.ts': `export { now } from './clock.ts';`,
  'packages/base/src/clock.ts': `export const now = () => Date.now() + Math.random(); setTimeout(now, 1);`,
  'packages/base/src/testing.ts': `export { now } from './index.ts';`,
  'packages/sip/package.json': manifest('@jackfield/sip', all, true),
  'packages/sip/src/index.ts': `export * from './messages/uri.ts';`,
  'packages/sip/src/errors.ts': `export const code = 1;`,
  'packages/sip/src/messages/uri.ts': `import { code } from '../errors.ts'; export const uri = code;`,
  'packages/sip/src/transport/udp.ts': `import dgram from 'node:dgram'; import dns from 'node:dns/promises'; import { uri } from '../messages/uri.ts';`,
  'packages/sip/src/testing.ts': `import { now } from '@jackfield/base/testing'; export * from './index.ts';`,
  'packages/sdp/package.json': manifest('@jackfield/sdp', [...all, 'sdp-transform']),
  'packages/sdp/src/index.ts': `import transform from 'sdp-transform'; export const parse = transform.parse;`,
  'packages/rtp/package.json': manifest('@jackfield/rtp', all),
  'packages/rtp/src/index.ts': `import { createSocket } from 'node:dgram';`,
  'packages/session/package.json': manifest('@jackfield/session', [...all, 'sdp-transform'], true),
  'packages/session/src/index.ts': `export type { Session } from './contract/session.ts'; export { parse } from '@jackfield/sdp';`,
  'packages/session/src/cookies.ts': `export interface Jar {}`,
  'packages/session/src/contract/session.ts': `import type { Jar } from '../cookies.ts'; export interface Session { jar: Jar }`,
  'packages/session/src/testing.ts': `export * from './index.ts';`,
  'packages/identity/package.json': manifest('@jackfield/identity', all),
  'packages/identity/src/index.ts': `import type { Session } from '@jackfield/session'; declare module '@jackfield/session' { interface Kinds {} }`,
  'packages/sdp-audio/package.json': manifest('@jackfield/sdp-audio', all),
  'packages/sdp-audio/src/index.ts': `export {};`,
  'packages/supplement-screening/package.json': manifest('@jackfield/supplement-screening', all),
  'packages/supplement-screening/src/index.ts': `import '@jackfield/identity';`,
  'packages/call/package.json': manifest('@jackfield/call', all),
  'packages/call/src/index.ts': `import '@jackfield/session';`,
  'examples/machine/package.json': manifest('machine', all),
  'examples/machine/src/main.ts': `import '@jackfield/call';`,
};

const made = [];
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** The house above with other files laid over it; gives what the check says, one string each. */
function check(files) {
  const root = mkdtempSync(join(tmpdir(), 'floors-'));
  made.push(root);
  for (const [file, text] of Object.entries({ ...HOUSE, ...files })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return checkFloors(root).map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

describe('the floors', () => {
  it('finds nothing in a house that is in order', () => {
    expect(check({})).toEqual([]);
  });

  const UP = /imports point down/;
  const SOCKETS = /may be imported in packages\/sip\/src\/transport\/ and packages\/rtp\/src\/ only/;
  it.each([
    // between packages
    ['packages/sip/src/stack.ts', `import { x } from '@jackfield/session';`, UP],
    ['packages/sip/src/stack.ts', `import type { X } from '@jackfield/session';`, UP],
    ['packages/sip/src/stack.ts', `import { type X } from '@jackfield/session';`, UP],
    ['packages/sip/src/stack.ts', `export type { X } from '@jackfield/session';`, UP],
    ['packages/sip/src/stack.ts', `export * as x from '@jackfield/session';`, UP],
    ['packages/sip/src/stack.ts', `type X = import('@jackfield/session').X;`, UP],
    ['packages/sip/src/stack.ts', `const x = await import('@jackfield/session');`, UP],
    ['packages/sip/src/stack.ts', 'const x = `${await import("@jackfield/session")}`;', UP],
    ['packages/sip/src/stack.ts', `declare module '@jackfield/session' { interface X {} }`, UP],
    ['packages/sip/src/stack.test.ts', `import { x } from '@jackfield/session';`, UP],
    ['packages/session/src/service.ts', `import { x } from '@jackfield/identity';`, UP],
    ['packages/identity/src/x.ts', `import { x } from '@jackfield/call';`, UP],
    ['packages/call/src/x.ts', `import { x } from 'machine';`, UP],
    ['packages/sip/src/stack.ts', `import { x } from '@jackfield/sdp';`, /of its own floor/],
    ['packages/rtp/src/x.ts', `import type { x } from '@jackfield/sip';`, /of its own floor/],
    ['packages/identity/src/x.ts', `import { x } from '@jackfield/sdp-audio';`, /of its own floor/],
    ['packages/identity/src/x.ts', `import { x } from '@jackfield/supplement-screening';`, /of its own floor/],
    ['packages/call/src/x.ts', `import { x } from '@jackfield/sip/messages/uri';`, /not among the exports/],
    ['packages/call/src/x.ts', `import { x } from '@jackfield/sip/src/index.ts';`, /not among the exports/],
    ['packages/call/src/x.ts', `import { x } from '@jackfield/nothing';`, /no package|not among the dependencies/],
    ['packages/call/src/x.ts', `import { x } from '../../sip/src/index.ts';`, /leaves the package/],
    ['packages/call/src/x.ts', `import { x } from '../package.json';`, /leaves the package/],
    ['packages/call/src/x.ts', `import { x } from 'left-pad';`, /not among the dependencies/],
    ['packages/call/src/x.ts', `import { x } from '@jackfield/sip/testing';`, /for tests/],
    ['packages/new/package.json', manifest('@jackfield/new', []), /stands on no floor/],
    // inside a package
    ['packages/sip/src/messages/x.ts', `import type { x } from '../transport/udp.ts';`, UP],
    ['packages/sip/src/transport/x.ts', `import { x } from '../transactions/x.ts';`, UP],
    ['packages/sip/src/transactions/x.ts', `import { x } from '../dialogs/x.ts';`, UP],
    ['packages/sip/src/auth/x.ts', `import { x } from '../dialogs/x.ts';`, UP],
    ['packages/sip/src/dialogs/x.ts', `import { x } from '../stack/x.ts';`, UP],
    ['packages/sip/src/stack/x.ts', `import { x } from '../index.ts';`, UP],
    ['packages/sip/src/stack/x.ts', `import { x } from '@jackfield/sip';`, UP],
    ['packages/sip/src/messages/x.test.ts', `import { x } from '../transport/udp.ts';`, UP],
    ['packages/sip/src/elsewhere/x.ts', `import { x } from '../messages/uri.ts';`, /has no place/],
    ['packages/session/src/contract/x.ts', `import type { x } from '../plugins/x.ts';`, UP],
    ['packages/session/src/cookies.ts', `import type { x } from './plugins/x.ts';`, UP],
    ['packages/session/src/plugins/x.ts', `import type { x } from '../calls/x.ts';`, UP],
    ['packages/session/src/calls/x.ts', `import type { x } from '../service.ts';`, UP],
    ['packages/sip/src/stack/x.ts', `import { x } from '../testing.ts';`, /top of its package/],
    ['packages/base/src/x.ts', `import { x } from './testing/x.ts';`, /top of its package/],
    ['packages/base/src/x.ts', `import { x } from './clock.test.ts';`, /is a test/],
    // what some folders own
    ['packages/sip/src/stack/x.ts', `import { createSocket } from 'node:dgram';`, SOCKETS],
    ['packages/sip/src/stack/x.ts', `import type { Socket } from 'net';`, SOCKETS],
    ['packages/session/src/calls/x.ts', `const tls = process.getBuiltinModule('node:tls');`, SOCKETS],
    ['examples/machine/src/x.ts', `import http from 'node:http';`, SOCKETS],
    ['packages/rtp/src/x.ts', `import { lookup } from 'node:dns/promises';`, /packages\/sip\/src\/transport\/ only/],
    ['packages/call/src/x.ts', `import timers from 'node:timers/promises';`, /packages\/base\/src\/ only/],
    ['packages/session/src/calls/x.ts', `import { parse } from 'sdp-transform';`, /packages\/sdp\/src\/ only/],
    ['packages/call/src/x.ts', `const name = 'sip'; await import(name);`, /computed import/],
    ...['setTimeout(f, 1)', 'globalThis.setInterval(f, 1)', 'const later = setImmediate;', 'clearTimeout(t)'].map((code) => [
      'packages/sip/src/transactions/x.ts',
      code,
      /take a Clock/,
    ]),
    ...[
      'Date.now()',
      'const { now } = Date; new Date()',
      'Date()',
      'performance.now()',
      'process.hrtime.bigint()',
      'globalThis.Math.random()',
    ].map((code) => ['examples/machine/src/x.ts', code, /which base alone does|is called in base only/]),
    ['packages/rtp/src/x.ts', 'const text = `now ${`${{ at: Date.now() }.at}`} then`;', /Date\.now is called in base only/],
  ])('refuses in %s: %s', (file, text, message) => {
    expect(
      check({ [file]: file.endsWith('.json') ? text : `// one line above\n${text}\n` }).filter((found) => found.startsWith(file)),
    ).toEqual([expect.stringMatching(new RegExp(`:${file.endsWith('.json') ? 1 : 2}: .*(${message.source})`))]);
  });

  it.each([
    ['packages/supplement-screening/src/x.ts', `import { getIdentity } from '@jackfield/identity';`],
    [
      'packages/sip/src/auth/x.ts',
      `import { uri } from '../messages/uri.ts'; import { code } from '../errors.ts'; import { randomBytes } from 'node:crypto';`,
    ],
    ['packages/session/src/cookies.ts', `import type { Supplement } from './contract/supplement.ts';`],
    [
      'packages/session/src/plugins/x.test.ts',
      `import '../testing.ts'; import '@jackfield/sip/testing'; import 'vitest'; setTimeout(f); new Date();`,
    ],
    ['packages/sip/src/stack.test.ts', `import dgram from 'node:dgram'; import 'sdp-transform';`],
    ['packages/identity/src/x.ts', `declare module '@jackfield/session' { interface Kinds { x: 1 } }`],
    [
      'packages/call/src/x.ts',
      `clock.setTimeout(1); service?.setInterval(2); const when: Date = given; if (given instanceof Date) use(given);`,
    ],
    [
      'packages/call/src/x.ts',
      `// import '@jackfield/nothing'\n/* setTimeout(f) */ const help = "import '@jackfield/nothing'; Date.now()";`,
    ],
    [
      'packages/call/src/x.ts',
      'const quote = /["\'`/]/g; const half = a / 2; const text = `import "x" ${half / 2} setTimeout(f)`; // Date.now()',
    ],
  ])('lets pass in %s: %s', (file, text) => {
    expect(check({ [file]: text })).toEqual([]);
  });

  it('refuses a circle of files, types included, and tells the way round once', () => {
    const found = check({
      'packages/rtp/src/a.ts': `import { c } from './b.ts';`,
      'packages/rtp/src/b.ts': `\nexport type { C } from './c.ts';`,
      'packages/rtp/src/c.ts': `type A = import('./a.ts').A; import './d.ts';`,
      'packages/rtp/src/d.ts': `export {};`,
      'packages/rtp/src/e.ts': `import type { E } from './e.ts';`,
    });
    expect(found).toEqual([
      'packages/rtp/src/a.ts:1: a circle of imports: packages/rtp/src/a.ts -> packages/rtp/src/b.ts -> packages/rtp/src/c.ts -> packages/rtp/src/a.ts',
      'packages/rtp/src/e.ts:1: imports itself',
    ]);
  });

  it('sees a circle that runs through the name of the package', () => {
    expect(check({ 'packages/rtp/src/index.ts': `export * from './a.ts';`, 'packages/rtp/src/a.ts': `import '@jackfield/rtp';` })).toEqual([
      expect.stringContaining('a circle of imports'),
    ]);
  });
});

describe('functions in the old space', () => {
  it.each([
    ['this.a = () => 1;', [1]],
    ['this.#a = async (b, c = (1)) => b;', [1]],
    ['o.p.q = function () {};', [1]],
    ['this.a ??= b => b;', [1]],
    ['class A {\n  readonly #a = (b: string): void => {};\n}', [2]],
    ['class A {\n  b = 1;\n  #a = () => {};\n}', [3]],
    ['const a = () => 1; this.a = a; this.b(() => 1); this.c = (1 + 2) * 3;', []],
    ['if (this.a === (() => 1)) o = { p: () => 1 };', []],
    ['this.a = b ? () => 1 : undefined; this.list = list.map((one) => one);', []],
  ])('%s', (text, lines) => {
    expect(oldFunctions(tokenize(text))).toEqual(lines);
  });

  it('are refused in packages, and not in tests', () => {
    const text = 'export class A { readonly a = () => 1; }';
    expect(check({ 'packages/rtp/src/a.ts': text, 'packages/rtp/src/a.test.ts': text })).toEqual([
      expect.stringMatching(/^packages\/rtp\/src\/a\.ts:1: .*old space/),
    ]);
  });
});

describe('reading imports', () => {
  const read = (text) => importsOf(tokenize(text)).map(({ specifier, line }) => `${specifier}@${line}`);

  it.each([
    [`import a, { b as c, type D } from 'x'; import * as e from "y";`, ['x@1', 'y@1']],
    [`import {\n  a,\n  b,\n} from\n  'x';`, ['x@5']],
    [`import { 'strange name' as a } from 'x';`, ['x@1']],
    [`export interface A {}\nexport class B {}\nexport { c } from 'x'\nexport default {}\nimport 'y'`, ['x@3', 'y@5']],
    [`export const from = 'x'; export { from }; const a = { import: 'y', from: 'z' }; a.import('w');`, []],
    [`const { resolve } = import.meta; import fs = require('node:fs');`, ['node:fs@1']],
    ['`\n${"`"}\n`; import "x";', ['x@3']],
    ['const a = "it\\"s"; const b = a++ / 2; const c = /[/"]/.test(a) ? 1 / 2 : 3 /* " */; import "x"', ['x@1']],
    ['await import(`x`); await import(`${y}`)', ['x@1', 'undefined@1']],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });
});
