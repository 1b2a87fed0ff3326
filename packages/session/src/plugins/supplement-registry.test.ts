import { describe, expect, it } from 'vitest';
import type { Supplement } from '../contract/supplement.ts';
import { HOOKS, SupplementRegistry } from './supplement-registry.ts';

const names = (list: readonly Supplement[]): readonly string[] => list.map(({ name }) => name);

describe('registering a supplement', () => {
  it('gives the sets to come the new one; a set that is in use stays as it is', () => {
    const registry = new SupplementRegistry();
    const empty = registry.current;
    const registration = registry.register({ name: 'a' });
    const one = registry.current;
    registration.unregister();
    expect([empty, one, registry.current].map(({ all }) => names(all))).toEqual([[], ['a'], []]);
  });

  it('is undone once, and only that registration', () => {
    const registry = new SupplementRegistry();
    const first = registry.register({ name: 'a' });
    first.unregister();
    registry.register({ name: 'a' });
    first.unregister();
    first[Symbol.dispose]();
    expect(names(registry.current.all)).toEqual(['a']);
  });

  it('of a name that is taken is refused', () => {
    const registry = new SupplementRegistry();
    registry.register({ name: 'a' });
    expect(() => registry.register({ name: 'a' })).toThrow(expect.objectContaining({ code: 'SESSION_NAME_TAKEN', info: { name: 'a' } }));
    expect(registry.current.all).toHaveLength(1);
  });

  it.each([
    { member: 'name', broken: { name: '' } },
    { member: 'name', broken: { name: 7 } },
    ...HOOKS.map((hook) => ({ member: hook, broken: { name: 'a', [hook]: 'no function' } })),
    { member: 'methods', broken: { name: 'a', methods: 'INVITE' } },
    { member: 'methods', broken: { name: 'a', methods: [''] } },
    { member: 'optionTags', broken: { name: 'a', optionTags: [1] } },
    { member: 'allow', broken: { name: 'a', allow: {} } },
    { member: 'accept', broken: { name: 'a', accept: [undefined] } },
    // what no header could list
    { member: 'methods', broken: { name: 'a', methods: ['IN VITE'] } },
    // oxlint-disable-next-line no-sparse-arrays -- a hole is what `every` would not look at
    { member: 'methods', broken: { name: 'a', methods: [, 'INVITE'] } },
    { member: 'optionTags', broken: { name: 'a', optionTags: ['timer', 'foo bar'] } },
    { member: 'optionTags', broken: { name: 'a', optionTags: ['a,b'] } },
    { member: 'optionTags', broken: { name: 'a', optionTags: ['x\r\nVia: y'] } },
    { member: 'allow', broken: { name: 'a', allow: ['BAD METHOD'] } },
    ...['nonsense', 'text/', '/plain', 'text/plain/x', 'text/plain; charset=x', 'text/plain\n'].map((type) => ({
      member: 'accept',
      broken: { name: 'a', accept: [type] },
    })),
    { member: 'order', broken: { name: 'a', order: 'first' } },
    { member: 'deadlineMs', broken: { name: 'a', deadlineMs: '5' } },
    { member: 'deadlineMs', broken: { name: 'a', deadlineMs: 0 } },
    { member: 'deadlineMs', broken: { name: 'a', deadlineMs: NaN } },
    { member: 'deadlineMs', broken: { name: 'a', deadlineMs: Infinity } },
    { member: 'deadlineMs', broken: { name: 'a', deadlineMs: 2 ** 31 } },
  ])('whose $member is $broken is refused', ({ member, broken }) => {
    const registry = new SupplementRegistry();
    expect(() => registry.register(broken as Supplement)).toThrow(
      expect.objectContaining({ code: 'SESSION_PLUGIN_SHAPE', info: expect.objectContaining({ member }) }),
    );
    expect(registry.current.all).toEqual([]);
  });
});

describe('the supplements of a hook', () => {
  const hook = (): undefined => undefined;
  const registry = new SupplementRegistry();
  registry.register({ name: 'all', incomingRequest: hook, sessionEnd: hook });
  registry.register({ name: 'info', methods: ['INFO'], incomingRequest: hook, sessionEnd: hook, order: 'early' });
  registry.register({ name: 'letter', methods: ['I', 'info'], incomingRequest: hook });
  registry.register({ name: 'none', methods: [], incomingRequest: hook, sessionEnd: hook });

  it.each([
    { method: 'INFO', list: ['info', 'all'] },
    { method: 'INVITE', list: ['all'] },
    { method: 'info', list: ['all', 'letter'] },
    { method: 'X-NEW', list: ['all'] },
    { method: 'IN', list: ['all'] },
    { method: 'I', list: ['all', 'letter'] },
    { method: 'INFO,I', list: ['all'] },
  ])('for $method are $list: exact, case-sensitive (T-53)', ({ method, list }) => {
    expect(names(registry.current.forMessage('incomingRequest', method))).toEqual(list);
  });

  it('that is about no message are all that have it, whatever their methods', () => {
    expect(names(registry.current.having('sessionEnd'))).toEqual(['info', 'all', 'none']);
    expect(registry.current.having('redirected')).toEqual([]);
  });

  it('are made once per method, and methods that peers invent are not kept for ever', () => {
    const { current } = registry;
    expect(current.forMessage('incomingRequest', 'INFO')).toBe(current.forMessage('incomingRequest', 'INFO'));
    for (let at = 0; at < 1000; at += 1) current.forMessage('incomingRequest', `X-${at}`);
    expect(current.forMessage('incomingRequest', 'X-999')).not.toBe(current.forMessage('incomingRequest', 'X-999'));
    expect(names(current.forMessage('incomingRequest', 'X-999'))).toEqual(['all']);
  });
});
