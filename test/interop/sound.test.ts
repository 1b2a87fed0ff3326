/** Sound with a phone that is not ours: what baresip says to `echo` is in what it hears. */
import { ToneGenerator, tonePower } from '@jackfield/rtp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baresipCalls } from '../harness/baresip.ts';
import { Machine } from '../harness/machine.ts';
import { peer } from '../harness/peers.ts';

const { skipped, note } = peer('baresip', 'baresip');
const HZ = 1000;
const RATE = 8000;
const TALK_SECONDS = 5;
const WINDOW = RATE / 10;
const STANDS_DB = 20;

describe.skipIf(skipped).concurrent(`baresip calls echo${note}`, () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.start();
  });
  afterAll(() => machine.stop());

  it('and hears its own tone again, 20 dB over all else for 2 s', async () => {
    const tone = new ToneGenerator({ hz: [HZ], amplitude: 0.3 }).next(2 * TALK_SECONDS * RATE);
    const { code, heard } = await baresipCalls(`sip:echo@${machine.address}`, tone, TALK_SECONDS);
    expect({ code, rate: heard.rate }).toEqual({ code: 0, rate: RATE });
    expect(longestTone(heard.samples)).toBeGreaterThanOrEqual(2);
  });

  it('and hears no tone when it says nothing', async () => {
    const silence = new Int16Array(2 * TALK_SECONDS * RATE);
    const { code, heard } = await baresipCalls(`sip:echo@${machine.address}`, silence, TALK_SECONDS);
    expect(code).toBe(0);
    expect(heard.samples.length / RATE).toBeGreaterThanOrEqual(2); // packets came, with nothing in them
    expect(longestTone(heard.samples)).toBe(0);
  });
});

/** Seconds without a break in which the tone stands so far over the rest. */
function longestTone(samples: Int16Array): number {
  let longest = 0;
  let windows = 0;
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) {
    const share = tonePower(samples.subarray(at, at + WINDOW), HZ);
    windows = 10 * Math.log10(share / (1 - share)) >= STANDS_DB ? windows + 1 : 0;
    longest = Math.max(longest, (windows * WINDOW) / RATE);
  }
  return longest;
}
