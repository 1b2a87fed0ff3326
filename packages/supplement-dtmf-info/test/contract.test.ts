import { checkSupplement } from '@jackfield/session/testing';
import { expect, it } from 'vitest';
import { registerDtmfInfo } from '../src/index.ts';

it('keeps to the contract of supplements, with keys and with what is none', { timeout: 30_000 }, async () => {
  const keys: string[] = [];
  const relay = (text: string) => ({ method: 'INFO', body: { type: 'application/dtmf-relay', bytes: Buffer.from(text) } }) as const;
  const report = await checkSupplement((sessions) => registerDtmfInfo(sessions, { onDigit: (_session, { digit }) => keys.push(digit) }), {
    requests: [relay('Signal=5\r\nDuration=160\r\n'), relay('Signal=?\r\n')],
  });
  expect(report.supplements).toEqual(['@jackfield/supplement-dtmf-info']);
  expect(new Set(keys)).toEqual(new Set(['5']));
});
