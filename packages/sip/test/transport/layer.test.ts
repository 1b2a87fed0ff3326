import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { OURS, THEIRS, bent, bytesOf, createWorld, requestText, responseText } from './world.ts';
import { parseUri } from '../../src/messages/uri.ts';
import type { Uri } from '../../src/messages/model.ts';
import { flowOf } from '../../src/testing/flow.ts';
import { tcp } from '../../src/transport/tcp.ts';
import { udp } from '../../src/transport/udp.ts';
import type { Flow, Target, Transport } from '../../src/transport/transport.ts';

const HERE = { host: OURS, port: 5060 };

describe('listening', () => {
  it('tells what was bound, and the same when asked again', async () => {
    const { layer } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 0 }), tcp({ port: 5060 }), udp({ host: '::', port: 5060 })]);
    const listening = await ours.listen();
    expect(listening).toEqual([
      { transport: 'UDP', host: OURS, port: expect.any(Number) },
      { transport: 'TCP', host: '0.0.0.0', port: 5060 },
      { transport: 'TCP', host: '::', port: 5060 },
      { transport: 'UDP', host: '::', port: 5060 },
    ]);
    expect(listening[0]!.port).toBeGreaterThan(0);
    expect(ours.stats().live).toEqual({ connections: 0, listeners: 4 });
  });

  it('without a host takes both families at one port, another one where the chosen is taken, and IPv4 alone where there is no IPv6', async () => {
    const { layer, here } = createWorld();
    const tried: string[] = [];
    const bind = (refusals: string[]): Promise<unknown> => {
      const network = bent(here, {
        bindDatagram(options, receiver) {
          tried.push(options.host);
          const code = options.host === '::' ? refusals.shift() : undefined;
          return code === undefined ? here.bindDatagram(options, receiver) : Promise.reject(Object.assign(new Error(code), { code }));
        },
      });
      return layer([udp({ port: 0 })], { network }).then((made) => made.listen());
    };
    const both = (await bind(['EADDRINUSE'])) as { host: string; port: number }[];
    expect(both.map(({ host }) => host)).toEqual(['0.0.0.0', '::']);
    expect(both[0]!.port).toBe(both[1]!.port);
    expect(tried).toEqual(['0.0.0.0', '::', '0.0.0.0', '::']);
    for (const code of ['EADDRNOTAVAIL', 'EAFNOSUPPORT']) expect(await bind([code])).toMatchObject([{ host: '0.0.0.0' }]);
    await expect(bind(Array.from({ length: 20 }, () => 'EADDRINUSE'))).rejects.toMatchObject({ cause: { code: 'EADDRINUSE' } });
  });

  it('shows a numeric address in place of its own to peers of that family alone', async () => {
    const { layer } = createWorld();
    const ours = await layer([udp({ port: 5060, advertise: '203.0.113.5' }), tcp({ port: 5060, advertise: '[2001:db8::5]' })]);
    const shown = async (target: Target): Promise<string> => (await ours.open(target)).advertised.host;
    expect(await shown({ kind: 'UDP', host: THEIRS, port: 5060 })).toBe('203.0.113.5');
    expect(await shown({ kind: 'UDP', host: '2001:db8::2', port: 5060 })).toBe('2001:db8::1');
  });

  it('takes all or nothing', async () => {
    const { layer } = createWorld();
    await layer([tcp({ host: OURS, port: 5062 })]);
    const failed = layer([udp({ host: OURS, port: 5062 }), tcp({ host: OURS, port: 5062 })]);
    await expect(failed).rejects.toMatchObject({
      code: 'SIP_TRANSPORT_FAILED',
      info: { transport: 'TCP', host: OURS, port: 5062 },
      cause: { code: 'EADDRINUSE' },
    });
    await layer([udp({ host: OURS, port: 5062 })]); // free again
  });

  it('ends with close, and does not begin after it', async () => {
    const { layer, clock } = createWorld();
    const ours = await layer([udp({ port: 5060 }), tcp({ port: 5060 })]);
    await ours.close();
    await ours.close();
    expect(ours.stats().live).toEqual({ connections: 0, listeners: 0 });
    await expect(ours.listen()).rejects.toMatchObject({ code: 'SIP_STACK_CLOSED' });
    await expect(ours.open({ kind: 'UDP', host: THEIRS, port: 5060 })).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    await layer([udp({ port: 5060 }), tcp({ port: 5060 })]);
    expect(clock.pending).toBe(0);
  });
});

describe('options', () => {
  it.each(['maxConnections', 'maxConnectionsPerHost'])('%s is a positive integer', async (option) => {
    await expect(createWorld().layer([], { [option]: 0 })).rejects.toMatchObject({ code: 'SIP_OPTION', info: { option } });
  });

  it('recvBufferSize is a positive integer', () => {
    expect(() => udp({ port: 5060, recvBufferSize: -1 })).toThrow(expect.objectContaining({ code: 'SIP_OPTION' }));
  });
});

describe('opening a flow', () => {
  const bound = [
    udp({ host: '127.0.0.1', port: 5070 }),
    udp({ host: OURS, port: 5060 }),
    udp({ host: '192.168.7.1', port: 5061 }),
    udp({ host: '::', port: 5060 }),
  ];
  it.each([
    { transports: bound, host: THEIRS, local: OURS },
    { transports: bound, host: '127.0.0.1', local: '127.0.0.1' },
    { transports: bound, host: '2001:db8::2', local: '::' },
    { transports: bound.slice(1, 2), host: '127.0.0.1', local: OURS },
    { transports: [udp({ host: '127.0.0.1', port: 5070 }), udp({ port: 5060 })], host: THEIRS, local: '0.0.0.0' },
  ])('to $host goes by the listener on $local', async ({ transports, host, local }) => {
    const { layer } = createWorld();
    const ours = await layer(transports);
    expect((ours.open({ kind: 'UDP', host, port: 5060 }) as Flow).local.host).toBe(local);
  });

  const [ONE, OTHER] = [udp({ host: OURS, port: 5060 }), udp({ host: OURS, port: 5070 })];
  const AT_LOOPBACK = udp({ host: '127.0.0.1', port: 5070 });
  const AT_ALL = udp({ host: '0.0.0.0', port: 5080 });
  const NEXT_DOOR = udp({ host: '192.168.7.1', port: 5070 });
  it.each([
    { heardBy: OTHER, transports: [ONE, OTHER], to: THEIRS, by: 5070, because: 'the peer knows it' },
    { heardBy: OTHER, transports: [ONE, OTHER], to: '10.0.0.3', by: 5070, because: 'its like is no better' },
    { heardBy: AT_ALL, transports: [ONE, AT_ALL], to: '10.0.0.3', by: 5080, because: 'it reaches all' },
    { heardBy: NEXT_DOOR, transports: [ONE, NEXT_DOOR], to: THEIRS, by: 5070, because: 'the peer was heard there' },
    { heardBy: NEXT_DOOR, transports: [ONE, NEXT_DOOR], to: '10.0.0.3', by: 5060, because: 'packets leave from the other' },
    { heardBy: AT_LOOPBACK, transports: [ONE, AT_LOOPBACK], to: '10.0.0.3', by: 5060, because: 'loopback leads to nobody else' },
    { heardBy: AT_ALL, transports: [ONE, AT_ALL], to: '2001:db8::2', by: undefined, because: 'it is of the other family' },
  ])('to $to for a dialog leaves from $by: $because', async ({ heardBy, transports, to, by }) => {
    const { layer } = createWorld();
    const ours = await layer(transports);
    const { host = '', port = 0 } = heardBy.options;
    const heard = flowOf({ local: { host, port }, remote: { host: THEIRS, port: 40_000 } });
    const opening = Promise.resolve(ours.open({ kind: 'UDP', host: to, port: 5060 }, heard));
    expect(
      await opening.then(
        ({ local }) => local.port,
        () => undefined,
      ),
    ).toBe(by);
  });

  it.each<{ transports: Transport[]; target: Target }>([
    { transports: [udp({ host: OURS, port: 5060 })], target: { kind: 'UDP', host: '2001:db8::2', port: 5060 } },
    { transports: [udp({ host: OURS, port: 5060 })], target: { kind: 'TCP', host: THEIRS, port: 5060 } },
    { transports: [udp({ host: '127.0.0.1', port: 5060 })], target: { kind: 'UDP', host: THEIRS, port: 5060 } },
  ])('rejects for $target.kind $target.host when no listener reaches it', async ({ transports, target }) => {
    const { layer } = createWorld();
    const ours = await layer(transports);
    await expect(ours.open(target)).rejects.toMatchObject({
      code: 'SIP_TRANSPORT_FAILED',
      info: { transport: target.kind, host: target.host, port: target.port },
    });
  });
});

describe('locating a URI', () => {
  const uri = (text: string): Uri => parseUri(text)!;
  const world = async (transports: readonly Transport[] = [udp({ host: OURS, port: 5060 }), tcp({ host: OURS, port: 5060 })]) => {
    const { layer, network } = createWorld();
    network.name('sip.example.com', [THEIRS, '2001:db8::2', '10.0.0.3']);
    return layer(transports);
  };

  it.each([
    { text: `sip:bob@${THEIRS}`, targets: [`UDP ${THEIRS} 5060`] },
    { text: `sip:bob@${THEIRS}:5070`, targets: [`UDP ${THEIRS} 5070`] },
    { text: `sip:bob@${THEIRS};transport=tcp`, targets: [`TCP ${THEIRS} 5060`] },
    { text: `sip:bob@${THEIRS};transport=UDP`, targets: [`UDP ${THEIRS} 5060`] },
    { text: `sip:bob@example.com;maddr=${THEIRS}`, targets: [`UDP ${THEIRS} 5060`] },
    { text: `sip:bob@${THEIRS};transport=sctp`, targets: [] },
    { text: `sip:bob@${THEIRS};transport=tls`, targets: [] },
    { text: `sips:bob@${THEIRS}`, targets: [] },
    { text: 'tel:+4930123', targets: [] },
    { text: 'sip:bob@[2001:db8::2]', targets: [] },
  ])('$text leads to $targets at once', async ({ text, targets }) => {
    const found = (await world()).locate(uri(text));
    expect((found as readonly Target[]).map(({ kind, host, port }) => `${kind} ${host} ${port}`)).toEqual(targets);
  });

  it('looks a name up, and gives what our listeners can reach, in order', async () => {
    const four = await world();
    expect(await four.locate(uri('sip:bob@sip.example.com:5080'))).toEqual([
      { kind: 'UDP', host: THEIRS, port: 5080 },
      { kind: 'UDP', host: '10.0.0.3', port: 5080 },
    ]);
    expect(await four.locate(uri('sip:bob@nowhere.example.com'))).toEqual([]);
    const both = await world([tcp({ port: 5060 })]);
    expect(await both.locate(uri('sip:sip.example.com'))).toEqual([
      { kind: 'TCP', host: THEIRS, port: 5060 },
      { kind: 'TCP', host: '2001:db8::2', port: 5060 },
      { kind: 'TCP', host: '10.0.0.3', port: 5060 },
    ]);
    expect(await both.locate(uri('sip:[2001:db8::2]'))).toEqual([{ kind: 'TCP', host: '2001:db8::2', port: 5060 }]);
  });

  it('reads a URI of another’s making by its text', async () => {
    const foreign: Uri = { scheme: 'sip', host: THEIRS, toString: () => `sip:${THEIRS}:5099` };
    expect((await world()).locate(foreign)).toEqual([{ kind: 'UDP', host: THEIRS, port: 5099 }]);
  });
});

describe('a response, RFC 3261 §18.1.2', () => {
  it.each([
    { via: `SIP/2.0/UDP ${OURS}:5060;branch=z9hG4bK1`, ours: true },
    { via: `SIP/2.0/UDP ${OURS};branch=z9hG4bK1`, ours: true },
    { via: `SIP/2.0/UDP 192.168.7.1:5060;branch=z9hG4bK1`, ours: true },
    { via: `SIP/2.0/UDP ${OURS}:5061;branch=z9hG4bK1`, ours: false },
    { via: `SIP/2.0/UDP 10.6.6.6:5060;branch=z9hG4bK1`, ours: false },
  ])('with $via on top is heard: $ours', async ({ via, ours }) => {
    const { clock, user, layer, peer } = createWorld();
    const stack = await layer([udp({ port: 5060 })]);
    await stack.open({ kind: 'UDP', host: '192.168.7.9', port: 5060 }); // so that 192.168.7.1 was shown to somebody
    (await peer()).send(responseText(via), HERE);
    await clock.advance(5);
    expect(user.heard).toHaveLength(ours ? 1 : 0);
    expect(stack.stats().total['dropped:sent-by']).toBe(ours ? undefined : 1);
  });

  it.each([
    { advertise: 'SIP.Example.com', via: 'sip.example.COM:5060' },
    { advertise: '2001:db8::77', via: '[2001:db8::77]:5060' },
  ])('finds $advertise in $via', async ({ advertise, via }) => {
    const { clock, user, layer, peer } = createWorld();
    await layer([udp({ host: OURS, port: 5060, advertise })]);
    (await peer()).send(responseText(`SIP/2.0/UDP ${via};branch=z9hG4bK1`), HERE);
    await clock.advance(5);
    expect(user.heard).toHaveLength(1);
  });
});

describe('diagnostics', () => {
  it('show every message in and out, and every drop, to whoever listens', async () => {
    const { clock, layer, peer } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 5060 })]);
    const sender = await peer();
    const seen: Record<string, unknown>[] = [];
    const listen = (event: unknown, name: string | symbol): void => void seen.push({ name, ...(event as object) });
    const names = ['jackfield:sip:message:in', 'jackfield:sip:message:out', 'jackfield:sip:drop'];
    for (const name of names) subscribe(name, listen);
    sender.send(requestText(), HERE);
    sender.send('nonsense', HERE);
    await clock.advance(5);
    const flow = (await ours.open({ kind: 'UDP', host: THEIRS, port: 5060 })) as Flow;
    const again = responseText('SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1', 'again');
    flow.send(bytesOf(again)); // as bytes: what is repeated is read for the listener
    flow.send(bytesOf('no message'));
    for (const name of names) unsubscribe(name, listen);
    flow.send(bytesOf('unheard'));
    expect(seen).toMatchObject([
      { name: names[0], message: { kind: 'request', callId: 'one' }, flow: { remote: { host: THEIRS } } },
      { name: names[2], cause: 'malformed', remote: { host: THEIRS, port: 5060 } },
      { name: names[1], message: { kind: 'response', callId: 'again' }, flow: { remote: { host: THEIRS } } },
    ]);
    expect(Buffer.from(seen[2]!['bytes'] as Uint8Array).toString()).toBe(again);
    expect(ours.stats().total).toMatchObject({ received: 2, sent: 3 });
  });
});
