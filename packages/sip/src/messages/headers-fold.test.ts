import { describe, expect, it } from 'vitest';
import type { SipRequest } from './message.ts';
import { parseMessage } from './parse.ts';

const LINES = [
  'INVITE sip:bob@b.example SIP/2.0',
  'Via: SIP/2.0/UDP a.example;branch=z9hG4bK1;rport',
  'f: "Alice" <sip:alice@a.example>;tag=1',
  'To: <sip:bob@b.example>',
  'Call-ID: one',
  'CSeq: 1 INVITE',
  'Contact: <sip:alice@a.example>',
  'Subject: in two',
  '  lines',
  'X-Own : spaced',
  'X-Own: twice',
  'Content-Type: application/sdp',
  'Content-Length: 5',
  '',
  'v=0\r\n',
];

function parsed(): SipRequest {
  const verdict = parseMessage(Buffer.from(LINES.join('\r\n')));
  if (!verdict.ok || verdict.message.kind !== 'request') throw new Error('a good request');
  return verdict.message;
}

const said = (request: SipRequest): unknown => ({
  entries: [...request.headers.entries()],
  lines: request.headers.fields.map(({ line }) => line),
  from: request.from.toString(),
  to: request.to.toString(),
  via: request.via.bytes,
  cseq: request.cseq,
  contacts: request.contacts?.toString(),
  body: request.body?.bytes.toString(),
  type: request.body?.type,
});

describe('a message that rests', () => {
  it.each<{ what: string; change: (request: SipRequest) => void }>([
    { what: 'as it came', change: () => {} },
    { what: 'stamped by the transport', change: (request) => request.stampReceived('192.0.2.9', 5070) },
    { what: 'with a field written', change: (request) => request.headers.set('X-Mark', 'here') },
    { what: 'with a field replaced', change: (request) => request.headers.set('Subject', 'another') },
    { what: 'with a field taken out', change: (request) => void request.headers.delete('X-Own') },
    { what: 'with a field put first', change: (request) => request.headers.prepend('X-First', '1') },
  ])('says the same when it is looked at again: $what', ({ change }) => {
    const [rested, other] = [parsed(), parsed()];
    change(rested);
    change(other);
    rested.rest();
    rested.rest();
    expect(said(rested)).toEqual(said(other));
    rested.rest();
    rested.headers.set('X-Later', 'yes');
    expect(rested.headers.get('x-later')).toBe('yes');
    expect(rested.headers.size).toBe(other.headers.size + 1);
    expect(rested.callId).toBe('one');
  });

  it('holds no field while it rests, and gives them back', () => {
    const request = parsed();
    const before = request.headers.fields;
    request.rest();
    const after = request.headers.fields;
    expect(after).not.toBe(before);
    expect(after.map(({ line }) => line)).toEqual(before.map(({ line }) => line));
  });
});
