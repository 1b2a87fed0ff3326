/** Requests outside a dialog, or those that make one (RFC 3261 §8.1.1): put together for the flow that they leave by. Sends nothing. */
import { SipError } from '@jackfield/base';
import type { Contacts } from './contact.ts';
import type { RepeatableRequest } from './core.ts';
import type { RequestPlan } from './dialogs/plan.ts';
import { CARRIES_CONTACT, composeRequest } from './dialogs/request.ts';
import { hopTo, routeTo } from './dialogs/route-set.ts';
import { isSips } from './dialogs/sips.ts';
import type { HeaderList } from './messages/headers.ts';
import type { SipRequest } from './messages/message.ts';
import type { Method, Uri } from './messages/model.ts';
import type { Flow } from './transport/transport.ts';

const MAX_HOPS = 255;

/** One copy. */
export interface InitialRequest extends Omit<RepeatableRequest, 'nextSequence' | 'digest' | 'repeats'> {
  /** CSeq. */
  readonly sequence: number;
}

/** @throws SIP_HEADER_SYNTAX when From, To or Call-ID is missing, SIP_OPTION for a `maxForwards` outside its range. */
export function composeInitial(contacts: Contacts, method: Method, target: Uri, init: InitialRequest, flow: Flow): SipRequest {
  const { headers } = init;
  assertHops(init.maxForwards);
  const parties = { localParty: need(headers, 'From'), remoteParty: need(headers, 'To'), callId: need(headers, 'Call-ID') };
  const { routes = [] } = init;
  const carries = method === 'INVITE' || (CARRIES_CONTACT.has(method) && !headers.has('Contact'));
  const contact = carries ? contacts.for(flow, isSips(target) || isSips(routes[0]?.uri)) : undefined;
  return composeRequest(parties, routeTo(target, routes), method, init.sequence, init, contact);
}

/** Each copy by {@link composeInitial}, for its own flow. @throws SIP_OPTION at once */
export function planInitial(contacts: Contacts, method: Method, target: Uri, init: RepeatableRequest): RequestPlan {
  const { headers, body, digest, repeats, routes = [], maxForwards } = init;
  assertHops(maxForwards);
  return {
    nextHop: hopTo(target, routes[0]?.uri),
    digest,
    nonces: undefined,
    repeats,
    nextSequence: () => init.nextSequence(),
    compose: (flow, sequence) => composeInitial(contacts, method, target, { headers, body, sequence, routes, maxForwards }, flow),
  };
}

function assertHops(hops: number | undefined): void {
  if (hops !== undefined && (!Number.isInteger(hops) || hops < 0 || hops > MAX_HOPS))
    throw new SipError('SIP_OPTION', `maxForwards wants 0 to ${MAX_HOPS}, got ${hops}`, { option: 'maxForwards' });
}

function need(headers: HeaderList, name: string): string {
  const value = headers.get(name);
  if (value === undefined) throw new SipError('SIP_HEADER_SYNTAX', `${name} is missing`, { header: name });
  return value;
}
