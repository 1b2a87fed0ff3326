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
    expect(items.map(({ places }) => places?.flow)).toEqual([undefined, undefined, undefined, b]);
    index.clear();
    expect([index.of(b), index.size]).toEqual([[], 0]);
  });
});
