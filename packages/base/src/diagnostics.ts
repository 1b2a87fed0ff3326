/** Named channels over `node:diagnostics_channel`: free when nobody listens, and no library needed to listen. */
import { channel, type Channel } from 'node:diagnostics_channel';

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
