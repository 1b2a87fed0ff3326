/**
 * Steps of scenarios in which SIPp is called. It answers the INVITE that `isCalled` kept, whatever came since, and its requests go the other way.
 */
import { CONTACT, expectRequest, send, type RequestShape, type Step } from './scenario.ts';

const SDP = 'application/sdp';
const KEPT = { via: 'Via', from: 'From', to: 'To', cseq: 'CSeq' } as const;
const OWN_TAG = '[pid]-[call_number]';

/** An INVITE comes, and is kept. */
export function isCalled(): Step {
  const kept = Object.entries(KEPT).map(([name, header]) => keep(name, header, '.*'));
  return expectRequest('INVITE').replace('/>', `><action>${[...kept, keep('contact', 'Contact', 'sip:[^>]*')].join('')}</action></recv>`);
}

/** What SIPp wants to hear, for it takes a variable that is written and not read for a mistake. */
export const endOfCalled: Step = `<Reference variables="${[...Object.keys(KEPT), 'contact'].join(',')}"/>`;

export interface AnswerShape {
  readonly body?: string;
  readonly headers?: readonly string[];
  /** Of To; the same every time unless given. Undefined inside a dialog, where To has one. */
  readonly tag?: string | undefined;
}

/** Answers the INVITE that was kept. */
export function answer(status: string, { body = '', headers = [], ...shape }: AnswerShape = {}): Step {
  const { tag } = { tag: OWN_TAG, ...shape };
  const echoed = [
    'Via: [$via]',
    'From: [$from]',
    `To: [$to]${tag === undefined ? '' : `;tag=${tag}`}`,
    'Call-ID: [call_id]',
    'CSeq: [$cseq]',
  ];
  return send([`SIP/2.0 ${status}`, ...echoed, CONTACT, ...headers], SDP, body, false);
}

/** A request of SIPp's in the dialog. */
export function ask(method: string, sequence: number, { headers = [], type = SDP, body = '', branch }: RequestShape = {}): Step {
  const lines = [
    `${method} [$contact] SIP/2.0`,
    `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-${branch ?? `${method}-${sequence}`}`,
    'Max-Forwards: 70',
    `From: [$to];tag=${OWN_TAG}`,
    'To: [$from]',
    'Call-ID: [call_id]',
    `CSeq: ${sequence} ${method}`,
    CONTACT,
    ...headers,
  ];
  return send(lines, type, body, method !== 'ACK');
}

function keep(name: string, header: string, pattern: string): string {
  return `<ereg regexp="${pattern}" search_in="hdr" header="${header}:" check_it="true" assign_to="${name}"/>`;
}
