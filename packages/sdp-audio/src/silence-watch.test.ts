import { ManualClock } from '@jackfield/base/testing';
import type { SipError } from '@jackfield/base';
import type { Session } from '@jackfield/session';
import { describe, expect, it } from 'vitest';
import { checkSilence, SilenceWatch, type SilenceOptions } from './silence-watch.ts';

describe('the options of silence', () => {
  const on = (): void => {};
  it.each<[string, SilenceOptions]>([
    ['silence.ms', { ms: 99, on }],
    ['silence.ms', { ms: 1000.5, on }],
    ['silence.ms', { ms: 2 ** 31, on }],
    ['silence.heldMs', { ms: 1000, heldMs: 0, on }],
    ['silence.heldMs', { ms: 1000, heldMs: Number.NaN, on }],
    ['silence.on', { ms: 1000, on: 'end' as never }],
  ])('%s of %o is refused', (option, options) => {
    expect(() => checkSilence(options)).toThrow(
      expect.objectContaining({ code: 'AUDIO_OPTION', info: expect.objectContaining({ option }) as unknown }) as Error,
    );
  });

  it('are as wide as a timer', () => {
    expect(() => checkSilence({ ms: 100, heldMs: 2 ** 31 - 1, on })).not.toThrow();
  });
});

describe('a silence listener', () => {
  it('that throws is reported, and nothing else comes of it', async () => {
    const clock = new ManualClock();
    const errors: SipError[] = [];
    const stream = { direction: 'sendrecv', held: false, statistics: undefined } as const;
    const on = (): void => {
      throw new Error('not now');
    };
    const watch = new SilenceWatch(
      stream,
      { state: 'established' } as Session,
      clock,
      { ms: 1000, on },
      (error) => void errors.push(error),
    );
    watch.settled();
    await clock.advance(10_000);
    expect(errors).toMatchObject([{ code: 'AUDIO_LISTENER_FAILED', info: { listener: 'silence' }, cause: { message: 'not now' } }]);
    watch.stop();
    expect(clock.pending).toBe(0);
  });
});
