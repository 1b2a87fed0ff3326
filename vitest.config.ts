import { defineConfig } from 'vitest/config';

const shared = { ssr: { resolve: { conditions: ['jackfield-source'] } } }; // sources of the workspace, without a build
const quick = { isolate: false, restoreMocks: true, unstubGlobals: true };

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['packages/*/src/**'], reporter: ['text-summary', 'json-summary'] },
    projects: [
      {
        ...shared,
        test: {
          ...quick,
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/test/**/*.test.ts',
            'examples/*/test/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'test/**/*.test.ts',
            'scripts/**/*.test.{ts,mjs}',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', 'test/interop/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          ...quick,
          name: 'interop', // real peers: they share ports and processors, so one file at a time, after the unit tests
          include: ['test/interop/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
