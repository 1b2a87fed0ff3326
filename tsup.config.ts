// Writes only the JavaScript, of every package in one process; `tsc -b` writes the declarations into the same dist folders.
import { existsSync, readdirSync } from 'node:fs';
import { transform } from 'esbuild';
import { defineConfig, type Options } from 'tsup';

const dirs = ['packages', 'examples']
  .flatMap((dir) => readdirSync(dir).map((name) => `${dir}/${name}`))
  .filter((dir) => existsSync(`${dir}/package.json`));

const entriesOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    ['index', 'testing', 'main'].filter((name) => existsSync(`${dir}/src/${name}.ts`)).map((name) => [name, `${dir}/src/${name}.ts`]),
  );

type Plugin = NonNullable<Options['plugins']>[number];

/**
 * esbuild writes the constants of a bundle's top level as `var`. V8 compiles the value of a constant into the code that uses it, and looks that of a variable
 * up each time: our parser is a fifth slower by it. So those that nothing assigns to are made constants again; esbuild itself says if one was not.
 */
const constants: Plugin = {
  name: 'constants',
  async renderChunk(code, { map }) {
    const text = code.replaceAll(/^var ([\w$]+) = /gm, (line, name: string) => {
      const one = name.replaceAll('$', String.raw`\$`);
      const changes = new RegExp(
        String.raw`(?<![.\w$])${one}(?:\+\+|--| (?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?= )|(?:\+\+|--)${one}(?![\w$])`,
        'g',
      );
      return [...code.matchAll(changes)].length > 1 ? line : `const ${name} = `;
    });
    await transform(text, { logLevel: 'error' });
    return { code: text, map };
  },
};

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
    plugins: [constants],
    silent: true,
  })),
);
