import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../src/messages/parse.ts';
import { parseUri, SipUri } from '../../../src/messages/uri.ts';
import { parseVia } from '../../../src/messages/via.ts';
import { writeMessage } from '../../../src/messages/write.ts';
import { ipv6Cases } from './load.ts';

const place = (uri: unknown): { readonly host: string; readonly port: number | undefined } | undefined =>
  uri instanceof SipUri ? { host: uri.host, port: uri.port } : undefined;

describe('RFC 5118, every message', () => {
  it('has 12 of them', () => {
    expect(ipv6Cases.length).toBe(12);
  });

  it.each(ipv6Cases)('$name (§$section): $uas.verdict', ({ bytes, valid, uas, read }) => {
    for (const stream of [false, true]) {
      const verdict = parseMessage(bytes, { stream });
      expect(verdict.ok).toBe(valid);
      if (!verdict.ok) {
        expect(uas.acceptableStatus).toContain(verdict.status);
        expect(verdict.request?.via.host).toBe('[2001:db8::9:1]'); // where the answer goes
        continue;
      }
      const { message } = verdict;
      if (message.kind !== 'request' || read === undefined) throw new Error('all that are valid are requests');
      expect(message.method).toBe(read.method);
      expect(place(message.uri)).toEqual({ port: undefined, ...read.uri });
      expect(message.vias.map(({ host, port, received, transport }) => ({ host, port, received, transport }))).toEqual(
        read.vias.map((via) => ({ port: undefined, received: undefined, transport: 'UDP', ...via })),
      );
      const { contacts } = message;
      expect(contacts === '*' ? contacts : place(contacts?.[0]?.uri)).toEqual(read.contact && { port: undefined, ...read.contact });
      expect(message.contactsMalformed).toBe(false);
      expect(message.to.tag).toBe(read.toTag);
      for (const line of read.body ?? []) expect(Buffer.from(message.content).toString('latin1')).toContain(line);
      expect(message.content.length > 0).toBe(read.body !== undefined);
    }
  });

  it.each(ipv6Cases.filter(({ valid }) => valid))('$name is written as it came', ({ bytes }) => {
    const verdict = parseMessage(bytes);
    if (!verdict.ok) throw new Error(verdict.rule);
    const sorted = (from: Buffer): string[] => from.toString('latin1').split('\r\n').toSorted(); // Content-Length goes last
    expect(sorted(writeMessage(verdict.message))).toEqual(sorted(bytes));
  });

  it.each(ipv6Cases)('$name with lines that end in LF alone, as archived, is none', ({ archived }) => {
    expect(parseMessage(archived)).toMatchObject({ ok: false });
    expect(parseMessage(archived, { stream: true })).toMatchObject({ ok: false });
  });

  it('takes a body that is shorter than the archive says for cut off (RFC 3261 §18.3)', () => {
    const { archived } = ipv6Cases.find(({ name }) => name === 'ipv6-in-sdp')!;
    const verdict = parseMessage(Buffer.from(archived.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'));
    expect(verdict).toMatchObject({ ok: false, rule: 'body-length', status: 400 });
  });
});

describe('IPv6 references beside those of the RFC', () => {
  it.each([
    { uri: 'sip:[::1]', host: '[::1]', port: undefined },
    { uri: 'sip:user@[::]:5060;transport=tcp', host: '[::]', port: 5060 },
    { uri: 'sips:[2001:DB8:0:0:0:0:0:1]:65535', host: '[2001:DB8:0:0:0:0:0:1]', port: 65_535 },
  ])('$uri is at $host', ({ uri, host, port }) => {
    expect(place(parseUri(uri))).toEqual({ host, port });
  });

  it.each([
    ['a zone', 'sip:[fe80::1%25eth0]'],
    ['a bare zone', 'sip:[fe80::1%eth0]'],
    ['no closing bracket', 'sip:[2001:db8::1'],
    ['no opening bracket', 'sip:2001:db8::1]'],
    ['nothing inside', 'sip:[]'],
    ['a name inside', 'sip:[example.com]'],
    ['a port past the last one', 'sip:[::1]:65536'],
    ['white space before the port', 'sip:[::1] :5060'],
  ])('with %s is no URI', (_, uri) => {
    expect(parseUri(uri)).toBeUndefined();
  });

  it.each([
    ['SIP/2.0/UDP [2001:db8::9:1]:5070;branch=z9hG4bK1', '[2001:db8::9:1]', 5070],
    ['SIP/2.0/UDP [2001:db8::9:1]  :  5070 ;branch=z9hG4bK1', '[2001:db8::9:1]', 5070],
    ['SIP / 2.0 / UDP   [2001:db8::9:1:5070] ;branch=z9hG4bK1', '[2001:db8::9:1:5070]', undefined],
  ])('of the Via %s is %s, the port %s', (text, host, port) => {
    expect(parseVia(text)).toMatchObject({ host, port });
  });

  it.each(['SIP/2.0/UDP 2001:db8::9:1;branch=z9hG4bK1', 'SIP/2.0/UDP [2001:db8::9:1;branch=z9hG4bK1'])('%s is no Via', (text) => {
    expect(parseVia(text)).toBeUndefined();
  });
});
