/** Waiting inside a call. */
import { SipError } from '@jackfield/base';
import type { Call } from '@jackfield/call';

/** @param ms - on the clock of the stack. Rejects SESSION_ENDED when the call ends first, so that what was to follow does not happen. */
export function pause(call: Call, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    call.session.after(ms, resolve);
    void call.ended.then(() => reject(new SipError('SESSION_ENDED', 'the call ended during a pause', { state: 'ended' })));
  });
}
