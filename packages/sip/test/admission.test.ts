import { readInteger } from '@jackfield/sip';
import { RawPeer, requestText, type RequestScript } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { rig, script, US, Usage } from './rig.ts';

const SDP = 'v=0\r\n';

describe('admission of requests outside dialogs, RFC 3261 §8.2', () => {
  it.each<{ what: string; method?: string; more: Partial<RequestScript>; status: number; header?: [string, string] }>([
    {
      what: 'a method nobody ever heard of',
      method: 'FLY',
      more: {},
      status: 501,
      header: ['Allow', 'OPTIONS, INVITE, ACK, CANCEL, REFER'],
    },
    {
      what: 'a known method nobody serves',
      method: 'PUBLISH',
      more: {},
      status: 405,
      header: ['Allow', 'OPTIONS, INVITE, ACK, CANCEL, REFER'],
    },
    { what: 'a method spelt otherwise', method: 'invite', more: {}, status: 501 },
    { what: 'a CSeq of another method', more: { fields: { CSeq: '1 BYE' } }, status: 400 },
    { what: 'a Request-URI of another scheme', more: { uri: 'mailto:x@example.com' }, status: 416 },
    { what: 'a sips Request-URI where nobody listens for TLS', more: { uri: `sips:us@${US}` }, status: 416 },
    { what: 'an OPTIONS to sips, there', method: 'OPTIONS', more: { uri: `sips:us@${US}` }, status: 416 },
    { what: 'an INVITE without Contact', more: { contact: undefined }, status: 400 },
    { what: 'an INVITE with Contact *', more: { contact: '*' }, status: 400 },
    { what: 'an INVITE with two Contacts', more: { contact: '<sip:a@x>, <sip:b@x>' }, status: 400 },
    { what: 'an INVITE with an unreadable Contact', more: { contact: '<sip:a@x' }, status: 400 },
    { what: 'an INVITE with a tel Contact', more: { contact: '<tel:+1234>' }, status: 416 },
    { what: 'a REFER with a mailto Contact', method: 'REFER', more: { contact: '<mailto:x@y.z>' }, status: 416 },
    {
      what: 'a Require nobody knows',
      more: { fields: { Require: 'known, Nobody, knows' } },
      status: 420,
      header: ['Unsupported', 'Nobody, knows'],
    },
    {
      what: 'a body of an unknown type',
      more: { body: 'x', type: 'application/unknown' },
      status: 415,
      header: ['Accept', 'application/sdp'],
    },
    { what: 'a body without a type', more: { body: 'x', fields: { 'Content-Type': undefined } }, status: 415 },
    {
      what: 'an encoded body',
      more: { body: SDP, fields: { 'Content-Encoding': 'gzip' } },
      status: 415,
      header: ['Accept-Encoding', 'identity'],
    },
    { what: 'a body that is too large', more: { body: 'x'.repeat(2000) }, status: 413 },
    { what: 'a caller who cannot read what we write', more: { fields: { Accept: 'text/html' } }, status: 406 },
    { what: 'an INVITE that can go no further', more: { fields: { 'Max-Forwards': '0' } }, status: 483 },
  ])('$what: $status', async ({ method = 'INVITE', more, status, header }) => {
    const { core, peer, say, hear } = await rig({ limits: { maxBodyBytes: 1500 } });
    const usage = new Usage(core);
    core.registerUsage({ name: 'refer', methods: ['REFER'], take: () => false });
    core.registerCapabilities({ accept: ['application/sdp'], supported: ['known'] });
    await say(requestText(method, script(peer, more)));
    const refused = await hear(status);
    if (header !== undefined) expect(refused.headers.get(header[0])).toBe(header[1]);
    expect(usage.taken).toEqual([]);
  });

  it.each<{ what: string; more: Partial<RequestScript> }>([
    { what: 'an offer', more: { body: SDP } },
    { what: 'an offer marked identity', more: { body: SDP, fields: { 'Content-Encoding': 'identity' } } },
    {
      what: 'a body that may be ignored',
      more: { body: 'x', type: 'image/png', fields: { 'Content-Disposition': 'icon ; Handling = optional' } },
    },
    { what: 'a known Require', more: { fields: { Require: 'KNOWN', 'Proxy-Require': 'whatever' } } },
    { what: 'a caller who reads anything', more: { fields: { Accept: 'text/html, */*;q=0.1' } } },
    { what: 'a tel Request-URI', more: { uri: 'tel:+1234' } },
  ])('lets pass $what', async ({ more }) => {
    const { core, peer, say } = await rig();
    const usage = new Usage(core);
    core.registerCapabilities({ accept: ['application/sdp'], supported: ['known'] });
    await say(requestText('INVITE', script(peer, more)));
    expect(peer.unread()).toEqual([]);
    expect(usage.taken).toHaveLength(1);
  });

  it('inside a dialog asks for what the message says, not for hops or ways', async () => {
    const { core, peer, say } = await rig();
    const usage = new Usage(core);
    core.registerCapabilities({ accept: ['application/sdp'] });
    const check = async (method: string, more: Partial<RequestScript>): Promise<number | undefined> => {
      usage.taken.length = 0;
      await say(requestText('INVITE', script(peer)));
      core.dialogs.fromRequest(usage.taken[0]!, 'us', usage);
      usage.requests.length = 0;
      const { request } = usage.taken[0]!;
      await say(
        requestText(
          method,
          script(peer, { callId: request.callId, from: request.from.toString(), to: `${request.to.toString()};tag=us`, cseq: 2, ...more }),
        ),
      );
      return core.check(usage.requests[0]!.request)?.status;
    };
    expect(await check('BYE', { fields: { 'Max-Forwards': '0' } })).toBeUndefined();
    expect(await check('INFO', { body: 'x', type: 'application/unknown', contact: undefined })).toBeUndefined();
    expect(await check('INVITE', { contact: undefined })).toBeUndefined();
    expect(await check('INVITE', { contact: '<tel:+1>' })).toBe(416);
    expect(await check('UPDATE', { body: 'x', type: 'application/unknown' })).toBe(415);
    expect(await check('UPDATE', { fields: { Require: 'nobody' } })).toBe(420);
    expect(await check('BYE', { uri: 'mailto:x@y.z' })).toBe(416);
  });
});

describe('what refuses a request, through the whole stack', () => {
  const LIMITS = { maxUriBytes: 200, maxBodyBytes: 1000, maxMessageBytes: 4000 };
  const begin = async () => {
    const test = await rig({ limits: LIMITS });
    const usage = new Usage(test.core);
    test.core.registerCapabilities({ accept: ['application/sdp'], supported: ['known'], require: ['Needed'] });
    return { ...test, usage };
  };
  const GOOD: Partial<RequestScript> = { fields: { Supported: 'needed' } };

  it.each<{
    status: number;
    what: string;
    method?: string;
    more?: Partial<RequestScript>;
    edit?: (text: string) => string;
    header?: [string, RegExp];
  }>([
    { status: 400, what: 'a CSeq of another method', more: { fields: { CSeq: '1 BYE' } } },
    { status: 400, what: 'a Max-Forwards that is no number', more: { fields: { 'Max-Forwards': 'many' } } },
    { status: 405, what: 'a method nobody serves', method: 'SUBSCRIBE', header: ['Allow', /INVITE/] },
    { status: 413, what: 'a body that is too large', more: { ...GOOD, body: 'x'.repeat(1001) } },
    { status: 414, what: 'a Request-URI that is too long', more: { uri: `sip:${'u'.repeat(250)}@${US}` } },
    {
      status: 415,
      what: 'a body of a type that nobody reads',
      more: { ...GOOD, body: 'x', type: 'text/html' },
      header: ['Accept', /^application\/sdp$/],
    },
    { status: 416, what: 'a Request-URI of a scheme that is not ours', more: { uri: 'http://example.com/' } },
    {
      status: 420,
      what: 'a Require that nobody knows',
      more: { fields: { Require: 'nobody, known' } },
      header: ['Unsupported', /^nobody$/],
    },
    { status: 421, what: 'a caller without what is needed', more: { fields: { Supported: 'other' } }, header: ['Require', /^needed$/] },
    { status: 421, what: 'a caller without any extension', header: ['Require', /^needed$/] },
    { status: 483, what: 'no hop left', more: { fields: { Supported: 'needed', 'Max-Forwards': '0' } } },
    { status: 501, what: 'a method that does not exist', method: 'FLY', header: ['Allow', /INVITE/] },
    { status: 505, what: 'another version of SIP', edit: (text) => text.replace(' SIP/2.0', ' SIP/7.0') },
  ])('$status: $what', async ({ status, method = 'INVITE', more = {}, edit = (text) => text, header }) => {
    const { core, peer, say, hear, usage } = await begin();
    await say(edit(requestText(method, script(peer, more))));
    const refused = await hear(status);
    expect(refused.to.tag).toBeDefined();
    if (header !== undefined) expect(refused.headers.get(header[0])).toMatch(header[1]);
    expect(usage.taken).toEqual([]);
    expect(core.dialogs.live).toBe(0);
  });

  it('482: a request that came another way before', async () => {
    const { peer, say, hear, usage } = await begin();
    const invite = script(peer, GOOD);
    await say(requestText('INVITE', invite));
    await say(requestText('INVITE', { ...invite, branch: 'z9hG4bKanother-way' }));
    await hear(482);
    expect(usage.taken).toHaveLength(1);
  });

  it('513: a message that is too large, on a stream', async () => {
    const { there, clock, usage } = await begin();
    const connecting = RawPeer.connect(there, { host: US, port: 5060 });
    await clock.advance(10);
    const stream = await connecting;
    stream.send(requestText('INVITE', script(stream, { ...GOOD, transport: 'TCP', body: 'x'.repeat(4000) })));
    const refused = stream.expect(513);
    await clock.advance(10);
    expect((await refused).cseq.method).toBe('INVITE');
    expect([usage.taken.length, stream.closedStreams]).toEqual([0, 1]);
  });

  it('is the first that is wrong, in one order: what a sender repairs brings up the next', async () => {
    const { peer, say, hear, usage } = await begin();
    const wrong: Record<string, string | string[] | undefined> = {
      CSeq: '1 BYE',
      Contact: '*',
      Require: 'nobody',
      Supported: 'other',
      'Content-Encoding': 'gzip',
      Accept: 'text/html',
      'Max-Forwards': '0',
    };
    let version = 'SIP/7.0';
    let method = 'FLY';
    let body = 'x'.repeat(1001);
    let type = 'text/html';
    let uri = `http:${'u'.repeat(250)}@example.com`;
    const repairs: [number, () => void][] = [
      [505, () => (version = 'SIP/2.0')],
      [414, () => (uri = 'http://example.com/')],
      [400, () => delete wrong['CSeq']],
      [501, () => (method = 'REFER')],
      [405, () => (method = 'INVITE')],
      [400, () => (wrong['Contact'] = '<tel:+1234>')],
      [416, () => (wrong['Contact'] = peer.contact())],
      [416, () => (uri = `sip:us@${US}`)],
      [420, () => delete wrong['Require']],
      [421, () => (wrong['Supported'] = 'Needed')],
      [413, () => (body = 'v=0\r\n')],
      [415, () => delete wrong['Content-Encoding']],
      [415, () => (type = 'application/sdp')],
      [406, () => delete wrong['Accept']],
      [483, () => (wrong['Max-Forwards'] = '70')],
    ];
    for (const [status, repair] of repairs) {
      await say(
        requestText(method, script(peer, { uri, body, type, contact: undefined, fields: wrong })).replace(' SIP/2.0', ` ${version}`),
      );
      await hear(status);
      repair();
    }
    await say(requestText(method, script(peer, { uri, body, type, contact: undefined, fields: wrong })));
    expect(usage.taken).toHaveLength(1);
    expect(peer.unread()).toEqual([]);
  });

  it('421 is asked of what makes a dialog, and a Require names what a caller knows as well', async () => {
    const { core, peer, say, hear, usage } = await begin();
    await say(requestText('OPTIONS', script(peer)));
    expect((await hear(200)).headers.get('Supported')).toBe('known, needed');
    await say(requestText('INVITE', script(peer, { fields: { Require: 'NEEDED' } })));
    expect(usage.taken).toHaveLength(1);
    core.dialogs.fromRequest(usage.taken[0]!, 'us', usage);
    const { request } = usage.taken[0]!;
    const inside = { callId: request.callId, from: request.from.toString(), to: `${request.to.toString()};tag=us`, cseq: 2 };
    await say(requestText('INVITE', script(peer, inside)));
    expect(core.check(usage.requests[0]!.request)).toBeUndefined();
  });

  it('is not a Max-Breadth, which a user agent reads past (RFC 5393 §5.3.5) and a program may read', async () => {
    const { peer, say, usage } = await begin();
    await say(requestText('INVITE', script(peer, { fields: { Supported: 'needed', 'Max-Breadth': '1' } })));
    expect(readInteger(usage.taken[0]!.request.headers, 'Max-Breadth')).toBe(1);
  });
});
