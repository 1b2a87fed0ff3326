/** The answer machine behind a fence, on a clock that is turned by the tester: what it would hold for minutes is over in a moment. */
import { allow } from './fence.ts';
import { ManualClock } from '@jackfield/base/testing';
import { createMachine, type MachineOptions } from '../../examples/answer-machine/src/machine.ts';
import { serve } from '../harness/serve.ts';

const { testerPort, ...options } = JSON.parse(process.argv[2]!) as MachineOptions & { readonly testerPort: number };
allow(testerPort);
const clock = new ManualClock();
// says nothing: what callers do is told to nobody here, and lines that wait in a pipe would count as memory
serve(
  createMachine(options, () => {}, { clock }),
  { later: () => clock.advance(10 * 60_000) },
);
