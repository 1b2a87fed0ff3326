import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textBody } from './body.ts';
import { HeaderList } from './headers.ts';
import { SipRequest, SipResponse } from './message.ts';
import type { Body } from './model.ts';
import { parseMessage } from './parse.ts';
import { parseUri } from './uri.ts';
import { detached } from './tokens.ts';
import { writeMessage } from './write.ts';

const TOKEN = fc.string({ unit: fc.constantFrom(..."abcXYZ019-.!%*_+`'~".split('')), minLength: 1, maxLength: 12 });
const value = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .filter((text) => !/[\r\n\0]/.test(text) && text.trim() === text && !/^[\s\u0085\ufeff]|[\s\u0085\ufeff]$/.test(text));
const extras = fc.array(
  fc.tuple(
    TOKEN.map((name) => `X-${name}`),
    value,
  ),
  { maxLength: 8 },
);
const body = fc.option(fc.uint8Array({ minLength: 1, maxLength: 200 }), { nil: undefined });

const base = (method: string, tag: string): HeaderList =>
  new HeaderList({
    Via: 'SIP/2.0/UDP [::1]:5060;branch=z9hG4bK1;rport',
    From: `"A \\" B" <sip:a@b.c;x=y>;tag=${tag}`,
    To: '<tel:+1-2>',
    'Call-ID': 'x@y',
    CSeq: `1 ${method}`,
    'Content-Length': '999',
  });

describe('what is written is read again', () => {
  it('requests', () => {
    fc.assert(
      fc.property(TOKEN, TOKEN, extras, body, (method, tag, more, bytes) => {
        const headers = base(method, tag);
        for (const [name, text] of more) headers.add(name, text);
        const written = writeMessage(new SipRequest(method, parseUri('sip:u%20v@[::1];lr')!, headers, bytes && { type: 'a/b', bytes }));
        const verdict = parseMessage(written, { stream: true });
        if (!verdict.ok || verdict.message.kind !== 'request') throw new Error('refused');
        const { message } = verdict;
        expect([message.method, message.uri.toString(), message.from.tag]).toEqual([method, 'sip:u%20v@[::1];lr', tag]);
        expect([...message.headers.entries()].filter(([name]) => name.startsWith('X-'))).toEqual(more);
        expect(Buffer.from(message.content).equals(Buffer.from(bytes ?? []))).toBe(true);
        expect(message.headers.getAll('Content-Length')).toEqual([String(bytes?.length ?? 0)]);
        expect(writeMessage(message).equals(written)).toBe(true);
      }),
    );
  });

  it('responses', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 699 }), value, (status, reason) => {
        const written = writeMessage(new SipResponse(status, reason, base('INVITE', 'x')));
        const verdict = parseMessage(written);
        if (!verdict.ok || verdict.message.kind !== 'response') throw new Error('refused');
        expect(verdict.message.status).toBe(status);
        // oxlint-disable-next-line no-control-regex -- those are made visible on the way in
        expect(verdict.message.reason).toBe(reason.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd'));
      }),
    );
  });

  it('headers folded anywhere a space may stand', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom(...'abc;=<>"@'.split('')), minLength: 1 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(words, fc.constantFrom('\r\n ', ' \r\n\t', '\r\n \t '), (parts, fold) => {
        const text = writeMessage(new SipRequest('BYE', parseUri('sip:abc')!, base('BYE', 't'))).toString('latin1');
        const verdict = parseMessage(Buffer.from(text.replace('Call-ID', `X:${fold}${parts.join(fold)}\r\nCall-ID`)));
        if (!verdict.ok) throw new Error(verdict.rule);
        expect(verdict.message.headers.get('X')).toBe(parts.join(' '));
      }),
    );
  });

  it('random bytes give a verdict', () => {
    const pieces = fc.constantFrom(
      'INVITE ',
      'sip:a@b.c',
      ' SIP/2.0',
      'SIP/2.0 200 OK',
      '\r\n',
      'Via: ',
      'f:',
      '"',
      '<',
      '>',
      ';',
      ',',
      ':',
      ' ',
      '\t',
      '\0',
      '\u00ff',
      'CSeq: 1 A',
      'l: 5',
      '%41',
      '[::1]',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const verdict = parseMessage(Buffer.from(parts.join(''), 'latin1'));
        if (verdict.ok) writeMessage(verdict.message);
        else if (verdict.request !== undefined) writeMessage(verdict.request);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('detached', () => {
  it('gives the same text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 3000 }), (text) => detached(text) === text));
    expect(detached('x'.repeat(5000))).toBe('x'.repeat(5000));
  });
});

describe('a body that is a text', () => {
  const request = (body: Body): SipRequest => new SipRequest('MESSAGE', parseUri('sip:bob@example.com')!, new HeaderList(), body);

  it.each(['v=0\r\ns=-\r\n', 'grüße', 'キ', ''])('%j is written as its bytes are', (text) => {
    const bytes = Buffer.from(text);
    const written = writeMessage(request(textBody('text/plain', text)));
    expect(written.toString('latin1')).toBe(writeMessage(request({ type: 'text/plain', bytes })).toString('latin1'));
    expect(written.subarray(written.length - bytes.length)).toEqual(bytes);
  });

  it('has its bytes as any other, once', () => {
    const message = request(textBody('text/plain', 'grüße'));
    expect(Buffer.from(message.content).toString()).toBe('grüße');
    expect(message.body?.bytes).toBe(message.content);
    expect(message.headers.get('Content-Type')).toBe('text/plain');
  });
});
