import { describe, expect, it } from 'vitest';
import { buildAckForFailure, buildCancel, buildResponse } from './build.ts';
import { HeaderList } from './headers.ts';
import { SipRequest, SipResponse } from './message.ts';
import { parseMessage } from './parse.ts';
import { parseUri } from './uri.ts';
import { writeMessage } from './write.ts';

const uri = parseUri('sip:bob@biloxi.com')!;
const invite = (more: Record<string, string | string[]> = {}): SipRequest =>
  new SipRequest(
    'INVITE',
    uri,
    new HeaderList({
      Via: ['SIP/2.0/UDP a;branch=z9hG4bK1', 'SIP/2.0/UDP b;branch=z9hG4bK2'],
      Route: ['<sip:p1;lr>', '<sip:p2;lr>'],
      'Record-Route': ['<sip:r1;lr>', '<sip:r2;lr>'],
      From: 'Alice <sip:alice@a.com>;tag=1',
      To: '<sip:bob@biloxi.com>',
      'Call-ID': 'c@a',
      CSeq: '7 INVITE',
      Timestamp: '54',
      Contact: '<sip:alice@pc>',
      ...more,
    }),
  );
const lines = (message: SipRequest | SipResponse): string[] => writeMessage(message).toString().split('\r\n');

describe('a response, RFC 3261 §8.2.6', () => {
  it('has what identifies the request, and our tag', () => {
    expect(lines(buildResponse(invite(), 486, { toTag: 'x9', headers: { 'Retry-After': '5' } }))).toEqual([
      'SIP/2.0 486 Busy Here',
      'Via: SIP/2.0/UDP a;branch=z9hG4bK1',
      'Via: SIP/2.0/UDP b;branch=z9hG4bK2',
      'From: Alice <sip:alice@a.com>;tag=1',
      'To: <sip:bob@biloxi.com>;tag=x9',
      'Call-ID: c@a',
      'CSeq: 7 INVITE',
      'Retry-After: 5',
      'Content-Length: 0',
      '',
      '',
    ]);
  });

  it.each([
    { what: 'as they are given', of: (given: Record<string, string>) => given },
    { what: 'of a list', of: (given: Record<string, string>) => new HeaderList(given) },
  ])('takes nothing that the request decides from the headers $what', ({ of }) => {
    const lost = '<sip:lost@example.com>';
    const given = {
      Via: 'SIP/2.0/UDP lost',
      v: 'SIP/2.0/UDP lost',
      From: lost,
      t: lost,
      'Call-ID': 'lost',
      CSeq: '9 BYE',
      'X-Own': 'stays',
    };
    const response = buildResponse(invite(), 200, { headers: of(given) });
    expect(parseMessage(writeMessage(response)).ok).toBe(true);
    expect(lines(response).filter((line) => /lost|9 BYE|stays/.test(line))).toEqual(['X-Own: stays']);
  });

  it('has Timestamp and no tag when it is a 100, and Record-Route when it makes a dialog', () => {
    const trying = buildResponse(invite(), 100, { toTag: 'x9' });
    expect([trying.headers.get('To'), trying.headers.get('Timestamp'), trying.headers.has('Record-Route')]).toEqual([
      '<sip:bob@biloxi.com>',
      '54',
      false,
    ]);
    for (const status of [180, 200])
      expect(buildResponse(invite(), status).recordRoutes.map(String)).toEqual(['<sip:r1;lr>', '<sip:r2;lr>']);
    expect(buildResponse(invite({ CSeq: '7 BYE' }), 404).headers.has('Timestamp')).toBe(false);
  });

  it('leaves a tag alone that is there', () => {
    const again = buildResponse(invite({ To: 'sip:bob@biloxi.com;tag=theirs' }), 200, {
      toTag: 'x9',
      reason: 'Fine \u00e9',
      headers: new HeaderList({ 'X-A': ['1', '2'] }),
    });
    expect([again.to.tag, again.reason, again.headers.getAll('x-a')]).toEqual(['theirs', 'Fine \u00e9', ['1', '2']]);
    expect(lines(again)[0]).toBe('SIP/2.0 200 Fine \u00e9');
  });

  it('has the first of each that may stand there once, of a request that was refused for having two', () => {
    const twice = { From: ['<sip:a@h>;tag=1', '<sip:b@h>;tag=2'], To: ['<sip:x@h>', '<sip:y@h>'], 'Call-ID': ['c', 'd'] };
    const response = buildResponse(invite({ ...twice, CSeq: ['7 INVITE', '8 INVITE'] }), 400, { toTag: 'x9' });
    expect(lines(response).slice(1, -3)).toEqual([
      'Via: SIP/2.0/UDP a;branch=z9hG4bK1',
      'Via: SIP/2.0/UDP b;branch=z9hG4bK2',
      'From: <sip:a@h>;tag=1',
      'To: <sip:x@h>;tag=x9',
      'Call-ID: c',
      'CSeq: 7 INVITE',
    ]);
    expect(parseMessage(writeMessage(response))).toMatchObject({ ok: true });
  });

  it('carries a body, with type and length in bytes', () => {
    const bytes = Buffer.from('\u6f22');
    const response = buildResponse(invite(), 200, { body: { type: 'text/plain', parameters: { charset: 'utf-8' }, bytes } });
    expect(lines(response).slice(-4)).toEqual(['Content-Type: text/plain;charset=utf-8', 'Content-Length: 3', '', '\u6f22']);
    expect(parseMessage(writeMessage(response))).toMatchObject({ ok: true });
  });

  it.each<[string, () => unknown, string]>([
    ['a reason', () => buildResponse(invite(), 400, { reason: 'a\r\nX: y' }), 'SIP_HEADER_SYNTAX'],
    ['a tag', () => buildResponse(invite(), 400, { toTag: 'a\r\nX: y' }), 'SIP_HEADER_SYNTAX'],
    ['a header', () => buildResponse(invite(), 400, { headers: { X: 'a\r\nX: y' } }), 'SIP_HEADER_SYNTAX'],
    ['a status', () => buildResponse(invite(), 700), 'SIP_MESSAGE_SYNTAX'],
    ['a body type', () => buildResponse(invite(), 200, { body: { type: 'a/b\r\nX: y', bytes: Buffer.alloc(1) } }), 'SIP_MESSAGE_SYNTAX'],
    [
      'a body parameter',
      () => buildResponse(invite(), 200, { body: { type: 'a/b', parameters: { 'c\r\nX': 'y' }, bytes: Buffer.alloc(1) } }),
      'SIP_HEADER_SYNTAX',
    ],
    ['a method', () => new SipRequest('BYE sip:x SIP/2.0\r\nX: y\r\n', uri), 'SIP_MESSAGE_SYNTAX'],
    ['a URI', () => new SipRequest('BYE', { scheme: 'sip', host: 'x', toString: () => 'sip:x\r\nX: y' }), 'SIP_URI_SYNTAX'],
  ])('takes no line from %s (T-42)', (_, build, code) => {
    expect(build).toThrow(expect.objectContaining({ code }));
  });
});

describe('requests of one hop', () => {
  it('acknowledge a refusal with its To, RFC 3261 §17.1.1.3', () => {
    const request = invite();
    expect(lines(buildAckForFailure(request, buildResponse(request, 486, { toTag: 'x9' })))).toEqual([
      'ACK sip:bob@biloxi.com SIP/2.0',
      'Via: SIP/2.0/UDP a;branch=z9hG4bK1',
      'Route: <sip:p1;lr>',
      'Route: <sip:p2;lr>',
      'From: Alice <sip:alice@a.com>;tag=1',
      'To: <sip:bob@biloxi.com>;tag=x9',
      'Call-ID: c@a',
      'CSeq: 7 ACK',
      'Max-Forwards: 70',
      'Content-Length: 0',
      '',
      '',
    ]);
  });

  it('cancel with the To of the request, §9.1', () => {
    const cancel = buildCancel(invite({ Require: '100rel' }));
    expect([cancel.to.tag, cancel.cseq, cancel.vias.length, cancel.headers.has('Require'), cancel.via.branch]).toEqual([
      undefined,
      { sequence: 7, method: 'CANCEL' },
      1,
      false,
      'z9hG4bK1',
    ]);
  });
});
