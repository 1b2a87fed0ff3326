/** Two transport layers on one simulated network, with handshakes that are real: TLS and HTTP run over its streams, on the virtual clock. */
import type { ManualClock } from '@jackfield/base/testing';
import { OURS, Recorder, THEIRS, createWorld, type World } from './world.ts';
import { TransportLayer, type TransportLayerOptions } from '../../src/transport/layer.ts';
import type { Flow, Target, Transport } from '../../src/transport/transport.ts';

export interface Pair extends World {
  readonly ours: TransportLayer;
  readonly peer2: TransportLayer;
  readonly peerUser: Recorder;
}

/** Turns the clock by one ms after another until the promise has settled: a handshake takes turns of the loop that no timer shows. */
export async function turned<T>(clock: ManualClock, promise: PromiseLike<T>, limitMs = 2000): Promise<T> {
  let settled = false;
  const done = (): void => void (settled = true);
  promise.then(done, done);
  for (let ms = 0; !settled && ms < limitMs; ms += 1) await clock.advance(1);
  if (!settled) throw new Error(`not within ${limitMs} ms`);
  return promise;
}

/** Turns as above until it holds. */
export async function until(clock: ManualClock, holds: () => boolean, limitMs = 2000): Promise<void> {
  for (let ms = 0; !holds(); ms += 1) {
    if (ms === limitMs) throw new Error(`not within ${limitMs} ms`);
    await clock.advance(1);
  }
}

export async function pair(
  ours: readonly Transport[],
  theirs: readonly Transport[],
  options: Partial<TransportLayerOptions> = {},
): Promise<Pair> {
  const world = createWorld();
  const peerUser = new Recorder();
  const peer2 = new TransportLayer({ transports: theirs, clock: world.clock, network: world.theirs, user: peerUser });
  const layer = await world.layer(ours, options);
  await peer2.listen();
  return { ...world, ours: layer, peer2, peerUser };
}

export const toThem = (kind: Target['kind'], port: number, name?: string): Target => ({ kind, host: THEIRS, port, name });
export const toUs = (kind: Target['kind'], port: number, name?: string): Target => ({ kind, host: OURS, port, name });

export async function reached(clock: ManualClock, layer: TransportLayer, target: Target): Promise<Flow> {
  return turned(clock, Promise.resolve(layer.open(target)));
}
