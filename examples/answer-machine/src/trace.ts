/** `--trace`: every message as an arrow, with the time since the start. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Clock } from '@jackfield/base';
import type { PassingMessage } from '@jackfield/sip';

const IN = 'jackfield:sip:message:in';
const OUT = 'jackfield:sip:message:out';

/** @returns what ends it: the channels are the process's, and not one stack's */
export function traceMessages(clock: Clock, say: (line: string) => void): () => void {
  const started = clock.now();
  const write = (arrow: string, passing: unknown): void => {
    const { message, flow } = passing as PassingMessage; // that is what these two channels publish
    const text = message.kind === 'request' ? message.method : `${message.status} ${message.reason} (${message.cseq.method})`;
    const sdp = message.body?.type === 'application/sdp' ? ' +sdp' : '';
    const seconds = ((clock.now() - started) / 1000).toFixed(3).padStart(9);
    say(`${seconds}  us ${arrow} ${flow.kind} ${flow.remote.host}:${flow.remote.port}  ${text}${sdp}`);
  };
  const come = (passing: unknown): void => write('<--', passing);
  const go = (passing: unknown): void => write('-->', passing);
  subscribe(IN, come);
  subscribe(OUT, go);
  return () => {
    unsubscribe(IN, come);
    unsubscribe(OUT, go);
  };
}
