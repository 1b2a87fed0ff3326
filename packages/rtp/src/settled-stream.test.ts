import { ManualClock, SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { nullPorts } from './ports.ts';
import { SettledStream, type MediaSettings } from './settled-stream.ts';
import type { StreamDirection } from './stream-options.ts';
import type { MediaTransport, RemoteMedia } from './transport.ts';

const PCMU = { payloadType: 0, name: 'PCMU', clockRate: 8000 };

function settings(direction: StreamDirection, port: number, ptimeMs = 20): MediaSettings {
  return { media: { direction, send: [PCMU], receive: [PCMU], ptimeMs }, remote: { host: '192.0.2.1', port, payloadTypes: [0] } };
}

function setUp() {
  const ports = nullPorts({ clock: new ManualClock(), random: new SeededRandom(1) });
  const remotes: (RemoteMedia | undefined)[] = [];
  const opened = ports.open('192.0.2.9') as MediaTransport;
  opened.setRemote = (remote) => void remotes.push(remote);
  return { ports, remotes, stream: new SettledStream<MediaSettings>(ports, opened, () => {}) };
}

describe('a stream whose settings come from exchanges', () => {
  it('makes no RTP before the first settings are known', () => {
    const { ports, stream } = setUp();
    expect(stream.rtp).toBeUndefined();
    stream.apply(settings('sendrecv', 4000));
    expect(stream.rtp?.media.direction).toBe('sendrecv');
    expect(ports.stats().live).toMatchObject({ ports: 1, streams: 1 });
  });

  it('goes back to what held when the exchange began, however often it was applied in it', () => {
    const { remotes, stream } = setUp();
    const first = settings('sendrecv', 4000);
    stream.keep();
    stream.apply(first);
    stream.keep();
    stream.apply(settings('recvonly', 5000));
    stream.apply(settings('inactive', 6000));
    stream.revert();
    expect(stream.settings).toBe(first);
    expect(stream.rtp?.media).toBe(first.media);
    expect(remotes.map((remote) => remote?.port)).toEqual([4000, 5000, 6000, 4000]);
  });

  it('is left alone by the failure of an exchange of which nothing was applied', () => {
    const { remotes, stream } = setUp();
    stream.keep();
    stream.apply(settings('sendrecv', 4000));
    stream.keep();
    stream.revert();
    expect(remotes).toHaveLength(1);
  });

  it('keeps the old settings when new ones are refused', () => {
    const { remotes, stream } = setUp();
    const first = settings('sendrecv', 4000);
    stream.apply(first);
    expect(() => stream.apply(settings('sendrecv', 5000, 0))).toThrow(expect.objectContaining({ code: 'RTP_OPTION_RANGE' }) as Error);
    expect(stream.settings).toBe(first);
    expect(stream.rtp?.media).toBe(first.media);
    expect(remotes).toHaveLength(1);
  });

  it('gives its ports back once, and takes nothing after', () => {
    const { ports, remotes, stream } = setUp();
    stream.apply(settings('sendrecv', 4000));
    stream.close();
    stream.close();
    stream.apply(settings('sendrecv', 5000));
    expect(stream.closed).toBe(true);
    expect(ports.stats().live).toEqual({ ports: 0, streams: 0, timers: 0 });
    expect(remotes).toHaveLength(1);
  });

  it('is open at once where nothing is bound', () => {
    const { ports } = setUp();
    const stream = SettledStream.open(ports, '192.0.2.9', new AbortController(), () => {});
    expect(stream).toBeInstanceOf(SettledStream);
  });

  it.each([
    { when: 'while the port is bound', applied: false, later: false, closed: true },
    { when: 'when it is bound and not applied', applied: false, later: true, closed: true },
    { when: 'after it was applied', applied: true, later: true, closed: false },
  ])('whose exchange is given up $when has given its ports back: $closed', async ({ applied, later, closed }) => {
    const { ports } = setUp();
    const transport = ports.open('192.0.2.9') as MediaTransport;
    let bound: ((transport: MediaTransport) => void) | undefined;
    const exchange = new AbortController();
    const opening = SettledStream.open(
      { ...ports, open: () => new Promise<MediaTransport>((resolve) => (bound = resolve)) },
      '192.0.2.9',
      exchange,
      () => {},
    );
    if (!later) exchange.abort();
    bound!(transport);
    const stream = await opening;
    if (applied) stream!.apply(settings('sendrecv', 4000));
    exchange.abort();
    expect(stream === undefined).toBe(!later);
    expect(transport.closed).toBe(closed);
  });
});
