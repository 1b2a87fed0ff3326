/** The numbers of the answer machine, one after the other, with SIPp as the caller. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../harness/machine.ts';
import { peer } from '../harness/peers.ts';
import {
  ack,
  ackOfFailure,
  audio,
  established,
  expectRequest,
  expectStatus,
  hangUp,
  invite,
  isHungUp,
  isRefused,
  request,
  response,
  scenario,
  type Steps,
} from '../harness/scenario.ts';
import { sipp, type SippRun } from '../harness/sipp.ts';

const { skipped, note } = peer('sipp', 'sip-tester');
const BLOCKED = '4711';
const WAYS = (['127.0.0.1', '::1'] as const).flatMap((host) => (['udp', 'tcp'] as const).map((transport) => ({ host, transport })));

interface Ladder {
  readonly dial: string;
  readonly steps: Steps;
  readonly caller?: string | undefined;
}

async function follow(machine: Machine, transport: 'udp' | 'tcp', { dial, steps, caller }: Ladder): Promise<SippRun> {
  const run = await sipp({
    remote: machine.address,
    host: machine.host,
    scenario: scenario(...steps),
    dial,
    caller,
    transport,
  });
  expect(run.errors).toBe('');
  expect(run).toMatchObject({ code: 0, counts: { successful: 1, failed: 0, retransmissions: 0 } });
  return run;
}

/** What came that begins like this, in order. */
const came = ({ messages }: SippRun, start: string): readonly string[] =>
  messages.filter(({ direction, text }) => direction === 'received' && text.startsWith(start)).map(({ text }) => text);
const okTo = (run: SippRun, method: string): readonly string[] => came(run, 'SIP/2.0 200').filter((text) => text.includes(` ${method}\n`));

describe.skipIf(skipped).concurrent.each(WAYS)(`SIPp calls $host by $transport${note}`, ({ host, transport }) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.start({ host, block: [BLOCKED] });
  });
  const walk = (ladder: Ladder): Promise<SippRun> => follow(machine, transport, ladder);
  afterAll(async () => {
    const { sessions, ports } = await machine.stats();
    await machine.stop();
    expect({ ...sessions.live, ...ports.live }).toEqual({ sessions: 0, admissions: 0, streams: 0, ports: 0, timers: 0 });
  });

  it('play: the greeting ends in a BYE, which is answered', async () => {
    await walk({ dial: 'play', steps: [established, isHungUp()] });
  });

  it('hangup: a second on, BYE comes, and is answered', async () => {
    await walk({ dial: 'hangup', steps: [established, isHungUp()] });
  });

  it('reinvite: the offer that comes is about the same stream of the same session', async () => {
    const run = await walk({
      dial: 'reinvite',
      steps: [established, expectRequest('INVITE'), response('200 OK', audio()), expectRequest('ACK'), hangUp(2)],
    });
    const [answer, offer] = [okTo(run, 'INVITE')[0]!, came(run, 'INVITE ')[0]!];
    for (const line of [/^o=\S+ \S+ /m, /^m=audio \d+ RTP\/AVP 0 /m]) expect(line.exec(offer)![0]).toBe(line.exec(answer)![0]);
  });

  it('hold: offered sendonly and then sendrecv, each a version on, from where it was called', async () => {
    const run = await walk({
      dial: 'hold',
      steps: [
        established,
        [expectRequest('INVITE'), response('200 OK', audio('recvonly')), expectRequest('ACK')],
        [expectRequest('INVITE'), response('200 OK', audio()), expectRequest('ACK')],
        hangUp(2),
      ],
    });
    const descriptions = [...okTo(run, 'INVITE').slice(0, 1), ...came(run, 'INVITE ')];
    expect(descriptions.map((text) => /^a=(sendrecv|sendonly|recvonly|inactive)$/m.exec(text)?.[1] ?? 'sendrecv')).toEqual([
      'sendrecv',
      'sendonly',
      'sendrecv',
    ]);
    const inUri = host.includes(':') ? `[${host}]` : host;
    expect(descriptions[0]).toContain(`Contact: <sip:${inUri}:${machine.port}${transport === 'tcp' ? ';transport=tcp' : ''}>`);
    for (const text of descriptions) expect(text).toMatch(new RegExp(`^c=IN ${host.includes(':') ? 'IP6' : 'IP4'} ${host}$`, 'm'));
    const versions = descriptions.map((text) => Number(/^o=\S+ \S+ (\d+)/m.exec(text)![1]));
    expect(versions).toEqual([versions[0]!, versions[0]! + 1, versions[0]! + 2]);
  });

  it('offerless: an INVITE without an offer, whose answer comes in the ACK', async () => {
    const run = await walk({
      dial: 'offerless',
      steps: [established, expectRequest('INVITE'), response('200 OK', audio('sendrecv', [0, 8, 101], 2)), expectRequest('ACK'), hangUp(2)],
    });
    expect(came(run, 'INVITE ')[0]).toMatch(/^Content-Length: 0$/m);
    expect(came(run, 'ACK ')[0]).toMatch(/^m=audio [1-9]\d* RTP\/AVP 0 /m);
  });

  it('early: 183 brings the answer, and 200 the same again', async () => {
    const run = await walk({ dial: 'early', steps: [invite(), expectStatus(183), expectStatus(200), ack(), hangUp(2)] });
    const [early, answered] = [came(run, 'SIP/2.0 183')[0]!, okTo(run, 'INVITE')[0]!];
    expect(early).toMatch(/^m=audio [1-9]\d* RTP\/AVP 0 101$/m);
    expect(answered.split('\n\n')[1]).toBe(early.split('\n\n')[1]);
  });

  it('slow: it rings, and answers after two seconds', async () => {
    await walk({ dial: 'slow', steps: [invite(), expectStatus(180), expectStatus(200), ack(), hangUp(2)] });
  });

  it('ring: CANCEL gets its 200, and the INVITE 487', async () => {
    const run = await walk({
      dial: 'ring',
      steps: [
        invite(),
        expectStatus(180),
        request('CANCEL', 1, { branch: 'INVITE-1' }),
        expectStatus(200),
        expectStatus(487),
        ackOfFailure(),
      ],
    });
    expect(okTo(run, 'CANCEL')).toHaveLength(1);
  });

  it.each([
    { dial: 'busy', status: 486 },
    { dial: 'decline', status: 603 },
    { dial: 'nobody-is-here', status: 404 },
    { dial: 'echo', caller: BLOCKED, status: 603 },
  ])('$dial: refused with $status', async ({ dial, caller, status }) => {
    await walk({ dial, caller, steps: [isRefused(status)] });
  });

  it('info: a key in INFO is answered, and told', async () => {
    const body = 'Signal=5\r\nDuration=160\r\n';
    await walk({
      dial: 'info',
      steps: [established, request('INFO', 2, { type: 'application/dtmf-relay', body }), expectStatus(200), hangUp(3)],
    });
    await machine.child.until(() => machine.child.lines.find((line) => /^\[call \d+\] key 5, 160 ms$/.test(line)), 5000, 'the key');
  });

  it('OPTIONS is answered with what we can', async () => {
    const run = await walk({ dial: 'echo', steps: [request('OPTIONS', 1), expectStatus(200)] });
    const [answer] = okTo(run, 'OPTIONS');
    const listed = (name: string): readonly string[] | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(answer!)?.[1]!.split(', ');
    expect(listed('Allow')).toEqual(expect.arrayContaining(['INVITE', 'INFO', 'REFER', 'NOTIFY']));
    expect(listed('Accept')).toContain('application/sdp');
    expect(listed('Supported')).toEqual(expect.arrayContaining(['timer', 'replaces', '100rel']));
  });

  it('an INVITE without an offer gets ours in the 200, and the answer in the ACK is taken', async () => {
    const run = await walk({
      dial: 'echo',
      steps: [invite(''), expectStatus(200), ack(1, `${audio()}m=video 0 RTP/AVP 96\r\n`), hangUp(2)],
    });
    expect(okTo(run, 'INVITE')[0]).toMatch(/^m=audio [1-9]\d* RTP\/AVP 0 8 101$/m);
    const { port } = /^m=audio (?<port>\d+)/m.exec(okTo(run, 'INVITE')[0]!)!.groups!;
    await machine.child.line(new RegExp(`^\\[call \\d+\\] audio PCMU on port ${port}$`));
  });

  it('the caller holds and resumes: recvonly, then sendrecv', async () => {
    const run = await walk({
      dial: 'echo',
      steps: [
        established,
        [request('INVITE', 2, { body: audio('sendonly', [0, 101], 2) }), expectStatus(200), ack(2)],
        [request('INVITE', 3, { body: audio('sendrecv', [0, 101], 3) }), expectStatus(200), ack(3)],
        hangUp(4),
      ],
    });
    const directions = okTo(run, 'INVITE').map((text) => /^a=(sendrecv|sendonly|recvonly|inactive)$/m.exec(text)?.[1] ?? 'sendrecv');
    expect(directions).toEqual(['sendrecv', 'recvonly', 'sendrecv']);
  });

  it('a re-INVITE without a codec of ours is refused with 488, and the call goes on', async () => {
    await walk({
      dial: 'echo',
      steps: [
        established,
        [request('INVITE', 2, { body: audio('sendrecv', [18], 2) }), expectStatus(488), ackOfFailure(2)],
        [request('INVITE', 3, { body: audio('sendrecv', [0], 3) }), expectStatus(200), ack(3)],
        hangUp(4),
      ],
    });
  });
});
