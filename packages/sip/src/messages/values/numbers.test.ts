import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { readDate, readRAck, readRetryAfter, readTimestamp } from '../typed-headers.ts';
import { formatDate, formatRAck, formatRetryAfter, formatTimestamp, readRSeq } from './numbers.ts';

const one = (name: string, value: string): HeaderList => new HeaderList({ [name]: value });
const refused = expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' });

describe('numbers and times', () => {
  it.each([
    ['988789', 988789],
    ['4294967295', 4294967295],
    ['0', undefined],
    ['4294967296', undefined],
    ['x', undefined],
  ])('RSeq %j is %s (RFC 3262 §7.1)', (text, sequence) => {
    expect(readRSeq(one('RSeq', text))).toBe(sequence);
  });

  it('are written as they are read', () => {
    const rack = { response: 776656, sequence: 1, method: 'INVITE' };
    expect(readRAck(one('RAck', formatRAck(rack)))).toEqual(rack);
    expect(readRetryAfter(one('Retry-After', formatRetryAfter(120, 3600)))).toEqual({ seconds: 120, duration: 3600 });
    expect(formatRetryAfter(5)).toBe('5');
    const time = Date.UTC(2010, 10, 13, 23, 29);
    expect(formatDate(time)).toBe('Sat, 13 Nov 2010 23:29:00 GMT');
    expect(readDate(one('Date', formatDate(time)))).toBe(time);
    expect(formatTimestamp(54)).toBe('54');
    expect(formatTimestamp(54.21, 0.5)).toBe('54.21 0.5');
    expect(readTimestamp(one('Timestamp', formatTimestamp(100, 10)))).toEqual({ seconds: 100, delay: 10 });
  });

  it('a Date is right on a day of every week of four centuries, and at the ends of years', () => {
    for (let day = 0; day < 150_000; day += 7) {
      const time = day * 86_400_000 + ((day * 7919) % 86_400) * 1000;
      expect(readDate(one('Date', formatDate(time)))).toBe(time);
    }
    for (let year = 1971; year < 2400; year += 1) {
      const end = Date.UTC(year, 0) - 1;
      expect(formatDate(end)).toBe(new Date(end).toUTCString());
    }
  });

  it.each([
    ['RAck of no number', () => formatRAck({ response: -1, sequence: 1, method: 'INVITE' })],
    ['RAck of too large a CSeq', () => formatRAck({ response: 1, sequence: 2 ** 31, method: 'INVITE' })],
    ['RAck of two lines', () => formatRAck({ response: 1, sequence: 1, method: 'A\r\nB' })],
    ['Retry-After in the past', () => formatRetryAfter(-1)],
    ['Retry-After with half a second', () => formatRetryAfter(1, 0.5)],
    ['Date of no time', () => formatDate(Number.NaN)],
    ['Date before 1970', () => formatDate(-1)],
    ['Date after the year 9999', () => formatDate(Date.UTC(10_000, 0))],
    ['Timestamp of no number', () => formatTimestamp(Number.NaN)],
    ['Timestamp of the past', () => formatTimestamp(-1)],
  ])('%s is not written', (_, write) => {
    expect(write).toThrow(refused);
  });
});
