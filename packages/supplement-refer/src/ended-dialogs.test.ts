import { expect, it } from 'vitest';
import { EndedDialogs } from './ended-dialogs.ts';

const dialog = (number: number) => ({ callId: `call-${number}`, localTag: 'ours', remoteTag: 'theirs' });

it('knows the last 256, by all three parts', () => {
  const ended = new EndedDialogs();
  for (let number = 0; number < 300; number += 1) ended.add(dialog(number));
  expect([43, 44, 299, 300].map((number) => ended.has(dialog(number)))).toEqual([false, true, true, false]);
  expect(ended.has({ ...dialog(299), remoteTag: 'ours', localTag: 'theirs' })).toBe(false);
});
