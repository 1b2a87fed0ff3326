/** The answer machine as a child process. Its first argument is `MachineOptions` as JSON. */
import { createMachine, type MachineOptions } from '../../examples/answer-machine/src/machine.ts';
import { serve } from './serve.ts';

serve(createMachine(JSON.parse(process.argv[2]!) as MachineOptions, (line) => console.log(line)));
