/** Our first INVITE before it leaves: its offer, what we can, the hooks, and the way it is told to take. */
import { SipError } from '@jackfield/base';
import { parseNameAddrList, type HeaderList, type Party } from '@jackfield/sip';
import type { StreamInit } from '../contract/media.ts';
import type { InviteOptions } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import { RequestDraft } from './draft.ts';
import { besides, withDescription } from './own-body.ts';
import { showCapabilities } from './own-capabilities.ts';
import { require100rel } from './reliability.ts';
import { sdpBody } from './sdp-body.ts';

/** What it offers; undefined: nothing. */
export function offerOf({ media = 'same' }: InviteOptions): 'same' | readonly StreamInit[] | undefined {
  return media === 'late' || media === 'none' ? undefined : media;
}

/** @throws SESSION_HOOK_FAILED, SESSION_NO_MEDIA, SIP_MESSAGE_SYNTAX */
export function* draftInitial(call: Call, headers: HeaderList, options: InviteOptions): Steps<RequestDraft> {
  const offer = offerOf(options);
  const description = offer === undefined ? undefined : sdpBody(yield* call.media.offer(offer));
  const body = besides(description, options.body, headers);
  showCapabilities(headers, call);
  if (call.reliable === 'required') require100rel(headers);
  return call.prepareAsked('INVITE', headers, body, 'application', 1, true);
}

/** The same with an offer of the address that the call has now. Hooks have seen it. @throws SESSION_HOOK_FAILED, SESSION_NO_MEDIA */
export function* offerAnew(call: Call, draft: RequestDraft, options: InviteOptions): Steps<RequestDraft> {
  const offer = offerOf(options);
  if (offer === undefined || draft.body === undefined) return draft;
  call.media.forgetOffer();
  const description = sdpBody(yield* call.media.offer(offer));
  const again = new RequestDraft('INVITE', draft.headers.list, withDescription(draft.body, description), 'application', true, 1);
  again.headers.seal('INVITE');
  return again;
}

const NO_ROUTES: readonly Party[] = [];

/** The proxies it goes through: Route as the application and admission left it. @throws SIP_HEADER_SYNTAX */
export function routesOf(headers: HeaderList): readonly Party[] {
  if (!headers.has('Route')) return NO_ROUTES;
  const routes = parseNameAddrList(headers.getAll('Route'));
  if (routes === undefined) throw new SipError('SIP_HEADER_SYNTAX', 'Route is malformed', { header: 'Route' });
  return routes;
}
