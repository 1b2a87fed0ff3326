/** Puts together a request inside a dialog (RFC 3261 §12.2.1.1), or outside one (§8.1.1). The Via is the transaction's. */
import { HeaderList } from '../messages/headers.ts';
import { SipRequest } from '../messages/message.ts';
import type { Body, HeaderInit, Method, Uri } from '../messages/model.ts';
import { CALL_ID, CONTACT, CONTENT_LENGTH, CSEQ, FROM, MAX_FORWARDS, ROUTE, TO, VIA } from '../messages/names.ts';

const HOPS = 70;

/** Written here or below, whatever the user left in its headers. */
const OWNED: ReadonlySet<number> = new Set([VIA, FROM, TO, CALL_ID, CSEQ, ROUTE, MAX_FORWARDS, CONTENT_LENGTH]);

/** INVITE and the target refresh requests of RFC 3261, 3311, 3515 and 6665. */
export const CARRIES_CONTACT: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

export interface RequestParties {
  readonly localParty: string;
  readonly remoteParty: string;
  readonly callId: string;
}

/** The fields a request must have, then what the user gave (its Contact only where `contact` is undefined). Nothing of `init` is changed. */
export function composeRequest(
  parties: RequestParties,
  routing: { readonly requestUri: Uri; readonly routes: readonly string[] },
  method: Method,
  sequence: number,
  init: {
    readonly headers?: HeaderList | HeaderInit | undefined;
    readonly body?: Body | undefined;
    readonly maxForwards?: number | undefined;
  },
  contact: string | undefined,
): SipRequest {
  const headers = new HeaderList();
  for (const route of routing.routes) headers.add('Route', route);
  headers.add('Max-Forwards', String(init.maxForwards ?? HOPS));
  headers.add('From', parties.localParty);
  headers.add('To', parties.remoteParty);
  headers.add('Call-ID', parties.callId);
  headers.add('CSeq', `${sequence} ${method}`);
  if (contact !== undefined) headers.add('Contact', contact);
  const given = init.headers instanceof HeaderList ? init.headers : init.headers && new HeaderList(init.headers);
  if (given !== undefined) {
    for (const field of given.fields) if (!OWNED.has(field.id) && (contact === undefined || field.id !== CONTACT)) headers.push(field);
  }
  return new SipRequest(method, routing.requestUri, headers, init.body);
}
