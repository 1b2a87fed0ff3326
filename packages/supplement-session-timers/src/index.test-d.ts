import { isSipError } from '@jackfield/base';
import type { Registration } from '@jackfield/session';
import { expectTypeOf, test } from 'vitest';
import { registerSessionTimers, sessionTimer, type SessionTimer, type SessionTimersOptions, type TimersForEndpoint } from './index.ts';

test('a timer is there or not, and options are words and seconds', () => {
  expectTypeOf(registerSessionTimers).returns.toEqualTypeOf<Registration>();
  expectTypeOf(registerSessionTimers).parameter(1).toEqualTypeOf<SessionTimersOptions | TimersForEndpoint | undefined>();
  expectTypeOf<TimersForEndpoint>().returns.toEqualTypeOf<SessionTimersOptions | undefined>();
  expectTypeOf(sessionTimer).returns.toEqualTypeOf<SessionTimer | undefined>();
  expectTypeOf<SessionTimer['refresher']>().toEqualTypeOf<'local' | 'remote'>();
  expectTypeOf<SessionTimersOptions['mode']>().toEqualTypeOf<'off' | 'supported' | 'required' | 'always' | undefined>();
});

test('its code is in the table of errors', () => {
  const error: unknown = undefined;
  if (isSipError(error, 'TIMERS_OPTION')) {
    expectTypeOf(error.info.option).toEqualTypeOf<'options' | 'mode' | 'sessionExpires' | 'minSE' | 'refresher'>();
  }
});
