import { describe, expect, it } from 'vitest';
import { flowOf } from '../testing/flow.ts';
import { FlowIndex, type OnFlows } from './flow-index.ts';
import type { Flow } from './transport.ts';

const on = (port: number): Flow => flowOf({ local: { host: '192.0.2.1', port } });

interface Item extends OnFlows<Item> {
  readonly name: string;
}

describe('FlowIndex', () => {
  it('gives those of a flow alone, each once, and keeps nothing of those that left', () => {
    const index = new FlowIndex<Item>();
    const [a, b] = [on(1), on(2)];
    const items = Array.from({ length: 4 }, (_, at): Item => ({ name: `item ${at}`, places: undefined }));
    for (const item of items) index.add(a, item);
    index.add(a, items[0]!);
    index.add(b, items[3]!);
    index.add(b, items[3]!);
    expect(index.of(a)).toEqual(items);
    expect(index.of(b)).toEqual([items[3]]);
    index.delete(b, items[0]!);
    index.delete(a, items[1]!);
    expect(index.of(a)).toEqual([items[0], items[2], items[3]]);
    for (const item of items) index.delete(a, item);
    expect([index.of(a), index.size]).toEqual([[], 1]);
    expect(items.map(({ places }) => places?.users.flow)).toEqual([undefined, undefined, undefined, b]);
    index.clear();
    expect([index.of(b), index.size]).toEqual([[], 0]);
  });

  it('counts no flow that nobody leans on, whichever was used last', () => {
    const index = new FlowIndex<Item>();
    const [a, b] = [on(1), on(2)];
    const items = Array.from({ length: 2 }, (_, at): Item => ({ name: `item ${at}`, places: undefined }));
    const [one, two] = [items[0]!, items[1]!];
    index.add(a, one);
    index.delete(a, one);
    expect([index.size, index.of(a)]).toEqual([0, []]);
    index.add(b, two);
    expect([index.size, index.of(b)]).toEqual([1, [two]]);
    index.add(a, one);
    index.delete(b, two);
    expect([index.size, index.of(a), index.of(b)]).toEqual([1, [one], []]);
    index.delete(a, one);
    index.add(a, two);
    expect([index.size, index.of(a)]).toEqual([1, [two]]);
  });
});
