import { isSipError } from '@jackfield/base';
import type { CookieKey, Registration } from '@jackfield/session';
import { expectTypeOf, test } from 'vitest';
import { lastReason, registerReason, setReason, type Reason, type ReasonOptions } from './index.ts';

test('the cookie holds reasons, and one or several can be set', () => {
  expectTypeOf(lastReason).toEqualTypeOf<CookieKey<readonly Reason[]>>();
  expectTypeOf(setReason).parameter(1).toEqualTypeOf<Reason | readonly Reason[]>();
  expectTypeOf(registerReason).returns.toEqualTypeOf<Registration>();
  expectTypeOf<ReasonOptions['cause']>().toEqualTypeOf<number | false | undefined>();
});

test('its code is in the table of errors', () => {
  const error: unknown = undefined;
  if (isSipError(error, 'REASON_SYNTAX')) expectTypeOf(error.info.part).toEqualTypeOf<'protocol' | 'cause'>();
});
