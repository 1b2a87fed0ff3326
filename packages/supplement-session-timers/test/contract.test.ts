import { checkSupplement } from '@jackfield/session/testing';
import { expect, it } from 'vitest';
import { registerSessionTimers } from '../src/index.ts';

it.each<{ what: string; options: Parameters<typeof registerSessionTimers>[1] }>([
  { what: 'the same for all', options: {} },
  { what: 'asked of each peer, and off', options: () => ({ mode: 'off' }) },
])('keeps to the contract of supplements: $what', { timeout: 30_000 }, async ({ options }) => {
  const report = await checkSupplement((sessions) => registerSessionTimers(sessions, options), { memoryCalls: 10 });
  expect(report.supplements).toEqual(['@jackfield/supplement-session-timers']);
});
