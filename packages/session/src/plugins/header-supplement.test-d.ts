import type { Headers, IncomingRequest, IncomingResponse, OutgoingRequest, OutgoingResponse, ReadonlyHeaders } from '@jackfield/sip';
import { expectTypeOf, test } from 'vitest';
import type { Supplement } from '../contract/supplement.ts';
import { defineHeaderSupplement } from './header-supplement.ts';

test('what comes can be read only, what leaves can be written; nothing is decided', () => {
  const made = defineHeaderSupplement({
    name: 'x',
    in(headers, { message }) {
      expectTypeOf(headers).toEqualTypeOf<ReadonlyHeaders>();
      expectTypeOf(message).toEqualTypeOf<IncomingRequest | IncomingResponse>();
    },
    out(headers, { message, status }) {
      expectTypeOf(headers).toEqualTypeOf<Headers>();
      expectTypeOf(message).toEqualTypeOf<OutgoingRequest | OutgoingResponse>();
      expectTypeOf(status).toEqualTypeOf<number | undefined>();
    },
  });
  expectTypeOf(made).toEqualTypeOf<Supplement>();
  // @ts-expect-error a promise is no news
  defineHeaderSupplement({ name: 'x', in: () => Promise.resolve() });
});
