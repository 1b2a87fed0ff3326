import { describe, expect, it } from 'vitest';
import { isSipError, SipError } from './errors.ts';

describe('SipError', () => {
  it('carries its code, what it knows, and its cause', () => {
    const cause = new Error('below');
    const error = new SipError('TEST_CODE', 'it went wrong', { part: 3 }, { cause });
    expect(error).toMatchObject({ name: 'SipError', code: 'TEST_CODE', message: 'it went wrong', info: { part: 3 }, cause });
    expect(error).toBeInstanceOf(Error);
  });

  it('is known by its code alone, so that one of another copy of the package is known too', () => {
    const foreign = Object.assign(new Error('from elsewhere'), { name: 'SipError', code: 'TEST_CODE' });
    expect(isSipError(foreign, 'TEST_CODE')).toBe(true);
    expect(isSipError(foreign, 'OTHER_CODE')).toBe(false);
    expect(isSipError(Object.assign(new Error('no'), { code: 'TEST_CODE' }), 'TEST_CODE')).toBe(false);
    expect(isSipError({ name: 'SipError', code: 'TEST_CODE' }, 'TEST_CODE')).toBe(false);
    expect(isSipError(undefined, 'TEST_CODE')).toBe(false);
  });
});
