import { describe, expect, it, vi } from 'vitest';
import { Diagnostics, watch } from '@jackfield/base';
import type { DiagnosticsMap } from '@jackfield/base';
import { reply } from '@jackfield/sip';
import type { SipDiagnostics } from '@jackfield/sip';
import { ackText, cancelText, RawPeer, requestText } from '@jackfield/sip/testing';
import { rig, script, US, type Rig } from '../rig.ts';

/** What was published while a test ran, a line a piece of news. */
function notes<N extends keyof SipDiagnostics>(
  name: N,
  line: (news: DiagnosticsMap[N]) => string,
): Disposable & { readonly lines: string[] } {
  const lines: string[] = [];
  const watching = watch(name, (news) => lines.push(line(news)));
  return { lines, [Symbol.dispose]: () => watching[Symbol.dispose]() };
}

/** A message that is answered, a service that throws, an INVITE that is cancelled, rubbish, and a connection that comes and goes. */
async function everything({ clock, core, peer, there, say, hear }: Rig): Promise<void> {
  core.registerService({
    name: 'notes',
    methods: ['MESSAGE', 'INFO', 'INVITE'],
    handleRequest({ method }) {
      if (method === 'INFO') throw new Error('of the service');
      return method === 'INVITE' ? 'later' : reply(202);
    },
  });
  await say(requestText('MESSAGE', script(peer)));
  await hear(202);
  await say(requestText('INFO', script(peer)));
  await hear(500);
  const invite = script(peer);
  await say(requestText('INVITE', invite));
  await say(cancelText(invite));
  await hear(200);
  await say(ackText(invite, await hear(487)));
  await say('rubbish');
  const stream = await clock.until(RawPeer.connect(there, { host: US, port: 5060 }), 20);
  stream.send(requestText('MESSAGE', script(stream, { transport: 'TCP' })));
  await clock.advance(10);
  stream.close();
  await clock.advance(100_000);
}

describe('the channels of a stack', () => {
  it('tell of connections, transactions, drops and plug-ins that fail', async () => {
    const all = await rig();
    using connections = notes('sip:connection', (news) =>
      news.event === 'opened' ? `${news.flow.kind} ${news.direction}` : `${news.flow.kind} closed: ${news.cause}`,
    );
    using transactions = notes('sip:transaction', ({ event, side }) => `${side} ${event}`);
    using drops = notes('sip:drop', ({ cause, remote, stack }) => `${cause} ${remote.host} ${stack === all.core}`);
    using errors = notes('sip:error', ({ owner, error }) => `${owner}: ${String(error)}`);
    using came = notes('sip:message:in', ({ stack, at }) => `${stack === all.core} ${at <= all.clock.now()}`);
    await everything(all);
    expect(connections.lines).toEqual(['TCP incoming', 'TCP closed: peer']);
    expect(drops.lines).toEqual(['malformed 192.0.2.2 true']);
    expect(errors.lines).toEqual(['notes: Error: of the service']);
    expect(new Set(came.lines)).toEqual(new Set(['true true']));
    const count = (line: string): number => transactions.lines.filter((one) => one === line).length;
    expect(count('server began')).toBe(5);
    expect(count('server ended')).toBe(5);
    expect(count('client began')).toBe(0);
  });

  it('tell why a connection ended, and of an attempt that failed', async () => {
    const { clock, core, network, here, there } = await rig();
    using connections = notes('sip:connection', (news) =>
      news.event === 'opened' ? `opened ${news.direction}` : `${news.cause}${news.error === undefined ? '' : ` ${news.error.message}`}`,
    );
    const refused = core.sendRequest('OPTIONS', 'sip:peer@192.0.2.2:9;transport=tcp').catch(() => undefined);
    await clock.until(refused, 60_000);
    expect(connections.lines).toEqual([expect.stringMatching(/^failed could not connect/)]);

    const connecting = (): Promise<RawPeer> => clock.until(RawPeer.connect(there, { host: US, port: 5060 }), 20);
    connections.lines.length = 0;
    await connecting();
    await clock.advance(60_000); // and says nothing
    await connecting();
    network.cut(here, there);
    await clock.advance(10);
    await connecting();
    await clock.until(core.close(), 100_000);
    const incoming = 'opened incoming';
    expect(connections.lines).toEqual([incoming, 'no-message', incoming, expect.stringMatching(/^failed .*ECONNRESET/), incoming, 'local']);
  });

  it('build and publish nothing while nobody listens', async () => {
    const publish = vi.spyOn(Diagnostics.prototype, 'publish');
    const unheard = await rig();
    await everything(unheard);
    expect(publish).not.toHaveBeenCalled();

    using messages = notes('sip:message:out', ({ message }) => message.kind);
    await everything(await rig());
    expect(publish).toHaveBeenCalledTimes(messages.lines.length); // of the channel that is listened to, and no other
    expect(messages.lines.length).toBeGreaterThan(4);
  });
});
