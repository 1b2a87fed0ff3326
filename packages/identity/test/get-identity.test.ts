import { parseUri, type NameAddr } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { received, request } from './fakes.ts';
import { getIdentity } from '../src/get-identity.ts';
import { originatingLine } from '../src/headers.ts';

const trusted = { trusted: true };
const PAI = 'P-Asserted-Identity: "Bob Asserted" <sip:+12015550123@example.net;user=phone>';
const RPID = 'Remote-Party-ID: "Bob Remote" <sip:+12015550199@example.net>;party=calling;screen=yes;privacy=off';

describe('order of sources (RFC 3325 §5)', () => {
  const configured: NameAddr = { uri: parseUri('sip:4711@pbx.example')!, displayName: 'Desk 4711' };
  const withoutUser: NameAddr = { uri: parseUri('sip:pbx.example')! };

  it.each([
    { given: [PAI, RPID], policy: { trusted: true, configured }, source: 'P-Asserted-Identity', because: 'asserted by a trusted peer' },
    { given: [RPID], policy: { trusted: true, configured }, source: 'Remote-Party-ID', because: 'its forerunner, from a trusted peer' },
    { given: [], policy: { trusted: true, configured }, source: 'endpoint', because: 'a trusted peer asserts nothing' },
    { given: [PAI, RPID], policy: { trusted: false, configured }, source: 'endpoint', because: 'the peer is not trusted' },
    { given: [PAI, RPID], policy: { trusted: false, configured: withoutUser }, source: 'From', because: 'the configured one has no user' },
    { given: [PAI, RPID], policy: undefined, source: 'From', because: 'nobody is trusted unless it is said' },
  ])('I1: $source when $because', ({ given, policy, source }) => {
    expect(getIdentity(request(given), policy)?.source).toBe(source);
  });

  it('T-40: what an untrusted peer asserts is nowhere to be seen', () => {
    const identity = getIdentity(request([PAI, RPID]), { trusted: false })!;
    expect(identity).toMatchObject({ number: 'bob', name: 'Bob', asserted: [], screened: false });
  });

  it('a response has no identity in From, which is ours, nor in To, which is whom we asked for', () => {
    expect(getIdentity(received(200), trusted)).toBeUndefined();
    expect(getIdentity(received(200, { 'P-Asserted-Identity': '<sip:carol@example.net>' }), trusted)?.number).toBe('carol');
    expect(getIdentity(received(200), { trusted: false, configured })?.source).toBe('endpoint');
  });
});

describe('P-Asserted-Identity (RFC 3325 §9.1)', () => {
  const TEL = 'P-Asserted-Identity: tel:+1-201-555-0123';

  it.each([
    { lines: ['P-Asserted-Identity: <sip:bob@example.net>, <tel:+12015550123>'], number: 'bob', all: 2, of: 'a SIP and a tel URI' },
    { lines: [TEL, 'P-Asserted-Identity: <sip:bob@example.net>'], number: '+1-201-555-0123', all: 2, of: 'two fields, tel first' },
    {
      lines: ['P-Asserted-Identity: <sip:example.net>, <tel:+12015550123>'],
      number: '+12015550123',
      all: 2,
      of: 'one without a user, and tel',
    },
    {
      lines: ['P-Asserted-Identity: <mailto:bob@example.net>', TEL],
      number: '+1-201-555-0123',
      all: 2,
      of: 'one that cannot be called, and tel',
    },
    { lines: ['P-Asserted-Identity: <sip:bob', TEL], number: '+1-201-555-0123', all: 1, of: 'a malformed field, and tel' },
  ])('I2: of $of the first callable one is chosen, and all that can be read are there', ({ lines, number, all }) => {
    const identity = getIdentity(request(lines), trusted)!;
    expect(identity).toMatchObject({ number, source: 'P-Asserted-Identity', screened: true });
    expect(identity.asserted).toHaveLength(all);
  });

  it.each(['P-Asserted-Identity: <sip:example.net>', 'P-Asserted-Identity: <sip:@>', 'P-Asserted-Identity: ,,', 'P-Asserted-Identity:'])(
    'I3: %s has no user, so Remote-Party-ID counts',
    (line) => {
      expect(getIdentity(request([line, RPID]), trusted)).toMatchObject({ source: 'Remote-Party-ID', digits: '+12015550199' });
    },
  );
});

describe('number and name', () => {
  it.each([
    { uri: '<sip:+1555;phone-context=x@example.net>', number: '+1555;phone-context=x', digits: '+1555' },
    { uri: `<sip:${'1'.repeat(200)}@example.net>`, number: '1'.repeat(200), digits: '1'.repeat(200) },
    { uri: '<sip:+1(201)555-01.23@example.net>', number: '+1(201)555-01.23', digits: '+12015550123' },
    { uri: '<sip:%2B1%20201@example.net>', number: '+1 201', digits: '+1201' },
    { uri: '<sip:*67%23@example.net>', number: '*67#', digits: '*67#' },
    { uri: '<tel:5550123;phone-context=+1201>', number: '5550123', digits: '5550123' },
    { uri: '<sip:bob@example.net>', number: 'bob', digits: undefined },
    { uri: '<sip:1+1@example.net>', number: '1+1', digits: undefined },
  ])('I4: $uri keeps its number whole, digits are its telephone number', ({ uri, number, digits }) => {
    expect(getIdentity(request([`P-Asserted-Identity: ${uri}`]), trusted)).toMatchObject({ source: 'P-Asserted-Identity', number, digits });
  });

  it('I8: bytes in a display name that are no UTF-8 are replaced, the rest of it stays', () => {
    expect(getIdentity(request(['From: "B\xc3\xb6b\xff" <sip:bob@example.net>;tag=1']))?.name).toBe('Böb\ufffd');
  });

  it('T-08: control characters reach neither name nor number', () => {
    const identity = getIdentity(request(['From: "Bob\x1b[31m" <sip:bob%0d%0a%1b@example.net>;tag=1']))!;
    expect(identity.name).toBe('Bob\ufffd[31m');
    expect(identity.number).toBe('bob\ufffd\ufffd\ufffd');
  });
});

describe('presentation', () => {
  it.each([
    { line: undefined, presentation: 'allowed', unknown: false },
    { line: 'Privacy: none', presentation: 'allowed', unknown: false },
    { line: 'Privacy: NONE', presentation: 'allowed', unknown: false },
    { line: 'Privacy: id', presentation: 'restricted', unknown: false },
    { line: 'Privacy: ID', presentation: 'restricted', unknown: false },
    { line: 'Privacy: user', presentation: 'restricted', unknown: false },
    { line: 'Privacy: header;session', presentation: 'restricted', unknown: false },
    { line: 'Privacy: session', presentation: 'restricted', unknown: false },
    { line: 'Privacy: id ; critical', presentation: 'restricted', unknown: false },
    { line: 'Privacy: critical, id', presentation: 'restricted', unknown: false },
    { line: 'Privacy: critical', presentation: 'allowed', unknown: false },
    { line: 'Privacy: history', presentation: 'allowed', unknown: false },
    { line: 'Privacy: off', presentation: 'allowed', unknown: true },
    { line: 'Privacy: off;none', presentation: 'allowed', unknown: false },
    { line: 'Privacy:', presentation: 'allowed', unknown: true },
  ])('I5: $line is $presentation', ({ line, presentation, unknown }) => {
    const identity = getIdentity(request(line === undefined ? [PAI] : [PAI, line]), trusted);
    expect(identity).toMatchObject({ source: 'P-Asserted-Identity', presentation, privacyUnknown: unknown });
  });

  it('Privacy asks for itself: it counts from peers that are not trusted as well', () => {
    expect(getIdentity(request(['Privacy: id']))).toMatchObject({ source: 'From', presentation: 'restricted' });
  });

  it.each([
    { parameters: 'privacy=full;screen=yes', presentation: 'restricted', screened: true },
    { parameters: 'privacy=FULL;screen=no', presentation: 'restricted', screened: false },
    { parameters: 'privacy=name', presentation: 'allowed', screened: false },
    { parameters: 'privacy=uri;screen=Yes', presentation: 'allowed', screened: true },
    { parameters: 'privacy=off', presentation: 'allowed', screened: false },
  ])('I6: Remote-Party-ID with $parameters', ({ parameters, presentation, screened }) => {
    const identity = getIdentity(request([`Remote-Party-ID: <sip:bob@example.net>;${parameters}`]), trusted);
    expect(identity).toMatchObject({ source: 'Remote-Party-ID', presentation, screened });
  });

  it.each([
    { from: '"Anonymous" <sip:anonymous@anonymous.invalid>', presentation: 'restricted' },
    { from: '<sip:c8oqz84zk7z@ANONYMOUS.invalid>', presentation: 'restricted' },
    { from: '<sip:Anonymous@example.net>', presentation: 'restricted' },
    { from: '<sip:anonymous.invalid>', presentation: 'restricted' },
    { from: '<sip:unavailable@unknown.invalid>', presentation: 'unavailable' },
    { from: '<sip:gateway.example.net>', presentation: 'unavailable' },
    { from: '"Anonymous" <sip:bob@example.net>', presentation: 'allowed' },
  ])('I7: From $from is $presentation', ({ from, presentation }) => {
    expect(getIdentity(request([`From: ${from};tag=1`]))).toMatchObject({ source: 'From', presentation });
  });
});

describe('originating line', () => {
  it.each([
    { from: '<sip:bob@example.net;oli=1>;isup-oli=62;tag=1', line: 62, because: "the header's parameters go first" },
    { from: '<sip:bob@example.net;oli=1>;oli=x;tag=1', line: 1, because: "one that is no number leaves it to the URI's" },
    { from: '<sip:bob@example.net>;oli=7;ss7-oli=29;tag=1', line: 29, because: 'ss7-oli goes before oli' },
    { from: '<sip:bob@example.net;ss7-oli=00>;tag=1', line: 0, because: 'zero is a line' },
    { from: '<tel:+12015550123;isup-oli=2>;tag=1', line: undefined, because: 'a tel URI has none' },
    { from: '<sip:bob@example.net>;tag=1', line: undefined, because: 'there is none' },
  ])('I9: $from gives $line: $because', ({ from, line }) => {
    expect(originatingLine(request([`From: ${from}`]))).toBe(line);
  });
});
