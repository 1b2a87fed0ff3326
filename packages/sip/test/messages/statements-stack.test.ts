/** Security statements T-01 to T-13 through a stack that listens: what the caller hears, and that the stack lives on. */
import { bodyParts, HeaderList, reply } from '@jackfield/sip';
import { requestText, type RequestScript } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { PEER, rig, script, Usage, type Rig } from '../rig.ts';

const BIG = 'x'.repeat(2000);

/** The stack still answers, and holds nothing of what was refused but what absorbs copies. */
async function alive({ core, clock, peer, say }: Rig): Promise<void> {
  const before = peer.received.length;
  await say(requestText('OPTIONS', script(peer)));
  expect(peer.received.slice(before).map((message) => (message.kind === 'response' ? message.status : message.method))).toEqual([200]);
  await clock.advance(200_000);
  expect(core.stats().live).toMatchObject({ serverTransactions: 0, finishedTransactions: 0, clientTransactions: 0 });
}

/** First lines of the answers, of those too that the peer cannot read because they repeat what was wrong in the request. */
const answers = ({ peer }: Rig): string[] => [
  ...peer.received.map((message) => (message.kind === 'response' ? `SIP/2.0 ${message.status}` : message.method)),
  ...peer.unreadable.map((bytes) => Buffer.from(bytes).toString('latin1', 0, 11)),
];

describe('a listening stack', () => {
  it.each<[title: string, status: number, method: string, more: Partial<RequestScript>]>([
    ['T-01: gives 400 to an INVITE with a CSeq of another method', 400, 'INVITE', { fields: { CSeq: '1 BYE' } }],
    ['T-01: gives 400 to an INVITE with a CSeq method of 4 KB', 400, 'INVITE', { fields: { CSeq: `1 ${'A'.repeat(4096)}` } }],
    ['T-02: gives 400 to a CSeq of 2^31', 400, 'INVITE', { cseq: 2 ** 31 }],
    ['T-02: gives 400 to an Expires of 2^32', 400, 'INVITE', { fields: { Expires: '4294967296' } }],
    ['T-02: gives 400 to a Content-Length of 2^32', 400, 'INVITE', { fields: { 'Content-Length': '4294967296' } }],
    ['T-02: gives 413 to a Content-Length past the limit', 413, 'INVITE', { fields: { 'Content-Length': '1000000' } }],
    ['T-02: gives 400 to a Max-Forwards of 256', 400, 'INVITE', { fields: { 'Max-Forwards': '256' } }],
    ['T-02: gives 400 to a port of 65536', 400, 'INVITE', { to: '<sip:us@192.0.2.1:65536>' }],
    ['T-03: gives 400 to an INVITE without Contact', 400, 'INVITE', { contact: undefined }],
    ['T-03: gives 400 to an INVITE with Contact: *', 400, 'INVITE', { contact: '*' }],
    ['T-03: gives 416 to an INVITE with a tel Contact', 416, 'INVITE', { contact: '<tel:+12345>' }],
    ['T-03: gives 416 to an INVITE with a mailto Contact', 416, 'INVITE', { contact: '<mailto:a@example.com>' }],
    ['T-05: gives 400 to 200 Via', 400, 'INVITE', { fields: { 'X-Pad': 'y', v: Array.from({ length: 200 }, () => 'SIP/2.0/UDP h') } }],
    [
      'T-05: gives 400 to 1000 Service-Route',
      400,
      'INVITE',
      { fields: { 'Service-Route': Array.from({ length: 1000 }, () => '<sip:a>') } },
    ],
    ['T-05: gives 400 to 1000 Contacts', 400, 'INVITE', { contact: Array.from({ length: 1000 }, () => '<sip:a@b>').join(', ') }],
    ['T-06: gives 414 to a Request-URI of 2000 bytes', 414, 'INVITE', { uri: `sip:${BIG}@192.0.2.1` }],
    ['T-06: gives 400 to a REGISTER with a Contact of 2000 bytes', 400, 'REGISTER', { contact: `<sip:${BIG}@x>` }],
    ['T-11: gives 413 to an XML body past maxBodyBytes', 413, 'INFO', { body: '<a>'.repeat(4000), type: 'application/media_control+xml' }],
  ])('%s', async (_, status, method, more) => {
    const test = await rig({ limits: { maxBodyBytes: 10_000 } });
    const usage = new Usage(test.core);
    test.core.registerService({ name: 'others', methods: ['REGISTER', 'INFO'], handleRequest: () => reply(200) });
    await test.say(requestText(method, script(test.peer, more)));
    expect(answers(test)).toEqual([`SIP/2.0 ${status}`]);
    expect(usage.taken).toEqual([]);
    if (method === 'INVITE' && test.peer.received.length > 0) await test.say(ackFor(test));
    await alive(test);
  });

  it('T-05: takes an INVITE with 40 Accept headers', async () => {
    const test = await rig();
    const usage = new Usage(test.core);
    await test.say(requestText('INVITE', script(test.peer, { fields: { Accept: Array.from({ length: 40 }, (_, at) => `a/b${at}`) } })));
    expect(usage.taken).toHaveLength(1);
  });

  it.each<[what: string, body: string, type?: string]>([
    ['a part of no bytes', '--b\r\n\r\n--b--'],
    ['no boundary', '--b\r\n\r\nx\r\n--b--', 'multipart/mixed'],
    ['6000 parts, as many as a message holds', `${'--b\r\n\r\nx\r\n'.repeat(6000)}--b--`],
    ['a last part that does not end', '--b\r\n\r\nx\r\n--b\r\n\r\ny'],
  ])('T-04: a service gives its 400 to a MESSAGE whose multipart body has %s', async (_, body, type = 'multipart/mixed;boundary=b') => {
    const test = await rig();
    test.core.registerService({
      name: 'text',
      methods: ['MESSAGE'],
      handleRequest: (request) =>
        reply(bodyParts(request.body ?? { type: '', bytes: Buffer.alloc(0) }, new HeaderList()) === undefined ? 400 : 200),
    });
    await test.say(requestText('MESSAGE', script(test.peer, { body, type })));
    await test.hear(400);
    await alive(test);
  });

  it('T-07: survives an INVITE cut at every byte', async () => {
    const test = await rig();
    const usage = new Usage(test.core);
    const whole = Buffer.from(requestText('INVITE', script(test.peer, { body: 'v=0\r\n', fields: { Subject: 'a\r\n b' } })));
    for (let length = 0; length < whole.length; length += 1) test.peer.send(whole.subarray(0, length), { host: '192.0.2.1', port: 5060 });
    await test.clock.advance(40_000);
    expect(usage.taken).toEqual([]);
    await alive(test);
  });

  it.each(['a\x1b]0;b', 'a\0b', 'a\x07b', '\x9b'])('T-08: hands a caller named %j on without its control characters', async (name) => {
    const test = await rig();
    const usage = new Usage(test.core);
    const text = requestText('INVITE', script(test.peer, { from: `"${name}" <sip:f@example.com>;tag=1` }));
    await test.say(Buffer.from(text, 'latin1'));
    const request = usage.taken[0]?.request;
    expect(request?.from.displayName).toContain('\ufffd');
    expect(request?.from.displayName).not.toMatch(/\p{Cc}/u);
  });

  it('T-10: takes an INVITE whose Identity is nonsense: whether that matters is for who verifies it', async () => {
    const test = await rig();
    const usage = new Usage(test.core);
    await test.say(requestText('INVITE', script(test.peer, { fields: { Identity: ['no semicolon', ';info=<https://x.example>', ''] } })));
    expect(usage.taken).toHaveLength(1);
  });

  it('T-12: sends no request and no reply with a header that is too long: the one rejects, the other becomes a 500', async () => {
    const test = await rig();
    const headers = { Supported: 'x'.repeat(65_536) };
    await expect(test.core.sendRequest('MESSAGE', `sip:peer@${PEER}`, { headers })).rejects.toMatchObject({ code: 'SIP_HEADER_LENGTH' });
    test.core.registerService({ name: 'long', methods: ['MESSAGE'], handleRequest: () => reply(200, { headers }) });
    await test.say(requestText('MESSAGE', script(test.peer)));
    expect(answers(test)).toEqual(['SIP/2.0 500']);
    await alive(test);
  });

  it.each<[what: string, more: Partial<RequestScript>]>([
    ['without body', { fields: { Event: 'message-summary', 'Subscription-State': 'active' } }],
    ['with a body without type', { body: 'Messages-Waiting', fields: { 'Content-Type': undefined } }],
    ['with a body of another type', { body: 'Messages-Waiting:', type: 'text/html' }],
    ['with a type that is none', { body: 'x', type: ';;' }],
    ['without Event', {}],
    ['with an Event that is none', { fields: { Event: ';;;', 'Subscription-State': '=' } }],
  ])('T-13: answers a NOTIFY %s: 405 where nobody takes it, else what its service says', async (what, more) => {
    const test = await rig();
    await test.say(requestText('NOTIFY', script(test.peer, more)));
    expect((await test.hear(405)).headers.get('Allow')).toBe('OPTIONS');
    const heard: (string | undefined)[] = [];
    test.core.registerService({
      name: 'mwi',
      methods: ['NOTIFY'],
      handleRequest: (request) => {
        heard.push(request.body?.type);
        return reply(200);
      },
    });
    await test.say(requestText('NOTIFY', script(test.peer, more)));
    await test.hear(200);
    expect(heard).toEqual([what === 'with a body of another type' ? 'text/html' : undefined]);
    await alive(test);
  });
});

/** The ACK that ends the transaction of the INVITE that the peer sent last and was refused. */
function ackFor({ peer }: Rig): string {
  const refusal = peer.received.at(-1)!;
  const fields = [
    `Via: ${refusal.via.toString()}`,
    `From: ${refusal.from.toString()}`,
    `To: ${refusal.to.toString()}`,
    `Call-ID: ${refusal.callId}`,
    `CSeq: ${refusal.cseq.sequence} ACK`,
  ];
  return `ACK sip:us@192.0.2.1 SIP/2.0\r\n${fields.join('\r\n')}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;
}
