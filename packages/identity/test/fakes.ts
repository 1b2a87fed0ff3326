/** Messages through the real parser, and a session of which only what supplements of identity touch is there. */
import { Buffer } from 'node:buffer';
import { parseMessage, parseUri, SipRequest } from '@jackfield/sip';
import type { HeaderInit, IncomingRequest, IncomingResponse, Method, Origin, OutgoingRequest } from '@jackfield/sip';
import type { Endpoint, Session, SessionIntent } from '@jackfield/session';
import { outgoing, response, strictCookies } from '../../session/test/loose-messages.ts';

export const TRUSTED: Endpoint = { name: 'trunk', trusted: true };
export const STRANGER: Endpoint = { name: 'anyone', trusted: false };

/** `lines` may hold any byte below 256 as a character. A From among them replaces the usual one. */
export function request(lines: readonly string[], { method = 'INVITE', toTag = '' } = {}): SipRequest {
  const from = lines.some((line) => line.startsWith('From:')) ? [] : ['From: "Bob" <sip:bob@example.net>;tag=b1'];
  const text = [
    `${method} sip:alice@example.com SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    ...from,
    `To: <sip:alice@example.com>${toTag}`,
    'Call-ID: 1@192.0.2.1',
    `CSeq: 1 ${method}`,
    'Max-Forwards: 70',
    'Contact: <sip:bob@192.0.2.1>',
    ...lines,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  const verdict = parseMessage(Buffer.from(text, 'latin1'));
  if (!verdict.ok || !(verdict.message instanceof SipRequest)) throw new Error('the test wrote no request');
  return verdict.message;
}

export function sent(
  headers: HeaderInit = {},
  { method = 'INVITE', initial = true }: { method?: Method; initial?: boolean } = {},
): OutgoingRequest {
  const all = { From: '"Alice" <sip:alice@example.com>;tag=a1', To: '<sip:bob@example.net>', ...headers };
  return outgoing(method, all, { initial });
}

export function received(status: number, headers: HeaderInit = {}, origin: Origin = 'remote'): IncomingResponse {
  const all = { From: '"Alice" <sip:alice@example.com>;tag=a1', To: '<sip:bob@example.net>;tag=b1', ...headers };
  return response(status, all, sent(), origin);
}

export function sessionWith(endpoint: Endpoint, direction: Session['direction'] = 'outgoing'): Session {
  const some: Pick<Session, 'endpoint' | 'direction' | 'cookies'> = { endpoint, direction, cookies: strictCookies() };
  return some as Session; // the supplement has no use for the rest
}

export function intentFor({ endpoint, cookies, direction }: Session, request?: IncomingRequest): SessionIntent {
  const target = parseUri('sip:alice@example.com')!;
  return { direction, request, target, endpoint, headers: undefined, cookies, signal: new AbortController().signal };
}
