// Reads every import under packages/*/src and examples/*/src, and refuses one that points up, a circle of files, a reach into another
// package's insides, calls to the machine's clock, dice and sockets outside the folders that own them, and functions that outlive their call.
//   node scripts/check-floors.mjs [root]      prints file:line: message, and ends with 1 when there is any
import { existsSync, readFileSync, readdirSync, realpathSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oldFunctions } from './old-functions.mjs';
import { importsOf, tokenize } from './tokens.mjs';

// ---- the map of the house -------------------------------------------------------------------------------------------------------------

const SCOPE = '@jackfield/';

/** Which floor a package stands on, by its folder; the first that fits counts. */
const FLOORS = [
  [/^packages\/base$/, 0],
  [/^packages\/(sip|sdp|rtp)$/, 1],
  [/^packages\/session$/, 2],
  [/^packages\/(identity|sdp-[^/]+|supplement-[^/]+)$/, 3],
  [/^packages\/call$/, 4],
  [/^examples\/third-party-supplement$/, 3], // what a stranger writes stands where our own supplements do
  [/^examples\//, 5],
];

/** Packages of one floor that may meet, through their public exports: a plug-in that stands on another. */
const NEIGHBOURS = new Set(['packages/supplement-screening -> packages/identity']);

/**
 * Inner floors, lowest first; a unit is folders and files directly under src that are one place, '.' the files not named elsewhere.
 * A file may import from its own unit, and from the units of the floors below.
 */
const INSIDE = {
  'packages/sip': [
    [['messages', 'errors.ts']],
    [['transport']],
    [['transactions']],
    [['auth']],
    [['dialogs']],
    [['stack']],
    [['.', 'trace']],
  ],
  'packages/session': [[['contract', 'errors.ts', 'cookies.ts']], [['plugins']], [['endpoints']], [['calls']], [['service', '.']]],
};

/** Modules that only some folders may import. Tests are free. */
const OWNED_MODULES = [
  { names: ['dgram', 'net', 'tls', 'http', 'https', 'http2'], owners: ['packages/sip/src/transport/', 'packages/rtp/src/'] },
  { names: ['dns', 'dns/promises', 'ws'], owners: ['packages/sip/src/transport/'] },
  { names: ['timers', 'timers/promises'], owners: ['packages/base/src/'] },
  { names: ['sdp-transform'], owners: ['packages/sdp/src/'] },
  { names: ['werift', 'werift-rtp'], owners: ['packages/rtp/src/'] },
];

/** The machine's clock and dice. Tests are free; everyone else asks `base`. */
const GLOBALS_OWNER = 'packages/base/src/';
const FORBIDDEN_WORDS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate']);
const FORBIDDEN_MEMBERS = new Set(['Date.now', 'performance.now', 'Math.random', 'process.hrtime', 'AbortSignal.timeout']);
const GLOBAL_OBJECTS = new Set(['globalThis', 'global', 'window', 'self']);

// ---- reading --------------------------------------------------------------------------------------------------------------------------

const isTest = (file) => /\.test(-d)?\.ts$/.test(file) || /\/src\/(.*\/)?test\//.test(file);
const isTesting = (file) => /^[^/]+\/[^/]+\/src\/testing(\.ts$|\/)/.test(file);
const packageOf = (file) => file.split('/', 2).join('/');
const floorOf = (dir) => FLOORS.find(([pattern]) => pattern.test(dir))?.[1];

function sourcesUnder(root, dir) {
  if (!existsSync(join(root, dir))) return [];
  return readdirSync(join(root, dir), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${dir}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesUnder(root, path);
      return /\.[mc]?tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
    })
    .sort((a, b) => (a < b ? -1 : 1));
}

function readPackages(root) {
  const packages = new Map(); // folder -> { name, entries: subpath -> source file, runtime names, all names }
  for (const parent of ['packages', 'examples']) {
    if (!existsSync(join(root, parent))) continue;
    for (const folder of readdirSync(join(root, parent)).sort()) {
      const dir = `${parent}/${folder}`;
      if (!existsSync(join(root, dir, 'package.json'))) continue;
      const manifest = JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8'));
      const entries = new Map();
      for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
        entries.set(subpath, typeof target === 'object' ? posix.join(dir, target['jackfield-source'] ?? '') : undefined);
      }
      const installed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
      packages.set(dir, { dir, name: manifest.name, entries, installed: new Set(installed) });
    }
  }
  return packages;
}

// ---- checking -------------------------------------------------------------------------------------------------------------------------

/** @returns {{ file: string, line: number, message: string }[]} */
export function checkFloors(root) {
  const packages = readPackages(root);
  const byName = new Map([...packages.values()].map((pkg) => [pkg.name, pkg]));
  const files = ['packages', 'examples'].flatMap((parent) =>
    [...packages.keys()].filter((dir) => dir.startsWith(`${parent}/`)).flatMap((dir) => sourcesUnder(root, `${dir}/src`)),
  );
  const known = new Set(files);
  const edges = new Map(); // file -> [{ to, line }]
  const violations = [];

  for (const dir of packages.keys()) {
    if (floorOf(dir) === undefined)
      violations.push({ file: `${dir}/package.json`, line: 1, message: `${dir} stands on no floor: give it one` });
  }

  for (const file of files) {
    const refuse = (line, message) => violations.push({ file, line, message });
    const tokens = tokenize(readFileSync(join(root, file), 'utf8'));
    const own = packages.get(packageOf(file));
    const targets = [];
    if (!isTest(file) && !file.startsWith(GLOBALS_OWNER)) forbiddenGlobals(tokens, refuse);
    if (!isTest(file) && !isTesting(file) && file.startsWith('packages/'))
      for (const line of oldFunctions(tokens))
        refuse(line, 'a function assigned to a property lives in the old space: pass it, or name it first');
    for (const { specifier, line, augments } of importsOf(tokens)) {
      if (specifier === undefined) refuse(line, 'a computed import cannot be checked: write the module out');
      else if (specifier.startsWith('.')) {
        const to = resolveRelative(file, specifier, known);
        if (packageOf(to) !== own.dir || !to.startsWith(`${own.dir}/src/`))
          refuse(line, `${specifier} leaves the package: import it by its name`);
        else if (!augments) targets.push({ to, line });
        if (packageOf(to) === own.dir) checkInside(file, to, specifier, line, refuse);
      } else {
        const to = checkPackage({ file, own, specifier, line, augments, byName, refuse });
        if (to !== undefined && !augments) targets.push({ to, line });
      }
    }
    edges.set(
      file,
      targets.filter(({ to }) => known.has(to)),
    );
  }
  violations.push(...circles(edges));
  return violations.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

function resolveRelative(file, specifier, known) {
  const path = posix.join(dirname(file), specifier);
  return [path, path.replace(/\.([mc]?)js$/, '.$1ts'), `${path}.ts`, `${path}/index.ts`].find((candidate) => known.has(candidate)) ?? path;
}

/** A bare import: of a built-in, of another package of ours, of somebody else's. Gives the source file behind it, when it is ours. */
function checkPackage({ file, own, specifier, line, augments, byName, refuse }) {
  const plain = specifier.replace(/^node:/, '');
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const pkg = byName.get(name);

  if (!isTest(file)) {
    for (const { names, owners } of OWNED_MODULES) {
      const owned = names.includes(plain) || names.includes(name);
      if (owned && !owners.some((owner) => file.startsWith(owner)))
        refuse(line, `${specifier} may be imported in ${owners.join(' and ')} only`);
    }
  }
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return undefined;
  const undeclared = !isTest(file) && name !== own.name && !own.installed.has(name);
  if (pkg === undefined) {
    if (name.startsWith(SCOPE)) refuse(line, `there is no package ${name} here`);
    else if (undeclared) refuse(line, `${name} is not among the dependencies or peerDependencies of ${own.name}`);
    return undefined;
  }
  if (pkg !== own) {
    const from = floorOf(own.dir);
    const to = floorOf(pkg.dir);
    const isNeighbour = NEIGHBOURS.has(`${own.dir} -> ${pkg.dir}`);
    if (to > from) refuse(line, `${own.name} (floor ${from}) imports ${name} (floor ${to}): imports point down`);
    else if (to === from && !isNeighbour) refuse(line, `${own.name} imports ${name} of its own floor (${from})`);
    else if (undeclared) refuse(line, `${name} is not among the dependencies or peerDependencies of ${own.name}`);
  }
  const subpath = specifier === name ? '.' : `.${specifier.slice(name.length)}`;
  if (!pkg.entries.has(subpath)) {
    refuse(line, `${specifier} is not among the exports of ${name}`);
    return undefined;
  }
  const target = pkg.entries.get(subpath);
  if (pkg === own && !augments && target !== undefined) checkInside(file, target, specifier, line, refuse);
  else if (target !== undefined && isTesting(target) && !isTesting(file) && !isTest(file))
    refuse(line, `${specifier} is for tests and for testing entries`);
  return target;
}

/** Within one package: the testing entry is on top of everything, and some packages have inner floors. */
function checkInside(file, to, specifier, line, refuse) {
  if (isTest(to) && !isTest(file)) return refuse(line, `${specifier} is a test`);
  if (isTest(file) && isTesting(to)) return undefined;
  if (isTesting(to) && !isTesting(file))
    return refuse(line, `${specifier} is the testing entry, the top of its package: nothing stands on it`);
  if (isTesting(file)) return undefined;
  const floors = INSIDE[packageOf(file)];
  if (floors === undefined) return undefined;
  const [from, below] = [placeOf(floors, file), placeOf(floors, to)];
  if (from === undefined) return refuse(line, `src/${segmentOf(file)}/ has no place in the order of ${packageOf(file)}: give it one`);
  if (below === undefined) return refuse(line, `src/${segmentOf(to)}/ has no place in the order of ${packageOf(to)}: give it one`);
  if (below.level > from.level) return refuse(line, `${from.label} imports ${specifier} of ${below.label}, above it: imports point down`);
  if (below.level === from.level && below.unit !== from.unit)
    return refuse(line, `${from.label} imports ${specifier} of ${below.label}, beside it`);
  return undefined;
}

const segmentOf = (file) => file.split('/')[3] ?? '';

function placeOf(floors, file) {
  const segment = segmentOf(file);
  const isFile = file.split('/').length === 4;
  const find = (wanted) => {
    const level = floors.findIndex((units) => units.some((unit) => unit.includes(wanted)));
    return level < 0
      ? undefined
      : { level, unit: floors[level].find((unit) => unit.includes(wanted)), label: `src/${isFile ? segment : `${segment}/`}` };
  };
  return find(segment) ?? (isFile ? (find(segment.replace(/(\.test(-d)?)?\.ts$/, '.ts')) ?? find('.')) : undefined);
}

function forbiddenGlobals(tokens, refuse) {
  for (const [i, { kind, text, line }] of tokens.entries()) {
    if (kind !== 'word') continue;
    const member = tokens[i - 1]?.kind === 'mark' && tokens[i - 1].text === '.' && tokens[i - 2]?.text !== '.';
    const chained = member && tokens[i - 2]?.text === '?'; // globalThis?.x
    const holder = member ? tokens[i - (chained ? 3 : 2)]?.text : undefined;
    if (holder !== undefined && !GLOBAL_OBJECTS.has(holder)) continue;
    const after = tokens[i + 1]?.text === '?' ? i + 2 : i + 1;
    const property =
      tokens[after]?.text === '.' ? tokens[after + 1]?.text : tokens[after]?.text === '[' ? tokens[after + 1]?.text : undefined;
    if (FORBIDDEN_WORDS.has(text)) refuse(line, `${text} is called in base only: take a Clock`);
    else if (FORBIDDEN_MEMBERS.has(`${text}.${property}`))
      refuse(line, `${text}.${property} is called in base only: take a Clock or a Random`);
    else if (text === 'Date' && isNewDate(tokens, i, member))
      refuse(line, 'new Date() reads the clock, which base alone does: take a Clock');
  }
}

function isNewDate(tokens, i, member) {
  let start = i;
  if (member)
    while (tokens[start - 1]?.text === '.' || tokens[start - 1]?.text === '?' || GLOBAL_OBJECTS.has(tokens[start - 1]?.text)) start -= 1;
  return tokens[start - 1]?.text === 'new' || (tokens[start - 1]?.text !== ':' && tokens[i + 1]?.text === '(');
}

/** Every circle of files once: the strongly connected groups (Tarjan), each shown as one way round. */
function circles(edges) {
  const found = [];
  const index = new Map();
  const low = new Map();
  const stack = [];
  const visit = (file) => {
    index.set(file, index.size);
    low.set(file, index.get(file));
    stack.push(file);
    for (const { to } of edges.get(file) ?? []) {
      if (!index.has(to)) visit(to);
      if (stack.includes(to)) low.set(file, Math.min(low.get(file), low.get(to)));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = new Set(stack.splice(stack.indexOf(file)));
    const selfish = edges.get(file)?.find(({ to }) => to === file);
    if (group.size > 1) found.push(describeCircle(group, edges));
    else if (selfish !== undefined) found.push({ file, line: selfish.line, message: 'imports itself' });
  };
  for (const file of edges.keys()) if (!index.has(file)) visit(file);
  return found;
}

function describeCircle(group, edges) {
  const start = [...group].reduce((first, file) => (file < first ? file : first));
  const cameFrom = new Map(); // breadth first, so that the shortest way round is told
  const queue = [start];
  for (const file of queue) {
    for (const { to } of edges.get(file)) {
      if (!group.has(to) || cameFrom.has(to)) continue;
      cameFrom.set(to, file);
      queue.push(to);
    }
  }
  const way = [start];
  for (let file = cameFrom.get(start); file !== start; file = cameFrom.get(file)) way.unshift(file);
  way.unshift(start);
  return { file: start, line: edges.get(start).find(({ to }) => to === way[1]).line, message: `a circle of imports: ${way.join(' -> ')}` };
}

// ---- the command ----------------------------------------------------------------------------------------------------------------------

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
  const violations = checkFloors(root);
  for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`);
  if (violations.length > 0) console.error(`floors: ${violations.length} imports or calls are out of place`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
