import { checkSupplement } from '@jackfield/session/testing';
import { expect, it } from 'vitest';
import { registerIdentity } from '../src/index.ts';

it.each([
  { what: 'one that only listens', options: {} },
  { what: 'one that shows who we are', options: { local: () => ({ uri: 'sip:bob@example.com', name: 'Bob' }), trusted: () => true } },
  {
    what: 'one that hides who we are',
    options: { local: () => ({ uri: 'sip:bob@example.com', presentation: 'restricted' as const }), headers: ['Remote-Party-ID' as const] },
  },
])('keeps to the contract of supplements: $what', { timeout: 30_000 }, async ({ options }) => {
  const report = await checkSupplement((sessions) => registerIdentity(sessions, options), { memoryCalls: 10 });
  expect(report.supplements).toEqual(['@jackfield/identity']);
});
