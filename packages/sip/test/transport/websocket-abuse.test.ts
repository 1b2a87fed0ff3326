/** What a peer of WebSocket can do between messages and in the middle of them: pings, pieces, and ends. */
import type { Network, StreamConnection } from '@jackfield/base';
import { describe, expect, it } from 'vitest';
import { CLOSE, CONTINUED, PING, TEXT, bare, frame } from './frames.ts';
import { until } from './pair.ts';
import { OURS, bent, bytesOf, createWorld, requestText, type Stream, type World } from './world.ts';
import type { TransportLayer } from '../../src/transport/layer.ts';
import { ws, type WsOptions } from '../../src/transport/websocket.ts';

const AT = { host: OURS, port: 8080 };
const request = (callId: string, body = ''): string =>
  requestText({ via: 'SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK1', callId, body });

/** Our host, whose side of each connection is changed. */
function changed({ here }: World, change: (connection: StreamConnection) => Partial<StreamConnection>): Network {
  return bent(here, {
    listenStream: (at, accept) =>
      here.listenStream(at, (connection) => {
        const { local, remote } = connection;
        const kept = { local, remote, send: connection.send.bind(connection), close: connection.close.bind(connection) };
        const own = { ...kept, abort: connection.abort.bind(connection), buffered: 0 };
        return accept(Object.defineProperties(own, Object.getOwnPropertyDescriptors(change(connection))));
      }),
  });
}

/** A peer whose first message was heard: from there on the times of messages count. */
async function joined(
  options: Partial<WsOptions> = {},
  change: (connection: StreamConnection) => Partial<StreamConnection> = () => ({}),
): Promise<World & { readonly ours: TransportLayer; readonly browser: Stream }> {
  const world = createWorld();
  const ours = await world.layer([ws({ ...AT, ...options })], { network: changed(world, change) });
  const browser = await bare(world, AT.port);
  browser.connection!.send(frame(TEXT, request('first')));
  await until(world.clock, () => world.user.heard.length === 1);
  return { ...world, ours, browser };
}

describe('a message in pieces', () => {
  it.each<{ name: string; begin: readonly Buffer[]; more: readonly Buffer[] }>([
    { name: 'without anything between them', begin: [frame(TEXT, 'O', false)], more: [frame(CONTINUED, 'x', false)] },
    {
      name: 'with a ping before each',
      begin: [frame(PING, ''), frame(TEXT, 'O', false)],
      more: [frame(PING, 'ping'), frame(CONTINUED, 'x', false)],
    },
    {
      name: 'with a ping behind each',
      begin: [frame(TEXT, 'O', false), frame(PING, '')],
      more: [frame(CONTINUED, 'x', false), frame(PING, 'ping')],
    },
    {
      name: 'behind a whole one',
      begin: [frame(TEXT, request('second')), frame(TEXT, 'O', false)],
      more: [frame(PING, ''), frame(CONTINUED, '', false)],
    },
    { name: 'that is one large frame', begin: [frame(PING, ''), frame(TEXT, 'x'.repeat(1000)).subarray(0, 1)], more: [Buffer.of(0xfe)] },
  ])('$name is given up after its time', async ({ begin, more }) => {
    const { clock, ours, browser, user } = await joined({ messageTimeoutMs: 5000 });
    browser.connection!.send(Buffer.concat(begin));
    for (let second = 0; second < 4; second += 1) {
      await clock.advance(1000);
      browser.connection!.send(Buffer.concat(more));
    }
    await clock.advance(900);
    expect(ours.stats().live['connections']).toBe(1);
    await clock.advance(200);
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:too-slow': 1 } });
    expect(user.failed).toHaveLength(1);
  });

  it('is heard when it is whole, whatever came between, and a ping in two halves is no message', async () => {
    const { clock, ours, browser, user } = await joined({ messageTimeoutMs: 5000 });
    const text = request('second');
    browser.connection!.send(Buffer.concat([frame(TEXT, text.slice(0, 10), false), frame(PING, 'a')]));
    await clock.advance(4000);
    browser.connection!.send(Buffer.concat([frame(PING, 'b'), frame(CONTINUED, text.slice(10))]));
    await clock.advance(5);
    browser.connection!.send(frame(PING, 'halves').subarray(0, 8));
    await clock.advance(4000);
    browser.connection!.send(frame(PING, 'halves').subarray(8));
    await clock.advance(20_000);
    expect(user.callIds).toEqual(['first', 'second']);
    expect(ours.stats().live['connections']).toBe(1);
  });

  it('of more than 1,024 frames ends the connection, and one of 1,024 is heard', async () => {
    const { clock, ours, browser, user } = await joined();
    const text = request('second', 'x'.repeat(2000));
    const parts = (count: number): Buffer[] =>
      Array.from({ length: count }, (_, at) => frame(at === 0 ? TEXT : CONTINUED, text[at]!, false));
    browser.connection!.send(Buffer.concat([...parts(1023), frame(CONTINUED, text.slice(1023))]));
    await clock.advance(5);
    expect(user.callIds).toEqual(['first', 'second']);
    browser.connection!.send(Buffer.concat(parts(1025)));
    await clock.advance(5);
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:too-large': 1 } });
    expect(user.failed).toHaveLength(1);
  });
});

describe('pings', () => {
  it('that come faster than pongs leave are answered together, by a pong to the last', async () => {
    const { clock, ours, browser } = await joined();
    browser.connection!.send(Buffer.concat(Array.from({ length: 500 }, (_, at) => frame(PING, `ping ${at}`))));
    await clock.advance(5);
    expect(browser.text).toBe('\x8a\x06ping 0\x8a\x08ping 499');
    browser.text = '';
    browser.connection!.send(frame(PING, 'later'));
    await clock.advance(5);
    expect(browser.text).toBe('\x8a\x05later');
    expect(ours.stats().live['connections']).toBe(1);
  });

  it('of a peer that does not read end the connection as messages to it do', async () => {
    let reads = true;
    let held = 0;
    const { clock, ours, browser, user } = await joined({ maxBufferedBytes: 10_000 }, (connection) => ({
      get buffered() {
        return held;
      },
      send: (bytes) => (reads ? connection.send(bytes) : void (held += bytes.length)),
    }));
    reads = false;
    for (let at = 0; at < 100; at += 1) {
      browser.connection!.send(frame(PING, 'x'.repeat(125)));
      await clock.advance(1);
    }
    await clock.advance(5);
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:unread': 1 } });
    expect(user.failed).toHaveLength(1);
    expect(held).toBeLessThan(10_200);
  });
});

it('double CRLFs of a peer that does not read get no more than 4 KiB of CRLFs', async () => {
  let reads = true;
  let held = 0;
  const { clock, ours, browser } = await joined({}, (connection) => ({
    get buffered() {
      return held;
    },
    send: (bytes) => (reads ? connection.send(bytes) : void (held += bytes.length)),
  }));
  reads = false;
  browser.connection!.send(Buffer.concat(Array.from({ length: 5000 }, () => frame(TEXT, '\r\n\r\n'))));
  await clock.advance(5);
  expect(held).toBe(4096);
  expect(ours.stats()).toMatchObject({ live: { connections: 1 }, total: { keepAlives: 5000 } });
});

describe('an end that the peer says', () => {
  it.each([
    { name: 'a Close frame', says: frame(CLOSE, Buffer.of(0x03, 0xe9)), answer: '\x88\x02\x03\xe9', cause: undefined },
    { name: 'a frame that breaks the rules', says: Buffer.of(0xf1, 0x80), answer: '\x88\x02\x03\xea', cause: 'WS_ERR_UNEXPECTED_RSV_2_3' },
  ])('is told at once, and the connection let go 2 s later: $name', async ({ says, answer, cause }) => {
    const { clock, ours, browser, user, network } = await joined({}, () => ({ close() {} })); // a peer that does not end its side
    const { flow } = user.heard[0]!;
    browser.connection!.send(says);
    await clock.advance(10);
    expect(user.failed).toEqual([{ flow, error: cause === undefined ? undefined : expect.objectContaining({ code: cause }) }]);
    expect(flow.closed).toBe(true);
    expect(ours.stats().live['connections']).toBe(0);
    expect(browser.text).toBe(answer);
    flow.send(bytesOf('too late'));
    await clock.advance(10);
    expect(user.failed).toHaveLength(2);
    await clock.advance(2000);
    expect(network.connections).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
