// Writes only the JavaScript, of every package in one process; `tsc -b` writes the declarations into the same dist folders.
import { existsSync, readdirSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

const dirs = ['packages', 'examples']
  .flatMap((dir) => readdirSync(dir).map((name) => `${dir}/${name}`))
  .filter((dir) => existsSync(`${dir}/package.json`));

const entriesOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    ['index', 'testing', 'main'].filter((name) => existsSync(`${dir}/src/${name}.ts`)).map((name) => [name, `${dir}/src/${name}.ts`]),
  );

export default defineConfig(
  dirs.map((dir): Options => ({
    name: dir,
    entry: entriesOf(dir),
    outDir: `${dir}/dist`,
    tsconfig: `${dir}/tsconfig.json`,
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    sourcemap: true,
    dts: false, // tsup needs the compiler's JavaScript API for these, which TypeScript 7.0 does not have
    clean: false, // tsc writes here too
    skipNodeModulesBundle: true, // tsup looks at the package.json of the working folder, which lists none of these
    removeNodeProtocol: false, // node:test and node:sqlite exist under these names only
    silent: true,
  })),
);
