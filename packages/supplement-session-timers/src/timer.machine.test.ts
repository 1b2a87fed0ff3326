import { describe, expect, it } from 'vitest';
import { endMs, halfMs, step, type Input, type State } from './timer.machine.ts';

const STATES: readonly State[] = ['off', 'waiting', 'refreshing', 'pausing', 'refused', 'watching'];

describe('the timer of a call, RFC 4028 §7.2, §9, §10', () => {
  it.each<{ from: State; on: Input; to: State; effects: string[]; because: string }>([
    { from: 'waiting', on: 'half', to: 'refreshing', effects: ['armRest', 'send'], because: 'half the interval is over' },
    { from: 'waiting', on: 'end', to: 'waiting', effects: [], because: 'that is armed by half the interval only' },
    { from: 'refreshing', on: 'busy', to: 'pausing', effects: ['armPause'], because: 'the peer may have time later' },
    { from: 'refreshing', on: 'unknown', to: 'refreshing', effects: ['send'], because: 'a re-INVITE does it too' },
    { from: 'refreshing', on: 'refused', to: 'refused', effects: [], because: 'the interval runs on' },
    { from: 'refreshing', on: 'half', to: 'refreshing', effects: [], because: 'one at a time' },
    { from: 'pausing', on: 'pause', to: 'refreshing', effects: ['send'], because: 'the pause is over' },
    { from: 'refreshing', on: 'end', to: 'over', effects: ['giveUp', 'disarm', 'hangUp'], because: 'nothing came back' },
    { from: 'pausing', on: 'end', to: 'over', effects: ['giveUp', 'disarm', 'hangUp'], because: 'the interval does not wait' },
    { from: 'refused', on: 'end', to: 'over', effects: ['giveUp', 'disarm', 'hangUp'], because: 'the peer does not go on' },
    { from: 'watching', on: 'end', to: 'over', effects: ['giveUp', 'disarm', 'hangUp'], because: 'the peer is silent' },
    { from: 'watching', on: 'half', to: 'watching', effects: [], because: 'that is the peer’s' },
    { from: 'off', on: 'end', to: 'off', effects: [], because: 'there is no timer' },
    { from: 'over', on: 'local', to: 'over', effects: [], because: 'the BYE is out' },
    { from: 'over', on: 'end', to: 'over', effects: [], because: 'it has ended already' },
  ])('$from + $on -> $to: $because', ({ from, on, to, effects }) => {
    expect(step(from, on)).toEqual({ to, effects });
  });

  it.each(STATES)('%s begins anew with every 2xx', (from) => {
    expect(step(from, 'local')).toEqual({ to: 'waiting', effects: ['giveUp', 'disarm', 'armHalf'] });
    expect(step(from, 'remote')).toEqual({ to: 'watching', effects: ['giveUp', 'disarm', 'armEnd'] });
    expect(step(from, 'none')).toEqual({ to: 'off', effects: ['giveUp', 'disarm'] });
  });
});

describe('how long, RFC 4028 §10', () => {
  it.each([
    { seconds: 90, half: 45_000, end: 60_000 },
    { seconds: 96, half: 48_000, end: 64_000 },
    { seconds: 120, half: 60_000, end: 88_000 },
    { seconds: 1800, half: 900_000, end: 1_768_000 },
  ])('of $seconds s: refreshed after $half ms, ended after $end ms', ({ seconds, half, end }) => {
    expect([halfMs(seconds), endMs(seconds)]).toEqual([half, end]);
  });
});
