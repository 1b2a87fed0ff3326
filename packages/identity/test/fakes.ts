/** Messages through the real parser, with the usual names in them, and a session of one endpoint. */
import { Buffer } from 'node:buffer';
import { parseMessage, SipRequest } from '@jackfield/sip';
import type { HeaderInit, IncomingResponse, Method, Origin, OutgoingRequest } from '@jackfield/sip';
import type { Endpoint, Session } from '@jackfield/session';
import { incomingResponse, looseSession, outgoingRequest } from '@jackfield/session/testing';

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
  return outgoingRequest(method, all, { initial });
}

export function received(status: number, headers: HeaderInit = {}, origin: Origin = 'remote'): IncomingResponse {
  const all = { From: '"Alice" <sip:alice@example.com>;tag=a1', To: '<sip:bob@example.net>;tag=b1', ...headers };
  return incomingResponse(sent(), status, all, origin);
}

export function sessionWith(endpoint: Endpoint, direction: Session['direction'] = 'outgoing'): Session {
  return looseSession({ endpoint, direction });
}
