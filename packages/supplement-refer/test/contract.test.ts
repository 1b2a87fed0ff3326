import { checkSupplement } from '@jackfield/session/testing';
import { expect, it } from 'vitest';
import { registerRefer } from '../src/index.ts';

it('keeps to the contract of supplements', { timeout: 30_000 }, async () => {
  const report = await checkSupplement((sessions) => registerRefer(sessions), {
    requests: [{ method: 'REFER', headers: { 'Refer-To': '<sip:carol@192.0.2.2>' } }],
  });
  expect(report.supplements).toEqual(['@jackfield/supplement-refer']);
});
