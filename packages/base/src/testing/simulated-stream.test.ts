import { describe, expect, it } from 'vitest';
import type { StreamConnection, StreamReceiver } from '../network.ts';
import { ManualClock, settle } from './manual-clock.ts';
import { SimulatedNetwork, type NetworkConditions, type SimulatedHost } from './simulated-network.ts';

class Side implements StreamReceiver {
  text = '';
  readonly pieces: number[] = [];
  ends = 0;
  error: (Error & { code?: string }) | undefined;
  connection: StreamConnection | undefined;
  data(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString();
    this.pieces.push(bytes.length);
  }
  closed(error?: Error): void {
    this.ends += 1;
    this.error = error;
  }
}

interface World {
  readonly clock: ManualClock;
  readonly network: SimulatedNetwork;
  readonly a: SimulatedHost;
  readonly b: SimulatedHost;
  readonly accepted: Side[];
}

async function world(conditions: Partial<NetworkConditions> = {}): Promise<World> {
  const clock = new ManualClock(0);
  const network = new SimulatedNetwork({ clock, conditions });
  const [a, b] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
  const accepted: Side[] = [];
  await b.listenStream({ host: '0.0.0.0', port: 5060 }, (connection) => {
    const side = new Side();
    side.connection = connection;
    accepted.push(side);
    return side;
  });
  return { clock, network, a, b, accepted };
}

const TO = { host: '10.0.0.2', port: 5060 };

async function connected(
  conditions: Partial<NetworkConditions> = {},
): Promise<World & { near: Side; far: Side; own: StreamConnection; other: StreamConnection }> {
  const all = await world(conditions);
  const near = new Side();
  const connecting = all.a.connectStream(TO, near);
  await all.clock.advance(200);
  const own = await connecting;
  const far = all.accepted[0]!;
  return { ...all, near, far, own, other: far.connection! };
}

describe('streams of a simulated network', () => {
  it('connect after a way there and a way back', async () => {
    const { clock, a, accepted, network } = await world({ minDelayMs: 10, maxDelayMs: 10 });
    let connection: StreamConnection | undefined;
    void a.connectStream(TO, new Side()).then((made) => (connection = made));
    await clock.advance(19);
    expect(connection).toBeUndefined();
    expect(accepted).toHaveLength(1);
    await clock.advance(1);
    expect(connection).toMatchObject({ local: { host: '10.0.0.1' }, remote: TO });
    expect(accepted[0]!.connection).toMatchObject({ local: TO, remote: connection!.local });
    expect(network.counts.connectionsOpened).toBe(1);
  });

  it('carry bytes both ways, in order, under any delay and loss', async () => {
    const { clock, own, other, near, far } = await connected({ minDelayMs: 1, maxDelayMs: 30, loss: 0.5 });
    for (let at = 0; at < 50; at += 1) {
      own.send(Buffer.from(`${at},`));
      other.send(Buffer.from(`${-at},`));
    }
    await clock.advance(40);
    expect(far.text).toBe(Array.from({ length: 50 }, (_, at) => `${at},`).join(''));
    expect(near.text).toBe(Array.from({ length: 50 }, (_, at) => `${-at},`).join(''));
  });

  it('cut and join what was sent where that is asked for', async () => {
    const { clock, own, far, network } = await connected({ splitStreams: true });
    const sent = Array.from({ length: 100 }, (_, at) => `message ${at};`);
    for (const text of sent) own.send(Buffer.from(text));
    await clock.advance(10);
    expect(far.text).toBe(sent.join(''));
    expect(far.pieces).not.toEqual(sent.map(({ length }) => length));
    expect(network.counts.streamChunks).toBe(far.pieces.length);
  });

  it('are refused where nobody listens, and have no way to a host that is not there', async () => {
    const { clock, a, network } = await world();
    const refused = expect(a.connectStream({ host: '10.0.0.2', port: 9 }, new Side())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await clock.advance(10);
    await refused;
    await expect(a.connectStream({ host: '10.9.9.9', port: 9 }, new Side())).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    expect(network.counts.connectionsRefused).toBe(1);
    expect(network.connections).toBe(0);
  });

  it('end on both sides, once, after what was sent', async () => {
    const { clock, own, near, far, network } = await connected();
    own.send(Buffer.from('last words'));
    own.close();
    own.send(Buffer.from('too late'));
    own.close();
    await clock.advance(10);
    expect(far).toMatchObject({ text: 'last words', ends: 1, error: undefined });
    expect(near).toMatchObject({ ends: 1, error: undefined });
    expect(network.connections).toBe(0);
  });

  it('end at once for who aborts, and by a reset for the other', async () => {
    const { clock, own, near, far, network } = await connected({ minDelayMs: 10, maxDelayMs: 10 });
    own.abort();
    expect(near.ends).toBe(0);
    await settle();
    expect(near).toMatchObject({ ends: 1, error: undefined });
    expect(far.ends).toBe(0);
    await clock.advance(10);
    expect(far.error?.code).toBe('ECONNRESET');
    own.abort();
    await clock.advance(10);
    expect([near.ends, far.ends]).toEqual([1, 1]);
    expect(network.connections).toBe(0);
  });

  it('stand still during a partition, count what waits, and go on when it heals', async () => {
    const { clock, a, b, network, own, far } = await connected();
    const partition = network.partition(a, b);
    own.send(Buffer.from('hello '));
    own.send(Buffer.from('again'));
    await clock.advance(60_000);
    expect(far.text).toBe('');
    expect(own.buffered).toBe(11);
    partition[Symbol.dispose]();
    await clock.advance(5);
    expect(far.text).toBe('hello again');
    expect(own.buffered).toBe(0);
  });

  it('are cut by the network, for one pair of hosts or for all of a host', async () => {
    const { clock, network, a, b, near, far } = await connected();
    const c = network.host('10.0.0.3');
    network.cut(a, c);
    await clock.advance(5);
    expect([near.ends, far.ends]).toEqual([0, 0]);
    network.cut(b);
    await clock.advance(5);
    expect([near.error?.code, far.error?.code]).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect(network.counts.connectionsCut).toBe(1);
    expect(network.connections).toBe(0);
  });

  it('break by chance in place of what was written, after all that was written before, and the same way for the same seed', async () => {
    const run = async (seed: number): Promise<string> => {
      const clock = new ManualClock(0);
      const network = new SimulatedNetwork({ clock, random: seed, conditions: { streamBreaks: 0.1 } });
      const [a, b] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
      const [near, far] = [new Side(), new Side()];
      await b.listenStream(TO, () => far);
      const connecting = a.connectStream(TO, near);
      await clock.advance(5);
      const own = await connecting;
      const lost: string[] = [];
      network.tap(({ what, bytes }) => what === 'lost' && lost.push(Buffer.from(bytes).toString()));
      for (let at = 0; at < 100; at += 1) own.send(Buffer.from(`${at},`));
      await clock.advance(5);
      expect([near.error?.code, far.error?.code]).toEqual(['ECONNRESET', 'ECONNRESET']);
      expect([near.ends, far.ends]).toEqual([1, 1]);
      expect(network.counts.connectionsCut).toBe(1);
      expect(network.connections).toBe(0);
      const came = far.text.split(',').length - 1;
      expect(far.text).toBe(Array.from({ length: came }, (_, at) => `${at},`).join(''));
      expect(lost[0]).toBe(`${came},`);
      return far.text;
    };
    expect(await run(3)).toBe(await run(3));
    expect(new Set(await Promise.all([1, 2, 3, 4, 5].map(run))).size).toBeGreaterThan(1);
  });

  it('know the delay of each direction', async () => {
    const { clock, network, a, b, own, other, near, far } = await connected();
    network.path(a, b, { minDelayMs: 30, maxDelayMs: 30 });
    own.send(Buffer.from('slow'));
    other.send(Buffer.from('quick'));
    await clock.advance(29);
    expect([far.text, near.text]).toEqual(['', 'quick']);
    await clock.advance(1);
    expect(far.text).toBe('slow');
  });

  it('are given up while they connect', async () => {
    const { clock, network, a, b, accepted } = await world();
    network.partition(a, b);
    const attempt = new AbortController();
    const given = expect(a.connectStream(TO, new Side(), attempt.signal)).rejects.toThrow('enough');
    await clock.advance(10_000);
    attempt.abort(new Error('enough'));
    await given;
    network.heal();
    await clock.advance(10);
    expect(accepted).toHaveLength(0);
    expect(network.connections).toBe(0);
    await expect(a.connectStream(TO, new Side(), AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });

  it('leave a listener’s connections alone when it closes, and its port free', async () => {
    const { clock, b, network } = await connected();
    const listen = (): ReturnType<SimulatedHost['listenStream']> => b.listenStream({ host: '10.0.0.2', port: 5062 }, () => new Side());
    const listener = await listen();
    await expect(listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    listener.close();
    listener.close();
    await listen();
    await clock.advance(5);
    expect(network.connections).toBe(1);
  });
});
