import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { Diagnostics, watch } from './diagnostics.ts';

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

  it('is watched by name until that is disposed, by each listener for itself', () => {
    const channel = new Diagnostics<{ readonly value: number }>('test:watch');
    const heard: unknown[] = [];
    const watching = watch('test:watch', (news) => heard.push(news));
    const other = watch('test:watch', (news) => heard.push(news));
    channel.publish({ value: 1 });
    watching[Symbol.dispose]();
    watching[Symbol.dispose]();
    channel.publish({ value: 2 });
    other[Symbol.dispose]();
    expect(channel.hasSubscribers).toBe(false);
    expect(heard).toEqual([{ value: 1 }, { value: 1 }, { value: 2 }]);
  });
});
