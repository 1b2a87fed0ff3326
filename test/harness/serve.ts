/** In a child process: an answer machine that answers questions over IPC. */
import { subscribe } from 'node:diagnostics_channel';
import type { PassingMessage } from '@jackfield/sip';
import type { Machine } from '../../examples/answer-machine/src/machine.ts';
import type { Answer, Stats } from './machine.ts';

export function serve(machine: Machine, more: Readonly<Record<string, () => unknown>> = {}): void {
  const resent = countResent();
  const answers: Readonly<Record<string, () => unknown>> = {
    listen: () => machine.listen(),
    stats(): Stats {
      const { stack, sessions, ports } = machine;
      return { stack: stack.stats(), sessions: sessions.stats(), ports: ports.stats(), resent: resent() };
    },
    gc() {
      globalThis.gc!();
      globalThis.gc!(); // the first runs finalizers, whose objects the second takes
      return process.memoryUsage().heapUsed;
    },
    ...more,
  };
  const answer = async (id: number, what: string): Promise<void> => {
    let given: Answer;
    try {
      given = { id, value: await answers[what]!() };
    } catch (error) {
      given = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    process.send!(given);
  };
  process.on('message', ({ id, what }: { readonly id: number; readonly what: string }) => void answer(id, what));
  process.on('disconnect', () => process.exit(0)); // whoever started us is gone
}

/** Messages that left a second time: what is repeated is not written anew, but the same bytes. */
function countResent(): () => number {
  let resent = 0;
  const left = new WeakSet<Uint8Array>();
  subscribe('jackfield:sip:message:out', (passing) => {
    const { bytes } = passing as PassingMessage;
    if (left.has(bytes)) resent += 1;
    else left.add(bytes);
  });
  return () => resent;
}
