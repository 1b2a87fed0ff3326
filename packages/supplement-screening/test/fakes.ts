/** INVITEs through the real parser, on their way to admission. */
import { Buffer } from 'node:buffer';
import { parseMessage, SipRequest } from '@jackfield/sip';
import type { SessionIntent } from '@jackfield/session';
import { OwnedCookies } from '../../session/src/cookies.ts';

export function intentFrom(
  caller: string,
  { lines = [], trusted = false }: { lines?: readonly string[]; trusted?: boolean } = {},
): SessionIntent {
  const text = [
    'INVITE sip:alice@example.com SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    `From: ${caller};tag=b1`,
    'To: <sip:alice@example.com>',
    'Call-ID: 1@192.0.2.1',
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    'Contact: <sip:bob@192.0.2.1>',
    ...lines,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  const verdict = parseMessage(Buffer.from(text, 'latin1'));
  if (!verdict.ok || !(verdict.message instanceof SipRequest)) throw new Error('the test wrote no request');
  const request = verdict.message;
  const cookies = new OwnedCookies((error) => {
    throw error;
  });
  const endpoint = { name: 'peer', trusted };
  return {
    direction: 'incoming',
    request,
    target: request.uri,
    endpoint,
    headers: undefined,
    cookies,
    signal: new AbortController().signal,
  };
}

export function outgoingIntent(): SessionIntent {
  return { ...intentFrom('<sip:bob@example.net>'), direction: 'outgoing', request: undefined };
}
