/** The example click-to-dial as a process that joins two phones, both played by SIPp. */
import { describe, expect, it } from 'vitest';
import { bundle } from '../harness/bundle.ts';
import { Child } from '../harness/child.ts';
import { peer } from '../harness/peers.ts';
import { freePort } from '../harness/ports.ts';
import { audio, expectRequest, isHungUp, response, scenario } from '../harness/scenario.ts';
import { startSipp, type Passed } from '../harness/sipp.ts';

const { skipped, note } = peer('sipp', 'sip-tester');

const A = scenario(
  [expectRequest('INVITE'), response('180 Ringing'), response('200 OK', audio('inactive')), expectRequest('ACK')],
  [expectRequest('INVITE'), response('200 OK', audio('sendrecv', [0, 101], 2)), expectRequest('ACK')],
  isHungUp(),
);
const B = scenario(
  [expectRequest('INVITE'), response('180 Ringing'), response('200 OK', audio('sendrecv', [8, 0, 101])), expectRequest('ACK')],
  isHungUp(),
);
const BUSY = scenario([expectRequest('INVITE'), response('486 Busy Here'), expectRequest('ACK')]);
const A_ALONE = scenario([expectRequest('INVITE'), response('200 OK', audio('inactive')), expectRequest('ACK')], isHungUp());

const came = (messages: readonly Passed[], method: string): readonly string[] =>
  messages.filter(({ direction, text }) => direction === 'received' && text.startsWith(`${method} `)).map(({ text }) => text);
const mediaOf = (message: string): readonly (string | undefined)[] => [/^c=.*$/m.exec(message)?.[0], /^m=.*$/m.exec(message)?.[0]];

async function dial(a: number, b: number): Promise<Child> {
  const args = ['--host', '127.0.0.1', '--port', String(await freePort())];
  return new Child(process.execPath, [
    await bundle('examples/click-to-dial/src/main.ts'),
    ...args,
    `sip:a@127.0.0.1:${a}`,
    `sip:b@127.0.0.1:${b}`,
  ]);
}

describe.skipIf(skipped).concurrent(`click-to-dial${note}`, () => {
  it('gives each phone the media address of the other, and hangs up both on Ctrl-C', async () => {
    const [a, b] = await Promise.all([startSipp({ scenario: A }), startSipp({ scenario: B })]);
    const child = await dial(a.port, b.port);
    await child.line(/^both are talking$/);
    expect(await child.stop('SIGINT')).toEqual({ code: 0, signal: null });
    expect(child.lines.at(-1)).toBe('both have hung up');
    const [atA, atB] = await Promise.all([a.run, b.run]);
    expect([atA.errors, atB.errors, atA.code, atB.code]).toEqual(['', '', 0, 0]);
    const [first, second] = came(atA.messages, 'INVITE');
    expect(first).toMatch(/^a=inactive$/m);
    expect(mediaOf(second!)).toEqual(['c=IN IP4 127.0.0.1', `m=audio ${b.mediaPort} RTP/AVP 8 0 101`]);
    expect(came(atB.messages, 'INVITE')[0]).toMatch(/^Content-Length: 0$/m);
    expect(mediaOf(came(atB.messages, 'ACK')[0]!)).toEqual(['c=IN IP4 127.0.0.1', `m=audio ${a.mediaPort} RTP/AVP 0 101`]);
  });

  it('hangs up on the first when the second is busy', async () => {
    const [a, b] = await Promise.all([startSipp({ scenario: A_ALONE }), startSipp({ scenario: BUSY })]);
    const child = await dial(a.port, b.port);
    expect(await child.ended).toEqual({ code: 1, signal: null });
    const [atA, atB] = await Promise.all([a.run, b.run]);
    expect([atA.errors, atB.errors, atA.code, atB.code]).toEqual(['', '', 0, 0]);
  });
});
