import type { CookieKey, Endpoint, Registration, SessionService } from '@jackfield/session';
import type { IncomingRequest, IncomingResponse } from '@jackfield/sip';
import { expectTypeOf, test } from 'vitest';
import { getIdentity, identityCookie, registerIdentity, setIdentity, type Identity, type LocalIdentity, type Trust } from './index.ts';

test('an identity is what the cookie holds, what a message gives, and what can be passed on', () => {
  expectTypeOf(identityCookie).toEqualTypeOf<CookieKey<Identity>>();
  expectTypeOf(getIdentity).parameter(0).toEqualTypeOf<IncomingRequest | IncomingResponse>();
  expectTypeOf(getIdentity).returns.toEqualTypeOf<Identity | undefined>();
  expectTypeOf<Identity>().toExtend<LocalIdentity>();
  expectTypeOf(setIdentity).parameter(1).toEqualTypeOf<LocalIdentity | undefined>();
  expectTypeOf<Trust>().toEqualTypeOf<(endpoint: Endpoint) => boolean>();
});

test('registering gives back a registration', () => {
  expectTypeOf(registerIdentity).parameter(0).toEqualTypeOf<SessionService>();
  expectTypeOf(registerIdentity).returns.toEqualTypeOf<Registration>();
});
