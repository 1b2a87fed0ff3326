import { describe, expect, test } from 'vitest';
import { DialogTable } from './dialog-table.ts';
import type { Dialog } from './dialog.ts';

/** As much of a dialog as the table looks at. */
const dialog = (callId: string, localTag: string, remoteTag?: string): Dialog =>
  ({ callId, localTag, remoteTag, key: localTag, hash: 0, sibling: undefined }) as unknown as Dialog;

describe('the table of dialogs', () => {
  test('tells forks of one request apart, whichever leaves first', () => {
    const forks = ['x', 'y', 'z'].map((tag) => dialog('call', 'ours', tag));
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const table = new DialogTable();
      for (const fork of forks) table.add(fork);
      const left = new Set(forks);
      for (const gone of order) {
        table.delete(forks[gone]!);
        left.delete(forks[gone]!);
        for (const fork of forks) expect(table.find('call', 'ours', fork.remoteTag)).toBe(left.has(fork) ? fork : undefined);
        expect(new Set(table.values())).toEqual(left);
        expect(table.size).toBe(left.size);
      }
    }
  });

  test('wants all three names', () => {
    const table = new DialogTable();
    const known = dialog('call', 'ours', 'theirs');
    const untagged = dialog('call', 'ours');
    table.add(known);
    table.add(untagged);
    expect(table.find('call', 'ours', 'theirs')).toBe(known);
    expect(table.find('call', 'ours', undefined)).toBe(untagged);
    expect(table.find('other', 'ours', 'theirs')).toBeUndefined();
    expect(table.find('call', 'other', 'theirs')).toBeUndefined();
    expect(table.find('call', 'ours', 'other')).toBeUndefined();
  });

  test('of two with the same names finds the later one, and forgets the one that is meant', () => {
    const table = new DialogTable();
    const [first, second, third] = [0, 1, 2].map(() => dialog('call', 'ours', 'theirs'));
    table.add(first!);
    table.add(second!);
    expect(table.find('call', 'ours', 'theirs')).toBe(second);
    table.delete(third!);
    table.delete(first!);
    table.delete(first!);
    expect(table.size).toBe(1);
    expect(table.find('call', 'ours', 'theirs')).toBe(second);
    table.delete(second!);
    expect(table.find('call', 'ours', 'theirs')).toBeUndefined();
    expect(table.size).toBe(0);
  });
});
