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
          maxWorkers: '100%', // of the processors; what vitest takes by itself leaves one of them idle
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          ...quick,
          name: 'interop', // real peers: they wait more than they work, so several at a time; after the unit tests, which want the processors
          include: ['test/interop/**/*.test.ts'],
          maxWorkers: 4,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
