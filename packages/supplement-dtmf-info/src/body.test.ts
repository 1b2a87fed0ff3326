import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { PLAIN, RELAY, readBody, writeRelay, type DtmfInfo } from './body.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('application/dtmf-relay', () => {
  it.each<{ text: string; digit: string | undefined; durationMs: number }>([
    { text: 'Signal=5\r\nDuration=250\r\n', digit: '5', durationMs: 250 },
    { text: 'Signal= 5\r\nDuration= 250', digit: '5', durationMs: 250 },
    { text: 'signal = d\nDURATION = 0\n', digit: 'D', durationMs: 0 },
    { text: 'Duration=65535\r\nSignal=*', digit: '*', durationMs: 65535 },
    { text: 'Signal=#', digit: '#', durationMs: 160 },
    { text: '\r\nX=1\r\nSignal=7\r\nSignal=8\r\n', digit: '7', durationMs: 160 },
    { text: 'Signal=10', digit: '*', durationMs: 160 },
    { text: 'Signal=11', digit: '#', durationMs: 160 },
    { text: 'Signal=12', digit: 'A', durationMs: 160 },
    { text: 'Signal=15', digit: 'D', durationMs: 160 },
    { text: 'Signal=16', digit: 'flash', durationMs: 160 },
    { text: 'Signal=!', digit: 'flash', durationMs: 160 },
    { text: 'Signal=Flash\r\nDuration=400', digit: 'flash', durationMs: 400 },
  ])('$text is $digit for $durationMs ms', ({ text, digit, durationMs }) => {
    expect(readBody(RELAY, bytes(text))).toEqual({ digit, durationMs });
  });

  it.each(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'])('%s is a key', (digit) => {
    expect(readBody(RELAY, bytes(`Signal=${digit}`))).toMatchObject({ digit });
    expect(readBody(RELAY, bytes(`Signal=${digit.toLowerCase()}`))).toMatchObject({ digit });
  });

  it.each([
    'Signal=',
    'Signal=E',
    'Signal=17',
    'Signal=99',
    'Signal=123',
    'Signal=-1',
    'Signal',
    '5',
    'Duration=160',
    'Signal=5\r\nDuration=',
    'Signal=5\r\nDuration=-1',
    'Signal=5\r\nDuration=1e3',
    'Signal=5\r\nDuration=65536',
    '=5',
    '\u0000',
    `Signal=5\r\n${'X=1\r\n'.repeat(200)}`,
  ])('%j is malformed', (text) => {
    expect(readBody(RELAY, bytes(text))).toBeUndefined();
  });

  it.each<DtmfInfo>([
    { digit: '5', durationMs: 160 },
    { digit: '*', durationMs: 1 },
    { digit: 'D', durationMs: 10_000 },
    { digit: 'flash', durationMs: 400 },
  ])('$digit for $durationMs ms is read as it was written', (key) => {
    expect(readBody(RELAY, writeRelay(key))).toEqual(key);
  });

  it('is written in two lines', () => {
    expect(Buffer.from(writeRelay({ digit: '#', durationMs: 250 })).toString()).toBe('Signal=#\r\nDuration=250\r\n');
  });
});

describe('application/dtmf', () => {
  it.each([
    { text: '5', digit: '5' },
    { text: ' # \r\n', digit: '#' },
    { text: 'b', digit: 'B' },
    { text: '11', digit: '#' },
    { text: '16', digit: 'flash' },
  ])('$text is $digit', ({ text, digit }) => {
    expect(readBody(PLAIN, bytes(text))).toEqual({ digit, durationMs: 160 });
  });

  it.each(['17', '123', 'x', 'Signal=5'])('%s is malformed', (text) => {
    expect(readBody(PLAIN, bytes(text))).toBeUndefined();
  });
});

it.each([RELAY, PLAIN] as const)('%s of nothing but white space is empty', (type) => {
  expect(readBody(type, bytes(''))).toBe('empty');
  expect(readBody(type, bytes(' \r\n'))).toBe('empty');
});
