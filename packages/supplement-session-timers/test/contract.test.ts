import { checkSupplement } from '@jackfield/session/testing';
import { expect, it } from 'vitest';
import { registerSessionTimers } from '../src/index.ts';

it('keeps to the contract of supplements', async () => {
  const report = await checkSupplement((sessions) => registerSessionTimers(sessions));
  expect(report.supplements).toEqual(['@jackfield/supplement-session-timers']);
});
