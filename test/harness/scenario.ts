/**
 * SIPp scenarios as lists of steps: what is sent, what must come. One dialog, in which SIPp plays the caller; for the other part see `called.ts`.
 * SIPp fills in what stands in square brackets, and takes the white space at the start of a line away.
 */

export type Step = string;
export type Steps = readonly (Step | Steps)[];

const END = '\r\n';
const SDP = 'application/sdp';
export const CONTACT = 'Contact: <sip:[caller]@[local_ip]:[local_port];transport=[transport]>';

/** Payload types and direction of the one audio stream that SIPp offers or answers. */
export function audio(direction = 'sendrecv', formats: readonly (0 | 8 | 18 | 101)[] = [0, 101], version = 1): string {
  const maps = { 0: 'PCMU/8000', 8: 'PCMA/8000', 18: 'G729/8000', 101: 'telephone-event/8000' };
  return [
    'v=0',
    `o=sipp 1 ${version} IN IP[local_ip_type] [local_ip]`,
    's=-',
    'c=IN IP[media_ip_type] [media_ip]',
    't=0 0',
    `m=audio [media_port] RTP/AVP ${formats.join(' ')}`,
    ...formats.map((format) => `a=rtpmap:${format} ${maps[format]}`),
    `a=${direction}`,
    '',
  ].join(END);
}

export interface RequestShape {
  readonly headers?: readonly string[];
  readonly type?: string;
  readonly body?: string;
  /** Of the Via's branch: ACK of a failure and CANCEL have that of their INVITE. */
  readonly branch?: string;
  /** To the peer's Contact, by the route that `expectRouted` has learned. */
  readonly routed?: boolean;
  /** Outside the dialog, as at first: what is repeated with credentials. */
  readonly anew?: boolean;
  /** By the To that `expectAnswer` has kept, whatever responses came since. */
  readonly kept?: boolean;
}

/** @param sequence - of CSeq */
export function request(
  method: string,
  sequence: number,
  { headers = [], type = SDP, body = '', branch, routed = false, anew = false, kept = false }: RequestShape = {},
): Step {
  const lines = [
    `${method} ${routed ? '[next_url]' : 'sip:[service]@[remote_ip]:[remote_port]'} SIP/2.0`,
    `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-${branch ?? `${method}-${sequence}`}`,
    'Max-Forwards: 70',
    'From: "SIPp" <sip:[caller]@[local_ip]:[local_port]>;tag=[pid]-[call_number]',
    kept ? 'To: [$to]' : `To: <sip:[service]@[remote_ip]:[remote_port]>${anew ? '' : '[peer_tag_param]'}`,
    'Call-ID: [call_id]',
    `CSeq: ${sequence} ${method}`,
    CONTACT,
    ...(routed ? ['[routes]'] : []),
    ...headers,
  ];
  return send(lines, type, body, method !== 'ACK');
}

/** Answers the request that came last. */
export function response(status: string, body = '', headers: readonly string[] = []): Step {
  const echoed = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `[last_${name}:]`);
  return send([`SIP/2.0 ${status}`, ...echoed, CONTACT, ...headers], SDP, body, false);
}

/** A final response, with as many provisional ones before it as may come. */
export function expectStatus(status: number, withinMs = 6000): Step {
  const optional = status > 199 ? [100, 180, 183] : [100];
  const passing = optional.map((code) => `<recv response="${code}" optional="true"/>`);
  return `${passing.join('\n')}\n<recv response="${status}" timeout="${withinMs}"/>`;
}

/** As `expectStatus(200)`, and its To is kept. */
export function expectAnswer(): Step {
  return withAction(expectStatus(200), 'To', '.*', 'to');
}

/** As `expectStatus(200)`, and its route set is that of what follows. */
export function expectRouted(): Step {
  return expectStatus(200).replace('<recv response="200"', '<recv response="200" rrs="true"');
}

/** As `expectStatus`, and RSeq is kept for `prack`. */
export function expectReliable(status: number): Step {
  return withAction(`<recv response="100" optional="true"/>\n<recv response="${status}" timeout="6000"/>`, 'RSeq', '[0-9]+', 'rseq');
}

/** Acknowledges what `expectReliable` found, a response to the first INVITE. */
export const prack = (sequence: number, body = ''): Step => request('PRACK', sequence, { headers: ['RAck: [$rseq] 1 INVITE'], body });

/** The challenge is kept for `[authentication]`. */
export function expectChallenge(status: 401 | 407): Step {
  return expectStatus(status).replace(`<recv response="${status}"`, `<recv response="${status}" auth="true"`);
}

export function expectRequest(method: string, withinMs = 6000): Step {
  return `<recv request="${method}" timeout="${withinMs}"/>`;
}

export const invite = (body = audio()): Step => request('INVITE', 1, { body });
export const ack = (sequence = 1, body = ''): Step => request('ACK', sequence, { body });
export const ackOfFailure = (sequence = 1): Step => request('ACK', sequence, { branch: `INVITE-${sequence}` });

/** Calls, and has the answer acknowledged. */
export const established: readonly Step[] = [invite(), expectStatus(200), ack()];
/** The same through a proxy that stays in the path. */
export const establishedByRoute: readonly Step[] = [invite(), expectRouted(), request('ACK', 1, { routed: true })];
export const hangUpByRoute: readonly Step[] = [request('BYE', 2, { routed: true }), expectStatus(200)];
export const hangUp = (sequence: number): readonly Step[] => [request('BYE', sequence), expectStatus(200)];
export const isHungUp = (withinMs?: number): readonly Step[] => [expectRequest('BYE', withinMs), response('200 OK')];
export const isRefused = (status: number): readonly Step[] => [invite(), expectStatus(status), ackOfFailure()];

export function scenario(...steps: Steps): string {
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<scenario name="jackfield">', ...flat(steps), '</scenario>', ''].join('\n');
}

const flat = (steps: Steps): readonly Step[] => steps.flatMap((step) => (typeof step === 'string' ? [step] : flat(step)));

/** What fits in a header of the message that comes at last is kept in a variable. */
function withAction(step: Step, header: string, pattern: string, variable: string): Step {
  const action = `<ereg regexp="${pattern}" search_in="hdr" header="${header}:" check_it="true" assign_to="${variable}"/>`;
  return step.replace(/\/>$/, `><action>${action}</action></recv>`);
}

export function send(head: readonly string[], type: string, body: string, repeated: boolean): Step {
  const content = body === '' ? [] : [`Content-Type: ${type}`];
  const text = [...head, ...content, 'Content-Length: [len]', '', body].join(END);
  return `<send${repeated ? ' retrans="500"' : ''}><![CDATA[${END}${text}${END}]]></send>`;
}
