import type { Session, StreamOf } from '@jackfield/session';
import { describe, expectTypeOf, it } from 'vitest';
import type { VideoStream } from './index.ts';

describe('the kind video', () => {
  it('is known to sessions', () => {
    expectTypeOf<StreamOf<'video'>>().toEqualTypeOf<VideoStream>();
    expectTypeOf((session: Session) => session.stream('video')?.stream).returns.toEqualTypeOf<VideoStream | undefined>();
  });
});
