import type { Session, StreamOf } from '@jackfield/session';
import { describe, expectTypeOf, it } from 'vitest';
import type { AudioStream } from './index.ts';

describe('the kind audio', () => {
  it('is known to sessions', () => {
    expectTypeOf<StreamOf<'audio'>>().toEqualTypeOf<AudioStream>();
    expectTypeOf((session: Session) => session.stream('audio')?.stream).returns.toEqualTypeOf<AudioStream | undefined>();
  });
});
