import { checkSupplement } from '@jackfield/session/testing';
import { expect, it } from 'vitest';
import { registerReason } from '../src/index.ts';

it('keeps to the contract of supplements', { timeout: 30_000 }, async () => {
  const report = await checkSupplement((sessions) => registerReason(sessions));
  expect(report.supplements).toEqual(['@jackfield/supplement-reason']);
  expect(report.hooks).toMatchObject({ incomingRequest: expect.any(Number), outgoingRequest: expect.any(Number) });
});
