/** The peer's answer to an offer of ours, in whichever message it came: taken; or our offer is taken back, and why is reported (RFC 3264 §6). */
import { SipError } from '@jackfield/base';
import type { Dialog } from '@jackfield/sip';
import type { MediaChange } from '../contract/media.ts';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import { readSdp } from './sdp-body.ts';

/**
 * @param sdp - undefined: it brings none
 * @param what - the message, for the error
 * @param acknowledge - sends what the peer waits for, whatever comes of the answer, before anything is taken back
 * @returns what changed, which is for the caller to tell, or the failure
 */
export function* answerHeard(
  call: Call,
  sdp: Uint8Array | undefined,
  dialog: Dialog,
  what: string,
  acknowledge?: () => void,
): Steps<MediaChange | SipError | undefined> {
  let change: MediaChange | undefined;
  try {
    if (sdp === undefined) throw new SipError('SESSION_NEGOTIATION', `${what} brings no answer to our offer`, { rule: 'answer-missing' });
    change = yield* call.media.takeAnswer(readSdp(sdp), dialog, true);
  } catch (error) {
    if (!(error instanceof SipError)) throw error;
    acknowledge?.();
    call.report(error);
    call.media.rollback();
    return error;
  }
  acknowledge?.();
  return change;
}
