/** A process of its own with a heap of its own, started with --expose-gc: plays what its argument says, and writes the report. */
import { endure, type EnduranceOptions } from './run.ts';

const report = await endure(JSON.parse(process.argv[2]!) as EnduranceOptions);
process.stdout.write(`${JSON.stringify(report)}\n`);
