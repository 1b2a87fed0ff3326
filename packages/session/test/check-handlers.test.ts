/** `checkSupplement` of SDP handlers. */
import { describe, expect, it } from 'vitest';
import type { SdpHandler, SessionService, StreamKind } from '@jackfield/session';
import { checkSupplement } from '@jackfield/session/testing';
import { failuresOf, never, TIMEOUT_MS } from './checked.ts';

interface Strange {
  live: boolean;
}
const SECTION = { kind: 'x-strange', port: 6000, protocol: 'UDP', formats: ['x'], lines: [] };
/** An SDP handler of a kind that nobody else has. */
const strange: SdpHandler<Strange> = {
  name: 'strange',
  handleIncomingStream: (_session, { remote }) => (remote.formats.includes('x') ? 'claimed' : undefined),
  createOutgoingStream: (_session, { current, direction }) => ({
    stream: current ?? { live: true },
    section: { ...SECTION, lines: [`a=${direction}`] },
  }),
  applyNegotiatedStream: () => undefined,
  rollbackStream: () => undefined,
  stopStream: (_session, stream) => void (stream.live = false),
};
const handling =
  (handler: Partial<SdpHandler<Strange>>, kind: StreamKind = 'x-strange') =>
  (sessions: SessionService) =>
    sessions.registerSdpHandler({ ...strange, ...handler }, kind);

describe('of an SDP handler, checkSupplement', { timeout: TIMEOUT_MS }, () => {
  it('offers it its streams, has it offer them, and counts its hooks', async () => {
    const report = await checkSupplement(handling({}), { memoryCalls: 10 });
    expect(report.handlers).toEqual(['strange']);
    expect(Object.keys(report.hooks).toSorted()).toEqual([
      'applyNegotiatedStream',
      'createOutgoingStream',
      'handleIncomingStream',
      'rollbackStream',
      'stopStream',
    ]);
    expect(report.hooks.rollbackStream).toBeGreaterThan(10);
  });

  it('lets pass one for audio that takes nothing of what is offered: another takes it', async () => {
    expect(await failuresOf(handling({ handleIncomingStream: () => undefined, createOutgoingStream: () => undefined }, 'audio'))).toBe('');
  });

  it('lets pass one that takes its time', async () => {
    const created = (): Promise<{ stream: Strange; section: typeof SECTION }> =>
      Promise.resolve({ stream: { live: true }, section: SECTION });
    expect(await failuresOf(handling({ handleIncomingStream: () => Promise.resolve('claimed'), createOutgoingStream: created }))).toBe('');
  });

  it.each<{ what: string; bad: Partial<SdpHandler<Strange>>; failure: string }>([
    { what: 'a claim that throws', bad: { handleIncomingStream: never }, failure: 'handleIncomingStream of strange failed: no' },
    {
      what: 'a creation that rejects',
      bad: { createOutgoingStream: () => Promise.reject(new Error('no')) },
      failure: 'createOutgoingStream of strange failed: no',
    },
    {
      what: 'a stream that cannot be applied',
      bad: { applyNegotiatedStream: never },
      failure: 'applyNegotiatedStream of strange failed: no',
    },
    { what: 'one that cannot go back', bad: { rollbackStream: never }, failure: 'rollbackStream of strange failed: no' },
    { what: 'one that cannot be stopped', bad: { stopStream: never }, failure: 'stopStream of strange failed: no' },
    {
      what: 'a section of another kind',
      bad: { createOutgoingStream: () => ({ stream: { live: true }, section: { ...SECTION, kind: 'audio' } }) },
      failure: 'createOutgoingStream of strange gave back what its contract does not allow',
    },
    {
      what: 'a Node timer',
      bad: { stopStream: () => void setTimeout(() => undefined, 60_000).unref() },
      failure: 'stopStream of strange left a Node timer',
    },
  ])('finds $what', async ({ bad, failure }) => {
    expect(await failuresOf(handling(bad))).toContain(failure);
  });

  it('finds all five of one that is bad in all', async () => {
    const calls: Record<string, number> = {};
    const sometimes = <R>(hook: string, result: R): R => {
      const call = (calls[hook] ?? 0) + 1;
      calls[hook] = call;
      if (call % 5 === 0) throw new Error('no');
      return result;
    };
    const register = handling({
      handleIncomingStream: (...given) => sometimes('claim', strange.handleIncomingStream(...given)),
      createOutgoingStream: (...given) => sometimes('create', strange.createOutgoingStream(...given)),
      applyNegotiatedStream: () => sometimes('apply', undefined),
      rollbackStream: () => sometimes('roll back', undefined),
      stopStream: () => sometimes('stop', undefined),
    });
    const failures = await failuresOf(register);
    for (const hook of ['handleIncomingStream', 'createOutgoingStream', 'applyNegotiatedStream', 'rollbackStream', 'stopStream']) {
      expect(failures).toContain(`${hook} of strange failed: no`);
    }
  });
});
