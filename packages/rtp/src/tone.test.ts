import { describe, expect, it } from 'vitest';
import { decodePcmu, encodePcmu } from './g711.ts';
import { digitOf } from './telephone-event.ts';
import { BUSY, RINGBACK, ToneGenerator, dtmfTone, tonePower } from './tone.ts';

describe('a tone', () => {
  it('has its power at its frequency, and hardly any beside', () => {
    const samples = new ToneGenerator({ hz: [440] }).next(1600);
    expect(tonePower(samples, 440)).toBeGreaterThan(0.99);
    expect(tonePower(samples, 480)).toBeLessThan(0.02);
  });

  it('survives G.711, and other sampling rates', () => {
    expect(tonePower(decodePcmu(encodePcmu(new ToneGenerator({ hz: [1004] }).next(1600))), 1004)).toBeGreaterThan(0.98);
    expect(tonePower(new ToneGenerator({ hz: [1004], rate: 16000 }).next(3200), 1004, 16000)).toBeGreaterThan(0.99);
  });

  it('is as loud as it is told, and never clips', () => {
    expect(Math.max(...new ToneGenerator({ hz: [400], amplitude: 1 }).next(800))).toBe(32767);
    expect(Math.max(...new ToneGenerator({ hz: [400, 450], amplitude: 1 }).next(8000))).toBeLessThanOrEqual(32767);
    expect(Math.max(...new ToneGenerator({ hz: [400] }).next(800))).toBe(Math.round(32767 / 4));
  });

  it('goes on over the edge of a frame', () => {
    const whole = new ToneGenerator({ hz: [440] }).next(480);
    const generator = new ToneGenerator({ hz: [440] });
    expect([...generator.next(160), ...generator.next(160), ...generator.next(160)]).toEqual([...whole]);
  });

  it.each([
    { name: 'ringback', options: RINGBACK, on: 8000, period: 40_000 },
    { name: 'busy', options: BUSY, on: 4000, period: 8000 },
  ])('of $name has its cadence', ({ options, on, period }) => {
    const samples = new ToneGenerator(options).next(2 * period);
    for (const start of [0, period]) {
      expect(tonePower(samples.subarray(start, start + on), 425)).toBeGreaterThan(0.99);
      expect(tonePower(samples.subarray(start + on, start + period), 425)).toBe(0);
    }
  });

  it('of a key is its row and its column, ITU-T Q.23', () => {
    const [rows, columns] = [
      [697, 770, 852, 941],
      [1209, 1336, 1477, 1633],
    ];
    const heard = Array.from({ length: 16 }, (_, event) => {
      const samples = new ToneGenerator(dtmfTone(digitOf(event)!)).next(1600);
      const loud = [...rows, ...columns].filter((hz) => tonePower(samples, hz) > 0.4);
      return `${digitOf(event)} ${loud.join('+')}`;
    });
    expect(heard.slice(0, 2)).toEqual(['0 941+1336', '1 697+1209']);
    expect(heard.slice(9)).toEqual(['9 852+1477', '* 941+1209', '# 941+1477', 'A 697+1633', 'B 770+1633', 'C 852+1633', 'D 941+1633']);
  });

  it('is not found in silence or in nothing', () => {
    expect(tonePower(new Int16Array(160), 440)).toBe(0);
    expect(tonePower(new Int16Array(0), 440)).toBe(0);
  });
});
