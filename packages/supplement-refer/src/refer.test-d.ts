import type { Registration, Session } from '@jackfield/session';
import { expectTypeOf, test } from 'vitest';
import {
  follow,
  refer,
  registerRefer,
  replacementOf,
  replacesOf,
  type Referral,
  type ReferralOutcome,
  type Replacement,
  type Transfer,
} from './index.ts';

test('a transfer is decided by its verbs, and followed by a call', () => {
  expectTypeOf<Transfer['accept']>().returns.toEqualTypeOf<boolean>();
  expectTypeOf<Transfer['state']>().toEqualTypeOf<'asked' | 'accepted' | 'refused' | 'over'>();
  expectTypeOf(follow).returns.toEqualTypeOf<Session | undefined>();
  expectTypeOf(registerRefer).returns.toEqualTypeOf<Registration>();
});

test('a referral says how it ended, with a status where the peer gave one', () => {
  expectTypeOf(refer).returns.toEqualTypeOf<Referral>();
  expectTypeOf<Referral['done']>().resolves.toEqualTypeOf<ReferralOutcome>();
  expectTypeOf<Extract<ReferralOutcome, { status: number }>['kind']>().toEqualTypeOf<'done' | 'refused'>();
  expectTypeOf(replacesOf).parameter(0).toEqualTypeOf<Session>();
  expectTypeOf(replacementOf).returns.toEqualTypeOf<Replacement | undefined>();
});
