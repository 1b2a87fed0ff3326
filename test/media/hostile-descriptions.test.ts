/** Statements about keys, packet times and candidates in a description, as the audio handler takes them: it has the codec, and no keys. */
import { candidates, cryptoLines, maxptime, ptime } from '@jackfield/sdp';
import type { AudioStream } from '@jackfield/sdp-audio';
import { Testbed } from '@jackfield/session/testing';
import { afterEach, expect, it } from 'vitest';
import { answering, offer, read } from './answering.ts';

const GOOD = 'm=audio 5000 RTP/AVP 0';
const sectionOf = (...lines: readonly string[]) => read(Buffer.from(offer(...lines))).sections[0]!;

let bed: Testbed;
afterEach(async () => {
  await bed.close();
  expect(bed.leftOver()).toEqual({});
});

async function scene() {
  const { asked, calls } = await answering((bed = new Testbed()));
  /** The ports of the answer, or the status of a refusal. */
  const ports = async (...lines: readonly string[]): Promise<number | boolean[]> => {
    const answer = await asked(...lines);
    return typeof answer === 'number' ? answer : answer.sections.map(({ port }) => port > 0);
  };
  const audio = (): AudioStream => calls.at(-1)!.streams[0]!.stream as AudioStream;
  return { asked, calls, ports, audio };
}

it.each([
  'a=crypto:65 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR',
  'a=crypto:99999999999 AES_CM_128_HMAC_SHA1_80 inline:x',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%%%',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AA==',
  'a=crypto:1 SUITE_OF_NOBODY inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR',
  'a=crypto:',
  'a=crypto',
])('T-19: %s: the line is declined where nobody has keys, and reading it throws nothing', async (line) => {
  const secured = ['m=audio 5002 RTP/SAVP 0', line];
  expect(() => cryptoLines(sectionOf(...secured))).not.toThrow();
  const { ports, calls } = await scene();
  expect(await ports(...secured)).toBe(488);
  expect(await ports(GOOD, ...secured)).toEqual([true, false]);
  expect(await ports(...secured, GOOD)).toEqual([false, true]); // in the call
  expect(calls.at(-1)!.state).toBe('established');
});

it.each([
  ['0', undefined, 20],
  ['-20', undefined, 20],
  ['1', 1, 10],
  ['2147483648', 200, 120],
  ['4294967296', 200, 120],
  ['20.5', 20.5, 20],
  ['x', undefined, 20],
] as const)('T-20: a ptime and a maxptime of %s are clamped, and the stream is taken', async (value, said, ms) => {
  const lines = [GOOD, `a=ptime:${value}`, `a=maxptime:${value}`];
  expect([ptime(sectionOf(...lines)), maxptime(sectionOf(...lines))]).toEqual([said, said]);
  const { ports, audio } = await scene();
  expect([await ports(...lines), audio().codec?.ptimeMs]).toEqual([[true], ms]);
});

it('T-22: a password of 1000 characters and 500 candidates, bad ones among them, are passed over', async () => {
  const lines = [
    GOOD,
    `a=ice-ufrag:${'u'.repeat(1000)}`,
    `a=ice-pwd:${'p'.repeat(1000)}`,
    ...Array.from({ length: 500 }, (_, at) => `a=candidate:${at} 1 UDP ${at + 1} 203.0.113.1 ${at * 200} typ host`),
    ...Array.from({ length: 10 }, (_, at) => `a=candidate:p${at} 1 UDP ${at * 1e9} 203.0.113.1 9 typ host`),
  ];
  const read = candidates(sectionOf(...lines));
  expect(read.filter(({ foundation }) => !foundation.startsWith('p')).map(({ port }) => port)).toEqual(
    Array.from({ length: 328 }, (_, at) => at * 200), // to 65,400: no port is above 65,535
  );
  expect(read.filter(({ foundation }) => foundation.startsWith('p')).map(({ priority }) => priority)).toEqual([1e9, 2e9]);
  const { asked, calls } = await scene();
  const answer = await asked(...lines);
  expect(typeof answer === 'number' ? answer : answer.sections[0]!.lines.filter((line) => /candidate|ice-/.test(line))).toEqual([]);
  expect(calls[0]!.streams[0]!.remote.port).toBe(5000);
});
