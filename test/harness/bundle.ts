/** One file of JavaScript out of TypeScript sources of the workspace, so that child processes run them on every Node, without a build. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'test/dist/processes');
const made = new Map<string, Promise<string>>();

/** @param source - relative to the root of the repository @returns the path of the bundle, made once in this process */
export function bundle(source: string): Promise<string> {
  let file = made.get(source);
  if (file === undefined) made.set(source, (file = make(source)));
  return file;
}

async function make(source: string): Promise<string> {
  const name = source.replace(/\.ts$/, '').replaceAll('/', '-'); // two examples have a main.ts
  await build({
    config: false,
    entry: { [name]: join(root, source) },
    outDir: folder,
    format: ['esm'],
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    platform: 'node',
    sourcemap: 'inline',
    splitting: false,
    clean: false,
    dts: false,
    noExternal: [/./], // else it would run what was built last
    removeNodeProtocol: false,
    silent: true,
    tsconfig: join(root, 'test/tsconfig.json'),
    esbuildOptions(options) {
      options.conditions = ['jackfield-source'];
    },
  });
  return join(folder, `${name}.mjs`);
}
