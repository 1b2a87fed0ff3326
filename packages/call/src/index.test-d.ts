import type { Channel, Session } from '@jackfield/session';
import { describe, expectTypeOf, it } from 'vitest';
import type { Call } from './index.ts';

describe('the channel of a session', () => {
  it('is its call', () => {
    expectTypeOf<Channel>().toExtend<Call>();
    expectTypeOf((session: Session) => session.channel?.audio).returns.toEqualTypeOf<Call['audio']>();
  });
});
