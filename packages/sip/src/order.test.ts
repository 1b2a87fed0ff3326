import { describe, expect, it } from 'vitest';
import type { Order } from './contract.ts';
import { insertInOrder, isOrder } from './order.ts';

interface Plugin {
  readonly name: string;
  readonly order?: Order;
}
const named = (text: string): Plugin => {
  const [name, order] = text.split(':') as [string, Order | undefined];
  return { name, ...(order && { order }) };
};

describe('the order of plug-ins', () => {
  it.each([
    { registered: ['a', 'b', 'c'], stands: 'a b c', because: 'all are normal: as they came' },
    { registered: ['a:late', 'b', 'c:early'], stands: 'c b a', because: 'early, normal, late' },
    { registered: ['a', 'b:normal', 'c'], stands: 'a b c', because: 'normal is what it is without saying so' },
    { registered: ['a:late', 'b:early', 'c:late', 'd:early', 'e', 'f'], stands: 'b d e f a c', because: 'within one order, as they came' },
  ])('$registered stand $stands: $because', ({ registered, stands }) => {
    let list: readonly Plugin[] = [];
    for (const text of registered) list = insertInOrder(list, named(text));
    expect(list.map(({ name }) => name).join(' ')).toBe(stands);
  });

  it('makes a new list and leaves the old', () => {
    const before: readonly Plugin[] = [named('a')];
    expect(insertInOrder(before, named('b:early'))).toHaveLength(2);
    expect(before).toHaveLength(1);
  });

  it.each([
    ['early', true],
    ['normal', true],
    ['late', true],
    ['first', false],
    ['toString', false],
    [0, false],
    [undefined, false],
  ])('%s is one: %s', (value, is) => expect(isOrder(value)).toBe(is));
});
