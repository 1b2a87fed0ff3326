import { ManualClock } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { Closing } from './closing.ts';

function rig() {
  const clock = new ManualClock();
  const told: string[] = [];
  const host = { clock, waits: true, busy: () => host.waits, shut: async () => void told.push('shut') };
  const closing = new Closing(host);
  const close = (options: { readonly drain?: boolean; readonly signal?: AbortSignal } = {}): void =>
    void closing.close(options).then(() => told.push('closed'));
  return { clock, host, told, closing, close };
}

describe('closing a stack', () => {
  it('shuts at once, whatever is under way', async () => {
    const { clock, told, closing, close } = rig();
    expect([closing.open, closing.closed]).toEqual([true, false]);
    close();
    expect([closing.open, closing.closed, told]).toEqual([false, true, ['shut']]);
    await clock.advance(0);
    expect(told).toEqual(['shut', 'closed']);
    expect(clock.pending).toBe(0);
  });

  it('takes nothing new while it drains, and shuts when nothing is under way any more', async () => {
    const { clock, host, told, closing, close } = rig();
    close({ drain: true });
    await clock.advance(10_000);
    expect([closing.open, closing.closed, told]).toEqual([false, false, []]);
    host.waits = false;
    await clock.advance(100);
    expect([closing.closed, told]).toEqual([true, ['shut', 'closed']]);
    expect(clock.pending).toBe(0);
  });

  it('waits once for all who ask it to drain', async () => {
    const { clock, host, told, close } = rig();
    close({ drain: true });
    close({ drain: true });
    host.waits = false;
    await clock.advance(100);
    close({ drain: true });
    await clock.advance(0);
    expect(told).toEqual(['shut', 'closed', 'closed', 'closed']);
  });

  it.each<{ by: string; end: (close: () => void, abort: () => void) => void }>([
    { by: 'the signal', end: (_close, abort) => abort() },
    { by: 'a close that does not drain', end: (close) => close() },
  ])('no longer waits after $by, and shuts once', async ({ end }) => {
    const { clock, told, close } = rig();
    const abort = new AbortController();
    close({ drain: true, signal: abort.signal });
    await clock.advance(1000);
    end(close, () => abort.abort());
    await clock.advance(100);
    expect(told.filter((what) => what === 'shut')).toHaveLength(1);
    expect(told).toContain('closed');
    expect(clock.pending).toBe(0);
  });
});
