// Prints one line about a test run from Vitest's JSON report, failed files included, and ends with 1 unless everything passed.
//   node scripts/report-tests.mjs REPORT EXIT-CODE
import { existsSync, readFileSync } from 'node:fs';

const [file, exitCode] = process.argv.slice(2);
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { numPassedTests: 0, numFailedTests: 0, testResults: [] };
// A file that could not be loaded fails without a failed test of its own.
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
let failed = report.numFailedTests + brokenFiles.length;
if (failed === 0 && exitCode !== '0') failed = 1; // an error outside any test, or a run that never began
const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
console.log(`tests: ${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || report.numPassedTests === 0 ? 1 : 0;
