import { describe, expect, it } from 'vitest';
import { isReply, isRetry, reply, retry } from './contract.ts';

describe('decisions', () => {
  it('are told from anything else that a hook may give back', () => {
    expect([isReply(reply(486)), isReply(retry({ headers: {} })), isReply({ status: 486 }), isReply(undefined), isReply('later')]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect([isRetry(retry({ headers: { X: 'y' } })), isRetry(reply(200)), isRetry(7)]).toEqual([true, false, false]);
    expect(reply(603, { reason: 'No', headers: { X: ['1', '2'] } })).toMatchObject({
      status: 603,
      reason: 'No',
      headers: { X: ['1', '2'] },
    });
  });

  it('compare as what they say, in a test of a hook too', () => {
    expect(reply(486)).toEqual(reply(486));
    expect(reply(486, { headers: { X: 'y' } })).toEqual(reply(486, { headers: { X: 'y' } }));
    expect(reply(486)).not.toEqual(reply(487));
  });

  it.each([100, 199, 700, 200.5, Number.NaN])('refuse %s as a final status', (status) => {
    expect(() => reply(status)).toThrow(expect.objectContaining({ code: 'SIP_REPLY_RANGE', info: { status } }));
  });

  it('refuse what would leave its line (T-42)', () => {
    const broken = expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' });
    expect(() => reply(400, { reason: 'a\r\nb' })).toThrow(broken);
    expect(() => reply(400, { headers: { X: ['a', 'b\n'] } })).toThrow(broken);
    expect(() => retry({ headers: { 'X Y': 'a' } })).toThrow(broken);
  });

  it.each([{ value: 5 }, { value: undefined }, { value: null }, { value: ['a', 5] }, { value: {} }])(
    'refuse a header that is no string: $value',
    ({ value }) => {
      const broken = expect.objectContaining({ code: 'SIP_HEADER_SYNTAX', info: { header: 'X-A' } });
      expect(() => reply(400, { headers: { 'X-A': value as never } })).toThrow(broken);
      expect(() => retry({ headers: { 'X-A': value as never } })).toThrow(broken);
    },
  );

  it.each([
    { type: 'bad type', bytes: new Uint8Array() },
    { type: 'text/plain', bytes: 'text' as never },
    { type: 'text/plain', bytes: undefined as never },
  ])('refuse a body that is none: $type', (body) => {
    expect(() => reply(400, { body })).toThrow(expect.objectContaining({ code: 'SIP_MESSAGE_SYNTAX', info: { part: 'body' } }));
  });
});
