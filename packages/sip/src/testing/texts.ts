/** SIP as text for scripted peers: wire form of a template, and the usual messages with everything else to be overridden. Checks nothing. */
import type { SipRequest, SipResponse } from '../messages/message.ts';

/** Field values by name; undefined leaves the field out, a list writes it repeatedly. */
export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * A template in wire form: lines end in CRLF, indentation and blank lines around it go, and Content-Length is put in where the header has none.
 * The first empty line ends the header; the body keeps its lines, each ended by CRLF.
 */
export function wire(template: string): string {
  const lines = template
    .replaceAll('\r\n', '\n')
    .replace(/^\n+/, '')
    .split('\n')
    .map((line) => line.trimStart());
  const gap = lines.indexOf('');
  const head = gap < 0 ? lines : lines.slice(0, gap);
  const bodyLines = gap < 0 ? [] : lines.slice(gap + 1);
  while (bodyLines.length > 0 && bodyLines.at(-1) === '') bodyLines.pop();
  const body = bodyLines.map((line) => `${line}\r\n`).join('');
  if (!head.some((line) => /^(content-length|l)\s*:/i.test(line))) head.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** What `requestText` writes. */
export interface RequestScript {
  readonly uri: string;
  /** Sent-by of the Via, `host:port`. */
  readonly via: string;
  readonly transport?: 'UDP' | 'TCP' | undefined;
  readonly branch: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  /** Absent: none. */
  readonly contact?: string | undefined;
  /** Written over the usual ones of these names, else added. */
  readonly fields?: Fields | undefined;
  readonly body?: string | undefined;
  readonly type?: string | undefined;
}

function compose(startLine: string, fields: Map<string, string | readonly string[]>, more: Fields | undefined, body: string): string {
  for (const [name, value] of Object.entries(more ?? {})) {
    const there = [...fields.keys()].find((known) => known.toLowerCase() === name.toLowerCase());
    if (value === undefined) fields.delete(there ?? name);
    else fields.set(there ?? name, value);
  }
  let text = `${startLine}\r\n`;
  for (const [name, value] of fields) for (const one of typeof value === 'string' ? [value] : value) text += `${name}: ${one}\r\n`;
  return `${text}\r\n${body}`;
}

/** A request with the six fields it must have. */
export function requestText(method: string, script: RequestScript): string {
  const body = script.body ?? '';
  const fields = new Map<string, string | readonly string[]>([
    ['Via', `SIP/2.0/${script.transport ?? 'UDP'} ${script.via};branch=${script.branch};rport`],
    ['Max-Forwards', '70'],
    ['From', script.from],
    ['To', script.to],
    ['Call-ID', script.callId],
    ['CSeq', `${script.cseq} ${method}`],
  ]);
  if (script.contact !== undefined) fields.set('Contact', script.contact);
  if (body !== '') fields.set('Content-Type', script.type ?? 'application/sdp');
  fields.set('Content-Length', String(Buffer.byteLength(body)));
  return compose(`${method} ${script.uri} SIP/2.0`, fields, script.fields, body);
}

/** What `responseText` writes over the usual response. */
export interface ResponseScript {
  readonly reason?: string | undefined;
  /** For the To, unless that has one. */
  readonly toTag?: string | undefined;
  readonly contact?: string | undefined;
  readonly fields?: Fields | undefined;
  readonly body?: string | undefined;
  readonly type?: string | undefined;
}

/** A response to a request that a peer got. */
export function responseText(request: SipRequest, status: number, script: ResponseScript = {}): string {
  const { headers } = request;
  const body = script.body ?? '';
  const to = headers.get('To') ?? '';
  const fields = new Map<string, string | readonly string[]>([
    ['Via', headers.getAll('Via')],
    ['From', headers.get('From') ?? ''],
    ['To', script.toTag === undefined || /;\s*tag\s*=/i.test(to) ? to : `${to};tag=${script.toTag}`],
    ['Call-ID', headers.get('Call-ID') ?? ''],
    ['CSeq', headers.get('CSeq') ?? ''],
  ]);
  if (script.contact !== undefined) fields.set('Contact', script.contact);
  if (body !== '') fields.set('Content-Type', script.type ?? 'application/sdp');
  fields.set('Content-Length', String(Buffer.byteLength(body)));
  return compose(`SIP/2.0 ${status} ${script.reason ?? 'Scripted'}`, fields, script.fields, body);
}

/** What a script adds to an ACK or a request in a dialog. */
export interface InDialogScript {
  readonly branch: string;
  readonly fields?: Fields | undefined;
  readonly body?: string | undefined;
  readonly type?: string | undefined;
}

/** The ACK of a response that a peer got to its INVITE: that of a 2xx to the Contact, any other on the INVITE's branch. */
export function ackText(invite: RequestScript, response: SipResponse, script: Partial<InDialogScript> = {}): string {
  const contacts = response.contacts;
  const target = contacts === '*' ? undefined : contacts?.[0]?.uri.toString();
  const accepted = response.status < 300;
  return requestText('ACK', {
    ...invite,
    uri: accepted ? (target ?? invite.uri) : invite.uri,
    branch: accepted ? (script.branch ?? `${invite.branch}-ack`) : invite.branch,
    to: response.to.toString(),
    contact: undefined,
    body: script.body,
    type: script.type,
    fields: script.fields,
  });
}

/** A request of the caller inside the dialog that a response to its INVITE made. */
export function inDialogText(
  method: string,
  invite: RequestScript,
  response: SipResponse,
  script: InDialogScript & { readonly cseq: number },
): string {
  const contacts = response.contacts;
  const target = contacts === '*' ? undefined : contacts?.[0]?.uri.toString();
  return requestText(method, { ...invite, ...script, uri: target ?? invite.uri, to: response.to.toString() });
}

/** The CANCEL of an INVITE that a peer sent. */
export function cancelText(invite: RequestScript, fields?: Fields): string {
  return requestText('CANCEL', { ...invite, contact: undefined, body: undefined, fields });
}
