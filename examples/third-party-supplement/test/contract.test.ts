import { expect, it } from 'vitest';
import { checkSupplement } from '@jackfield/session/testing';
import { registerCallLimit } from 'jackfield-supplement-example';

it('keeps to the contract of supplements', async () => {
  const report = await checkSupplement((sessions) => registerCallLimit(sessions, { perCaller: 1 }));
  expect(report.hooks).toMatchObject({ admitSession: expect.any(Number), outgoingResponse: expect.any(Number) });
});
