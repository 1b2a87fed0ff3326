/** One file of JavaScript out of TypeScript sources of the workspace, so that child processes run them on every Node, and pages, without a build. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'test/dist/processes');
const made = new Map<string, Promise<string>>();

/** What is CommonJS in it asks for Node's own modules that way. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

type Place = 'process' | 'page';

/** @param source - relative to the root of the repository @returns the path of the bundle, made once in this process */
export function bundle(source: string, place: Place = 'process'): Promise<string> {
  let file = made.get(source);
  if (file === undefined) made.set(source, (file = make(source, place)));
  return file;
}

async function make(source: string, place: Place): Promise<string> {
  const ending = place === 'page' ? 'js' : 'mjs';
  const name = source.replace(/\.ts$/, '').replaceAll('/', '-'); // two examples have a main.ts
  await build({
    config: false,
    entry: { [name]: join(root, source) },
    outDir: folder,
    format: [place === 'page' ? 'iife' : 'esm'],
    outExtension: () => ({ js: `.${ending}` }),
    target: place === 'page' ? 'es2022' : 'node20',
    platform: place === 'page' ? 'browser' : 'node',
    sourcemap: 'inline',
    splitting: false,
    clean: false,
    dts: false,
    ...(place === 'process' ? { banner: { js: REQUIRE } } : {}),
    noExternal: [/./], // else it would run what was built last
    removeNodeProtocol: false,
    silent: true,
    tsconfig: join(root, 'test/tsconfig.json'),
    esbuildOptions(options) {
      options.conditions = ['jackfield-source'];
    },
  });
  return join(folder, `${name}.${ending}`);
}
