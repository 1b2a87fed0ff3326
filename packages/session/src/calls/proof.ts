/**
 * Whoever has to prove inside the call who it is (`authenticateInDialog`) does so before anything else is said about its request: until then it changes
 * nothing, the CSeq included, and learns nothing but how to prove it.
 */
import { SipError } from '@jackfield/base';
import type { Reply, ServerTransaction } from '@jackfield/sip';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';

/** Whether `transaction` has to be proven, by {@link proves}; whatever it is answered before counts for nothing. */
export function wantsProof(call: Call, { request }: ServerTransaction): boolean {
  if (call.endpoint.authenticateInDialog !== true) return false;
  call.core.dialogs.doubt(request);
  return true;
}

/** Asks the gate. False: it is answered, and there is nothing more to do. */
export function* proves(call: Call, transaction: ServerTransaction): Steps<boolean> {
  const { request } = transaction;
  let refusal: Reply | undefined;
  try {
    if (!transaction.answered) refusal = yield* call.home.gate.inside(call, call.endpoint, request);
    if (refusal !== undefined) call.respond(transaction, refusal.status, refusal);
  } catch (error) {
    if (!(error instanceof SipError)) throw error;
    call.report(error);
    call.respond(transaction, 500);
  }
  if (transaction.answered) {
    call.owed(transaction); // it may have been cancelled meanwhile
    return false;
  }
  call.core.dialogs.believe(request);
  return true;
}
