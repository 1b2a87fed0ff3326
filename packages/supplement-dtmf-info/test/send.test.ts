import { isSipError } from '@jackfield/base';
import { describe, expect, it } from 'vitest';
import { FakeCall } from './fakes.ts';
import { sendDtmfInfo } from '../src/send.ts';

/** Lets promises that are settled be heard. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe('sending keys', () => {
  it('sends one INFO a key, each when the one before was answered and held', async () => {
    const call = new FakeCall();
    const sending = sendDtmfInfo(call.session, '1a#', 100);
    for (let key = 0; key < 2; key += 1) {
      await turns();
      await call.clock.advance(100);
    }
    expect((await sending).status).toBe(200);
    expect(call.sent.map(({ at, text }) => [at, text])).toEqual([
      [0, 'Signal=1\r\nDuration=100\r\n'],
      [100, 'Signal=A\r\nDuration=100\r\n'],
      [200, 'Signal=#\r\nDuration=100\r\n'],
    ]);
    expect(call.sent[0]?.type).toBe('application/dtmf-relay');
  });

  it('holds a key for 160 ms unless told otherwise', async () => {
    const call = new FakeCall();
    await sendDtmfInfo(call.session, '5');
    expect(call.sent.map(({ text }) => text)).toEqual(['Signal=5\r\nDuration=160\r\n']);
  });

  it('a hook flash is one key', async () => {
    const call = new FakeCall();
    await sendDtmfInfo(call.session, 'flash', 400);
    expect(call.sent.map(({ text }) => text)).toEqual(['Signal=16\r\nDuration=400\r\n']);
  });

  it('stops at a refusal, and gives it back', async () => {
    const call = new FakeCall([415]);
    expect((await sendDtmfInfo(call.session, '123')).status).toBe(415);
    expect(call.sent).toHaveLength(1);
  });

  it('a session that ends between two keys is told, and not waited for', async () => {
    const call = new FakeCall();
    const sending = sendDtmfInfo(call.session, '12').catch((error: unknown) => error);
    await turns();
    call.end();
    expect(isSipError(await sending, 'SESSION_ENDED')).toBe(true);
    expect(call.sent).toHaveLength(1);
  });

  it.each(['', 'x', '12E', '1 2', 'flash1', '!'])('refuses %j as keys, and sends nothing', async (digits) => {
    const call = new FakeCall();
    await expect(sendDtmfInfo(call.session, digits)).rejects.toMatchObject({ code: 'DTMF_INFO_DIGITS', info: { digits } });
    expect(call.sent).toEqual([]);
  });

  it.each([0, 10_001, 1.5, Number.NaN])('refuses to hold a key for %d ms', async (durationMs) => {
    await expect(sendDtmfInfo(new FakeCall().session, '1', durationMs)).rejects.toMatchObject({ code: 'DTMF_INFO_DURATION' });
  });
});
