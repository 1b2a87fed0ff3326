import type { IncomingResponse, Registration, Session } from '@jackfield/session';
import { expectTypeOf, test } from 'vitest';
import { onDtmfInfo, registerDtmfInfo, sendDtmfInfo, type DtmfInfo, type DtmfListener, type InfoDigit } from './index.ts';

test('keys are told to listeners, one of a closed set at a time', () => {
  expectTypeOf<DtmfListener>().toEqualTypeOf<(session: Session, key: DtmfInfo) => void>();
  expectTypeOf<'flash'>().toExtend<InfoDigit>();
  expectTypeOf<'E'>().not.toExtend<InfoDigit>();
  expectTypeOf(onDtmfInfo).returns.toEqualTypeOf<Registration>();
  expectTypeOf(registerDtmfInfo).returns.toEqualTypeOf<Registration>();
  expectTypeOf(sendDtmfInfo).returns.resolves.toEqualTypeOf<IncomingResponse>();
});
