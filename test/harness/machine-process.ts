/** The answer machine as a child process. Its first argument is `MachineOptions` as JSON, with a `speed` where it shall live faster. */
import { createMachine, type MachineOptions } from '../../examples/answer-machine/src/machine.ts';
import { hurried } from './hurried.ts';
import { serve } from './serve.ts';

const { speed, ...options } = JSON.parse(process.argv[2]!) as MachineOptions & { readonly speed?: number };
serve(createMachine(options, (line) => console.log(line), speed === undefined ? {} : { clock: hurried(speed) }));
