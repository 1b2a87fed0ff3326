/** A supplement that does nothing but write down that it was called. */
import type { Body } from '@jackfield/sip';
import type { Supplement } from '../contract/supplement.ts';

/** `write` gets each hook as it runs, as `incomingRequest INVITE sdp`. It decides nothing and edits nothing. */
export function tracer(write: (step: string) => void, name = 'tracer'): Supplement {
  const kind = (body: Body | undefined): string => (body?.type === 'application/sdp' ? ' sdp' : '');
  return {
    name,
    admitSession: (intent) => write(`admitSession ${intent.direction}`),
    sessionBegin: () => write('sessionBegin'),
    sessionEnd: (_session, end) => write(`sessionEnd by ${end.by}${end.status === undefined ? '' : ` ${end.status}`}`),
    incomingRequest: (_session, request) => write(`incomingRequest ${request.method}${kind(request.body)}`),
    incomingResponse: (_session, response) =>
      write(`incomingResponse ${response.status} ${response.request.method}${response.origin === 'core' ? ' (core)' : ''}`),
    outgoingRequest: (_session, request) =>
      write(`outgoingRequest ${request.method} (${request.origin})${request.attempt > 1 ? ` attempt ${request.attempt}` : ''}`),
    outgoingResponse: (_session, response) => write(`outgoingResponse ${response.status} ${response.request.method} (${response.origin})`),
    redirected: (_session, targets) => write(`redirected ${targets.length}`),
    mediaChanged: (_session, change) => write(`mediaChanged ${change.after.length}`),
  };
}
