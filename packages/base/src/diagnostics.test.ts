import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { Diagnostics } from './diagnostics.ts';

describe('Diagnostics', () => {
  it('reaches whoever listens on the channel of its name, and says whether anybody does', () => {
    const channel = new Diagnostics<{ readonly value: number }>('test:diagnostics');
    const heard: unknown[] = [];
    const listen = (message: unknown): void => void heard.push(message);
    expect(channel.hasSubscribers).toBe(false);
    subscribe('jackfield:test:diagnostics', listen);
    expect(channel.hasSubscribers).toBe(true);
    channel.publish({ value: 1 });
    unsubscribe('jackfield:test:diagnostics', listen);
    channel.publish({ value: 2 });
    expect(heard).toEqual([{ value: 1 }]);
  });
});
