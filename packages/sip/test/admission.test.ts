import { requestText, type RequestScript } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { rig, script, Usage } from './rig.ts';

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
