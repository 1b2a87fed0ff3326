/** A supplement that says what happens in each call, a line each. */
import { getIdentity } from '@jackfield/identity';
import type { Session, SessionEnd, Supplement } from '@jackfield/session';
import { lastReason } from '@jackfield/supplement-reason';

export function narrator(say: (line: string) => void): Supplement {
  let calls = 0;
  const names = new WeakMap<Session, string>();
  const tell = (session: Session, line: string): void => say(`[${names.get(session)}] ${line}`);
  return {
    name: 'answer-machine-narrator',
    order: 'late',
    sessionBegin(session) {
      calls += 1;
      names.set(session, `call ${calls}`);
      const { invite } = session;
      if (!('uri' in invite)) return;
      const caller = getIdentity(invite);
      tell(session, `${caller?.number ?? caller?.name ?? 'somebody'} calls ${invite.uri.user ?? 'echo'} from ${session.endpoint.name}`);
    },
    incomingRequest(session, request) {
      if (request.method === 'INVITE' && !request.initial) tell(session, 'the caller asks for other media');
      if (request.method === 'CANCEL') tell(session, 'the caller gives up');
    },
    outgoingResponse(session, response) {
      if (response.request.method !== 'INVITE' || !response.request.initial) return;
      tell(
        session,
        response.status < 200 ? `ringing (${response.status})` : response.status < 300 ? 'answered' : `refused with ${response.status}`,
      );
    },
    mediaChanged(session, change) {
      const streams = change.after.map(({ kind, local, stream }) => `${kind} ${codecOf(stream)} on port ${local.port}`);
      tell(session, streams.length === 0 ? 'no media' : streams.join(', '));
    },
    sessionEnd(session, end) {
      tell(session, ending(session, end));
    },
  };
}

/** What handlers of ours say of a stream: codec and direction. */
function codecOf(stream: unknown): string {
  const { codec, direction } = stream as { readonly codec?: { readonly name: string } | undefined; readonly direction?: string };
  return `${codec?.name ?? ''}${direction === undefined || direction === 'sendrecv' ? '' : ` (${direction})`}`;
}

function ending(session: Session, end: SessionEnd): string {
  const reason = session.cookies.get(lastReason)?.[0];
  const why = reason === undefined ? '' : ` (${reason.text ?? `${reason.protocol} ${reason.cause}`})`;
  const status = end.status === undefined ? '' : ` with ${end.status}`;
  const error = end.error === undefined ? '' : `: ${end.error.message}`;
  return `ended by ${end.by === 'remote' ? 'the caller' : end.by === 'local' ? 'us' : 'the core'}${status}${why}${error}`;
}
