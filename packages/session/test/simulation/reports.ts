/** Errors that a service reports in the simulation: which are no surprise, and how they read. */
import type { SipError } from '@jackfield/base';

/** What the core reports of what the simulation did on purpose. */
export function isExpected(error: SipError): boolean {
  const rule = (error.info as { readonly rule?: string } | undefined)?.rule;
  return (
    error.code === 'SESSION_NO_MEDIA' || (error.code === 'SESSION_NEGOTIATION' && (rule === 'nothing-claimed' || rule === 'answer-missing'))
  );
}

export function describe(error: unknown): string {
  return error instanceof Error ? `${error.message}${error.cause === undefined ? '' : ` <- ${describe(error.cause)}`}` : String(error);
}
