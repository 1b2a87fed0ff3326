/** Named channels over `node:diagnostics_channel`: free when nobody listens, and no library needed to listen. */
import { channel, subscribe, unsubscribe, type Channel } from 'node:diagnostics_channel';

/** Publishes under `jackfield:<name>`. Ask `hasSubscribers` before building what to publish. */
export class Diagnostics<T extends object> {
  readonly #channel: Channel;

  constructor(name: string) {
    this.#channel = channel(`jackfield:${name}`);
  }

  get hasSubscribers(): boolean {
    return this.#channel.hasSubscribers;
  }

  publish(message: T): void {
    this.#channel.publish(message);
  }
}

/** What each channel publishes, by its name without `jackfield:`. Empty here: each package merges in its own rows. */
// oxlint-disable-next-line typescript/no-empty-object-type -- rows come by declaration merging
export interface DiagnosticsMap {}

/**
 * Listens on the channel `jackfield:<name>` of this process until disposed. What the listener throws is an uncaught exception of the process,
 * and no matter of the publisher's.
 */
export function watch<N extends keyof DiagnosticsMap>(name: N, listener: (news: DiagnosticsMap[N]) => void): Disposable;
export function watch(name: string, listener: (news: unknown) => void): Disposable;
export function watch(name: string, listener: (news: never) => void): Disposable {
  const hear = listener as (news: unknown) => void; // sound: who names a channel in the map publishes on it what the map says
  subscribe(`jackfield:${name}`, hear);
  return { [Symbol.dispose]: () => void unsubscribe(`jackfield:${name}`, hear) };
}
