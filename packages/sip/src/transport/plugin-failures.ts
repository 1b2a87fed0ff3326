/** What code that is not the stack's own did wrong inside it; told by every floor, and so declared on the lowest that does. */
import { Diagnostics } from '@jackfield/base';

/** `jackfield:sip:error`: a plug-in of the stack (a service, a usage, a message filter, a function among the options, a trace) threw, rejected or gave back what is no decision. */
export interface PluginFailure {
  /** Its `name`. */
  readonly owner: string;
  readonly error: unknown;
}
export const failures = new Diagnostics<PluginFailure>('sip:error');
