/** Statement T-42: every way by which a program hands text to a message. Each refuses a line end, or makes it harmless. */
import {
  buildResponse,
  createSipStack,
  formatAddress,
  formatContactPreference,
  formatContentDisposition,
  formatContentId,
  formatDiversion,
  formatEvent,
  formatHistoryEntry,
  formatIdentity,
  formatInReplyTo,
  formatInfoReference,
  formatInstanceId,
  formatNameAddr,
  formatPriority,
  formatPrivacy,
  formatRAck,
  formatReason,
  formatReferTo,
  formatReferredBy,
  formatRemotePartyId,
  formatReplaces,
  formatRequestDisposition,
  formatSecurityMechanism,
  formatSubscriptionState,
  formatTargetDialog,
  formatUriHeaders,
  formatUserToUser,
  formatWarning,
  HeaderList,
  joinMultipart,
  OtherUri,
  Parameters,
  parseMessage,
  parseNameAddr,
  parseUri,
  parseVia,
  reply,
  retry,
  SipRequest,
  SipResponse,
  type SipUri,
  TelUri,
  udp,
  type Uri,
  writeMessage,
} from '@jackfield/sip';
import { requestText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { PEER, rig, script, US } from '../rig.ts';

const EVIL = 'x\r\nEvil: 1';
const uri = parseUri('sip:a@example.com') as SipUri;
const bytes = Buffer.from('x');
const foreign = (text: string): Uri => ({ scheme: 'sip', host: 'example.com', toString: () => text });

function request(target: Uri = uri): SipRequest {
  const headers = new HeaderList({
    Via: 'SIP/2.0/UDP h;branch=z9hG4bK1;rport',
    From: '<sip:f@example.com>;tag=1',
    To: '<sip:t@example.com>',
    'Call-ID': 'c',
    CSeq: '1 OPTIONS',
  });
  return new SipRequest('OPTIONS', target, headers);
}

describe('a line end in what a program hands in', () => {
  const HEADER = 'SIP_HEADER_SYNTAX';
  const URI = 'SIP_URI_SYNTAX';
  const MESSAGE = 'SIP_MESSAGE_SYNTAX';

  it.each<[way: string, code: string, call: () => unknown]>([
    ['headers.set, value', HEADER, () => new HeaderList().set('Subject', EVIL)],
    ['headers.set, name', HEADER, () => new HeaderList().set(EVIL, 'x')],
    ['headers.add, value', HEADER, () => new HeaderList().add('Subject', EVIL)],
    ['headers.add, name', HEADER, () => new HeaderList().add('Subject:x\r\nEvil', 'x')],
    ['headers.add, LF alone', HEADER, () => new HeaderList().add('Subject', 'x\nEvil: 1')],
    ['headers.add, CR alone', HEADER, () => new HeaderList().add('Subject', 'x\rEvil: 1')],
    ['headers.add, NUL', HEADER, () => new HeaderList().add('Subject', 'x\0')],
    ['headers.add, a fold', HEADER, () => new HeaderList().add('Subject', 'x\r\n y')],
    ['headers.prepend', HEADER, () => new HeaderList().prepend('Via', EVIL)],
    ['new HeaderList, value', HEADER, () => new HeaderList({ Subject: EVIL })],
    ['new HeaderList, list of values', HEADER, () => new HeaderList({ Subject: ['x', EVIL] })],
    ['new HeaderList, name', HEADER, () => new HeaderList({ [EVIL]: 'x' })],
    ['reply, header', HEADER, () => reply(400, { headers: { Subject: EVIL } })],
    ['reply, header name', HEADER, () => reply(400, { headers: { [EVIL]: 'x' } })],
    ['reply, one of several values', HEADER, () => reply(400, { headers: { Subject: ['x', EVIL] } })],
    ['reply, reason', HEADER, () => reply(400, { reason: EVIL })],
    ['reply, body type', MESSAGE, () => reply(400, { body: { type: `text/${EVIL}`, bytes } })],
    ['reply, body parameter name', HEADER, () => reply(400, { body: { type: 'text/plain', parameters: { [EVIL]: 'x' }, bytes } })],
    ['retry, header', HEADER, () => retry({ headers: { Subject: EVIL } })],
    ['retry, header name', HEADER, () => retry({ headers: { [EVIL]: 'x' } })],
    ['buildResponse, reason', HEADER, () => buildResponse(request(), 200, { reason: EVIL })],
    ['buildResponse, header', HEADER, () => buildResponse(request(), 200, { headers: { Subject: EVIL } })],
    ['buildResponse, tag', HEADER, () => buildResponse(request(), 200, { toTag: EVIL })],
    ['buildResponse, body type', MESSAGE, () => buildResponse(request(), 200, { body: { type: EVIL, bytes } })],
    ['new SipRequest, method', MESSAGE, () => new SipRequest(EVIL, uri)],
    ['new SipRequest, method with a space', MESSAGE, () => new SipRequest('A sip:b SIP/2.0', uri)],
    ['new SipRequest, URI of another make', URI, () => request(foreign(`sip:${EVIL}`))],
    ['new SipRequest, body type', MESSAGE, () => new SipRequest('INFO', uri, new HeaderList(), { type: `a/b${EVIL}`, bytes })],
    ['new SipResponse, reason', HEADER, () => new SipResponse(200, EVIL)],
    ['stampReceived', HEADER, () => request().stampReceived(EVIL, 1)],
    ['uri.with, host', URI, () => uri.with({ host: EVIL })],
    ['uri.with, headers', URI, () => uri.with({ headers: `a=${EVIL}` })],
    ['uri.with, parameter name', HEADER, () => uri.with({ parameters: { [EVIL]: 'x' } })],
    ['new TelUri, number', URI, () => new TelUri(`+1${EVIL}`, '')],
    ['new TelUri, parameters', URI, () => new TelUri('+1', `;${EVIL}`)],
    ['new OtherUri', URI, () => new OtherUri('urn', `urn:${EVIL}`)],
    ['parameters.set, name', HEADER, () => new Parameters().set(EVIL, 'x')],
    ['formatNameAddr, tag', HEADER, () => formatNameAddr({ uri }, EVIL)],
    ['formatNameAddr, URI of another make', URI, () => formatNameAddr({ uri: foreign(`sip:a>${EVIL}`) })],
    ['joinMultipart, subtype', MESSAGE, () => joinMultipart([{ body: { type: 'a/b', bytes } }], { subtype: EVIL })],
    ['joinMultipart, boundary', MESSAGE, () => joinMultipart([{ body: { type: 'a/b', bytes } }], { boundary: EVIL })],
    ['joinMultipart, type of a part', MESSAGE, () => joinMultipart([{ body: { type: `a/${EVIL}`, bytes } }])],
    [
      'joinMultipart, header of a part',
      HEADER,
      () => joinMultipart([{ headers: new HeaderList({ 'Content-ID': EVIL }), body: { type: 'a/b', bytes } }]),
    ],
    ['createSipStack, userAgent', HEADER, () => createSipStack({ transports: [], userAgent: EVIL })],
    [
      'registerService, methods',
      HEADER,
      () => createSipStack({ transports: [] }).registerService({ name: 'x', methods: [EVIL], handleRequest: () => 'later' }),
    ],
    [
      'registerUsage, methods',
      HEADER,
      () => createSipStack({ transports: [] }).registerUsage({ name: 'x', methods: [EVIL], take: () => true }),
    ],
    ['registerCapabilities, allow', HEADER, () => createSipStack({ transports: [] }).registerCapabilities({ allow: [EVIL] })],
    ['registerCapabilities, accept', HEADER, () => createSipStack({ transports: [] }).registerCapabilities({ accept: [`a/${EVIL}`] })],
    ['registerCapabilities, supported', HEADER, () => createSipStack({ transports: [] }).registerCapabilities({ supported: [EVIL] })],
    ['formatAddress, name', HEADER, () => formatAddress({ uri, displayName: EVIL })],
    ['formatAddress, parameter', HEADER, () => formatAddress({ uri }, { x: EVIL })],
    ['formatContactPreference', HEADER, () => formatContactPreference({ x: EVIL })],
    ['formatContentDisposition', HEADER, () => formatContentDisposition({ type: EVIL })],
    ['formatContentId', HEADER, () => formatContentId(EVIL)],
    ['formatDiversion', HEADER, () => formatDiversion({ uri }, { reason: EVIL })],
    ['formatEvent', HEADER, () => formatEvent(EVIL)],
    ['formatHistoryEntry', HEADER, () => formatHistoryEntry({ uri }, { index: EVIL })],
    ['formatIdentity', HEADER, () => formatIdentity({ passport: 'a.b.c', info: `https://${EVIL}` })],
    ['formatInReplyTo', HEADER, () => formatInReplyTo([EVIL])],
    ['formatInfoReference', URI, () => formatInfoReference(foreign(`sip:${EVIL}`))],
    ['formatInstanceId', HEADER, () => formatInstanceId(`urn:${EVIL}`)],
    ['formatPriority', HEADER, () => formatPriority(EVIL)],
    ['formatPrivacy', HEADER, () => formatPrivacy([EVIL])],
    ['formatRAck', HEADER, () => formatRAck({ response: 1, sequence: 1, method: EVIL })],
    ['formatReason', HEADER, () => formatReason({ protocol: 'SIP', text: EVIL })],
    ['formatReferTo', HEADER, () => formatReferTo({ uri, displayName: EVIL })],
    ['formatReferredBy', HEADER, () => formatReferredBy({ uri }, EVIL)],
    ['formatRemotePartyId', HEADER, () => formatRemotePartyId({ uri }, { privacy: EVIL })],
    ['formatReplaces', HEADER, () => formatReplaces({ callId: EVIL, toTag: '1', fromTag: '2' })],
    ['formatRequestDisposition', HEADER, () => formatRequestDisposition([EVIL])],
    ['formatSecurityMechanism', HEADER, () => formatSecurityMechanism(EVIL)],
    ['formatSubscriptionState', HEADER, () => formatSubscriptionState({ state: EVIL })],
    ['formatTargetDialog', HEADER, () => formatTargetDialog({ callId: EVIL })],
    ['formatUriHeaders', HEADER, () => formatUriHeaders({ Subject: EVIL })],
    ['formatUserToUser', HEADER, () => formatUserToUser(EVIL)],
    ['formatWarning', HEADER, () => formatWarning({ code: 399, agent: 'x', text: EVIL })],
  ])('T-42: %s throws %s', (_, code, call) => {
    expect(call).toThrow(expect.objectContaining({ code }));
  });

  it.each<[way: string, parsed: unknown]>([
    ['parseUri, user', parseUri(`sip:${EVIL}@example.com`)],
    ['parseUri, host', parseUri(`sip:a@${EVIL}`)],
    ['parseUri, parameter', parseUri(`sip:a@example.com;x=${EVIL}`)],
    ['parseUri, headers', parseUri(`sip:a@example.com?x=${EVIL}`)],
    ['parseUri, telephone number', parseUri(`tel:+1${EVIL}`)],
    ['parseUri, another scheme', parseUri(`urn:${EVIL}`)],
    ['parseNameAddr, parameter', parseNameAddr(`<sip:a@example.com>;x=${EVIL}`)],
    ['parseVia, host', parseVia(`SIP/2.0/UDP ${EVIL}`)],
  ])('T-42: %s is none', (_, parsed) => {
    expect(parsed).toBeUndefined();
  });

  it.each<[way: string, text: string]>([
    ['uri.with, user', uri.with({ user: EVIL }).toString()],
    ['uri.with, password', uri.with({ password: EVIL }).toString()],
    ['uri.with, parameter', uri.with({ parameters: { x: EVIL } }).toString()],
    ['formatNameAddr, name', formatNameAddr({ uri, displayName: EVIL })],
    ['parseNameAddr, name', String(parseNameAddr(`"${EVIL}" <sip:a@example.com>`))],
    ['the name of what was parsed', parseNameAddr(`"${EVIL}" <sip:a@example.com>`)?.displayName ?? ''],
    ['parameters.set, value', ((parameters) => (parameters.set('x', EVIL), parameters.toString()))(new Parameters())],
    ['a URI parameter', ((own) => (own.parameters.set('x', EVIL), own.toString()))(parseUri('sip:a@b') as SipUri)],
  ])('T-42: %s is made harmless', (_, text) => {
    expect(text).not.toMatch(/[\r\n\0]/);
    expect(text).toContain('x');
  });

  it('T-42: a body parameter is quoted, and cannot end its line', () => {
    const headers = new HeaderList();
    new SipRequest('INFO', uri, headers, { type: 'text/plain', parameters: { charset: EVIL }, bytes });
    expect(headers.get('Content-Type')).not.toMatch(/[\r\n]/);
  });

  it('T-42: a URI of another make is kept as it was when it was checked', () => {
    let text = 'sip:a@example.com';
    const message = request({ scheme: 'sip', host: 'example.com', toString: () => text });
    text = `sip:${EVIL}`;
    expect(writeMessage(message).toString()).toMatch(/^OPTIONS sip:a@example.com SIP\/2.0\r\n/);
  });

  it('T-42: what a request of another stack brings cannot end a line of ours', () => {
    const verdict = parseMessage(writeMessage(request()));
    const received = verdict.ok ? verdict.message : undefined;
    for (const [name, value] of received?.headers.entries() ?? []) expect(() => new HeaderList().add(name, value)).not.toThrow();
  });

  it.each<[way: string, init: { method?: string; target?: string | Uri; headers?: Record<string, string>; type?: string }, code: string]>([
    ['method', { method: EVIL }, HEADER],
    ['target', { target: `sip:${EVIL}` }, URI],
    ['target of another make', { target: foreign(`sip:${EVIL}`) }, URI],
    ['header', { headers: { Subject: EVIL } }, HEADER],
    ['From', { headers: { From: EVIL } }, HEADER],
    ['body type', { type: `text/${EVIL}` }, MESSAGE],
  ])('T-42: sendRequest, %s: rejects, and nothing leaves', async (_, init, code) => {
    const { core, clock, peer } = await rig();
    const { method = 'MESSAGE', target = `sip:peer@${PEER}`, headers, type } = init;
    const body = type === undefined ? undefined : { type, bytes };
    await expect(core.sendRequest(method, target, { headers, body })).rejects.toMatchObject({ code });
    await clock.advance(100);
    expect(peer.received).toEqual([]);
    expect(core.stats().live).toMatchObject({ exchanges: 0, clientTransactions: 0 });
  });

  it('T-42: an address to be shown that holds one is refused, and what a function gives of that kind is not shown', async () => {
    expect(() => udp({ host: US, port: 5060, advertise: `h${EVIL}` })).toThrow(
      expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'advertise' } }),
    );
    const { core, hear, peer } = await rig({ transports: [udp({ host: US, port: 5060, advertise: () => ({ host: `h${EVIL}` }) })] });
    core.sendRequest('MESSAGE', `sip:peer@${PEER}`).catch(() => {});
    expect((await hear('MESSAGE')).via.host).toBe(US);
    expect(peer.unreadable).toEqual([]);
  });

  it('T-42: a reply is sent as it was when it was made', async () => {
    const { core, peer, say, hear } = await rig();
    const headers: Record<string, string> = {};
    core.registerService({
      name: 'late',
      methods: ['MESSAGE'],
      handleRequest: () => {
        const made = reply(200, { headers });
        headers['Subject'] = EVIL;
        return made;
      },
    });
    await say(requestText('MESSAGE', script(peer)));
    const heard = await hear(200);
    expect([heard.headers.has('Evil'), heard.headers.has('Subject')]).toEqual([false, false]);
  });
});
