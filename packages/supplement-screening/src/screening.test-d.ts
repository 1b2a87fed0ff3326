import type { Identity, Trust } from '@jackfield/identity';
import type { Awaitable, Registration, SessionIntent } from '@jackfield/session';
import { expectTypeOf, test } from 'vitest';
import { registerScreening, type Caller, type CallerTest, type ScreeningOptions } from './index.ts';

test('callers are listed, or decided about with time', () => {
  expectTypeOf<ScreeningOptions['block']>().toEqualTypeOf<readonly Caller[] | CallerTest | undefined>();
  expectTypeOf<CallerTest>().toEqualTypeOf<(identity: Identity | undefined, intent: SessionIntent) => Awaitable<boolean>>();
  expectTypeOf<ScreeningOptions['trusted']>().toEqualTypeOf<Trust | undefined>();
  expectTypeOf(registerScreening).returns.toEqualTypeOf<Registration>();
});
