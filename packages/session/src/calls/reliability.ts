/** 100rel as a header says it: who has it, who insists on it, which response is sent reliably (RFC 3262 §3, §4). Keeps no state. */
import {
  readRSeq,
  readTokens,
  type HeaderList,
  type ReadonlyHeaders,
  type Refusal,
  type SipRequest,
  type SipResponse,
} from '@jackfield/sip';
import type { Reliability } from '../contract/reliability.ts';

const TAG = '100rel';

function lists(headers: ReadonlyHeaders, name: 'Supported' | 'Require'): boolean {
  return headers.get(name) !== undefined && readTokens(headers, name).some((tag) => tag.toLowerCase() === TAG);
}

/** Whether a provisional response to this INVITE of the peer is sent reliably. @param wish - what the application says about it */
export function isReliable(invite: SipRequest, reliable: Reliability, wish: boolean | undefined): boolean {
  if (reliable === 'off') return false;
  if (reliable === 'required' || lists(invite.headers, 'Require')) return true;
  return (wish ?? reliable === 'preferred') && lists(invite.headers, 'Supported');
}

/** What an INVITE outside a dialog gets before anything exists: 420 for what we do not speak with this peer, 421 for what it has to. */
export function refusalOf(invite: SipRequest, reliable: Reliability): Refusal | undefined {
  const { headers } = invite;
  if (reliable === 'off') return insistsInVain(invite, reliable);
  if (reliable !== 'required' || lists(headers, 'Supported') || lists(headers, 'Require')) return undefined;
  return { status: 421, headers: { Require: TAG } };
}

/** What any INVITE gets that insists on it where we do not speak it with this peer. */
export function insistsInVain({ headers }: SipRequest, reliable: Reliability): Refusal | undefined {
  return reliable === 'off' && lists(headers, 'Require') ? { status: 420, headers: { Unsupported: TAG } } : undefined;
}

/** RSeq of a provisional response that has to be acknowledged; of 100 it means nothing, and without a To tag there is no dialog to do it in. */
export function reliableSequence(response: SipResponse, reliable: Reliability): number | undefined {
  const { status, headers } = response;
  if (status <= 100 || status >= 200 || reliable === 'off' || headers.get('RSeq') === undefined) return undefined;
  return response.to.tag !== undefined && lists(headers, 'Require') ? readRSeq(headers) : undefined;
}

/** For an INVITE that insists, and for every response that is reliable. */
export function require100rel(headers: HeaderList): void {
  if (!lists(headers, 'Require')) headers.add('Require', TAG);
}

/** Writes into a response that it is reliable; once more after the hooks, which may look but not undo it. */
export function markReliable(headers: HeaderList, sequence: number): void {
  require100rel(headers);
  headers.set('RSeq', String(sequence));
}

/** Supported as a call shows it whose setting differs from that of its service. */
export function supportedWith(supported: string, reliable: Reliability): string {
  if (supported.includes(TAG) === (reliable !== 'off')) return supported;
  const others = supported.split(', ').filter((tag) => tag !== TAG && tag !== '');
  return (reliable === 'off' ? others : [...others, TAG]).join(', ');
}
