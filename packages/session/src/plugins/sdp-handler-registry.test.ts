import { describe, expect, it } from 'vitest';
import type { SdpHandler } from '../contract/sdp-handler.ts';
import { SdpHandlerRegistry } from './sdp-handler-registry.ts';

const handler = (name: string): SdpHandler => ({
  name,
  handleIncomingStream: () => undefined,
  createOutgoingStream: () => undefined,
  applyNegotiatedStream: () => undefined,
  rollbackStream: () => undefined,
  stopStream: () => undefined,
});
const names = (list: readonly SdpHandler[]): readonly string[] => list.map(({ name }) => name);

describe('SDP handlers', () => {
  it('of a kind are asked in the order of registration, those for any kind last', () => {
    const registry = new SdpHandlerRegistry();
    registry.register(handler('any'), '*');
    registry.register(handler('first'), 'audio');
    registry.register(handler('second'), 'audio');
    registry.register(handler('video'), 'video');
    const { current } = registry;
    expect(names(current.forKind('audio'))).toEqual(['first', 'second', 'any']);
    expect(names(current.forKind('image'))).toEqual(['any']);
    expect(current.kinds).toEqual(['audio', 'video']);
  });

  it('keep no list for kinds that only peers name', () => {
    const registry = new SdpHandlerRegistry();
    registry.register(handler('a'), 'audio');
    const { current } = registry;
    expect(current.forKind('audio')).toBe(current.forKind('audio'));
    expect(current.forKind('bogus')).not.toBe(current.forKind('bogus'));
  });

  it('may have one name for two kinds, and not for one', () => {
    const registry = new SdpHandlerRegistry();
    registry.register(handler('a'), 'audio');
    registry.register(handler('a'), 'video');
    expect(() => registry.register(handler('a'), 'video')).toThrow(expect.objectContaining({ code: 'SESSION_NAME_TAKEN' }));
  });

  it.each([
    { member: 'name', broken: { name: '' } },
    ...['5', 0, -1, Number.NaN, Infinity, 2 ** 31].map((deadlineMs) => ({ member: 'deadlineMs', broken: { deadlineMs } })),
  ])('with $broken are refused', ({ member, broken }) => {
    const registry = new SdpHandlerRegistry();
    expect(() => registry.register({ ...handler('a'), ...broken } as SdpHandler, 'audio')).toThrow(
      expect.objectContaining({ code: 'SESSION_PLUGIN_SHAPE', info: expect.objectContaining({ member }) }),
    );
    expect(registry.current.rows).toEqual([]);
  });

  it.each(['handleIncomingStream', 'createOutgoingStream', 'applyNegotiatedStream', 'rollbackStream', 'stopStream'] as const)(
    'without %s are refused',
    (member) => {
      const registry = new SdpHandlerRegistry();
      const broken = Object.assign(handler('a'), { [member]: undefined });
      expect(() => registry.register(broken, 'audio')).toThrow(
        expect.objectContaining({ code: 'SESSION_PLUGIN_SHAPE', info: { name: 'a', member } }),
      );
    },
  );

  it.each(['', undefined, 7, ['audio']])('for a kind that is %j are refused', (kind) => {
    const registry = new SdpHandlerRegistry();
    expect(() => registry.register(handler('a'), kind as string)).toThrow(
      expect.objectContaining({ code: 'SESSION_PLUGIN_SHAPE', info: { name: 'a', member: 'kind' } }),
    );
    expect(registry.current.rows).toEqual([]);
  });

  it('leave the sets in use alone when one goes', () => {
    const registry = new SdpHandlerRegistry();
    const registration = registry.register(handler('a'), 'audio');
    const before = registry.current;
    registration.unregister();
    registration.unregister();
    expect(names(before.forKind('audio'))).toEqual(['a']);
    expect(registry.current.forKind('audio')).toEqual([]);
  });
});
