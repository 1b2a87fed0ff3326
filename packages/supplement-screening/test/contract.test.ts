import { checkSupplement } from '@jackfield/session/testing';
import { expect, it } from 'vitest';
import { registerScreening } from '../src/index.ts';

it.each([
  { what: 'one that lets everybody in', options: {} },
  { what: 'one that asks, and has to wait', options: { allow: () => Promise.resolve(true) } },
  { what: 'one that refuses everybody', options: { block: () => true, retryAfter: 60 } },
])('keeps to the contract of supplements: $what', { timeout: 30_000 }, async ({ options }) => {
  const report = await checkSupplement((sessions) => registerScreening(sessions, options), { memoryCalls: 10 });
  expect(report.supplements).toEqual(['@jackfield/supplement-screening']);
  expect(report.hooks.admitSession).toBeGreaterThan(20);
});
