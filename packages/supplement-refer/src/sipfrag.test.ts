import { describe, expect, it } from 'vitest';
import { progressOf, readSipfrag, SIPFRAG, writeSipfrag } from './sipfrag.ts';

const fragment = (text: string, type = SIPFRAG): ReturnType<typeof readSipfrag> =>
  readSipfrag({ type, bytes: new TextEncoder().encode(text) });

describe('a status in message/sipfrag, RFC 3515 §2.4.5', () => {
  it.each([
    { text: 'SIP/2.0 100 Trying', read: { status: 100, reason: 'Trying' } },
    { text: 'SIP/2.0 200 OK\r\nContact: <sip:a@example.com>\r\n', read: { status: 200, reason: 'OK' } },
    { text: 'sip/2.0 486 Bésetzt\n', read: { status: 486, reason: 'Bésetzt' } },
    { text: 'SIP/2.0 603', read: { status: 603, reason: '' } },
    { text: 'SIP/2.0 180 \r\n', read: { status: 180, reason: '' } },
  ])('reads $text', ({ text, read }) => {
    expect(fragment(text)).toEqual(read);
  });

  it.each([
    '',
    ' SIP/2.0 200 OK',
    'SIP/2.0 99 Low',
    'SIP/2.0 700 High',
    'SIP/2.0 2000 Long',
    'SIP/3.0 200 OK',
    'SIP/2.0200 OK',
    'INVITE sip:a SIP/2.0',
  ])('reads nothing from %j', (text) => {
    expect(fragment(text)).toBeUndefined();
  });

  it('reads no other type, and no body', () => {
    expect(fragment('SIP/2.0 200 OK', 'text/plain')).toBeUndefined();
    expect(readSipfrag(undefined)).toBeUndefined();
  });

  it('reads what it writes, and lets no phrase end its line', () => {
    for (const status of [100, 183, 202, 486, 603]) expect(readSipfrag(writeSipfrag(progressOf(status)))).toEqual(progressOf(status));
    expect(readSipfrag(writeSipfrag(progressOf(500, 'a\r\nTo: b\u0000c')))).toEqual({ status: 500, reason: 'a To: b c' });
  });
});
