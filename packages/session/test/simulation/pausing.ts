/** A process that stands still for a while: its timers and all that comes for it wait, and then fall upon it at once, each in a turn of its own. */
import type { Clock, DatagramReceiver, Network, StreamReceiver } from '@jackfield/base';

export class Pausing implements Clock {
  readonly #clock: Clock;
  #held: (() => void)[] | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Longer by this when it stands still already. */
  pause(ms: number): void {
    this.#held ??= [];
    const held = this.#held;
    this.#clock.after(ms, () => {
      if (this.#held !== held) return;
      this.#held = undefined;
      for (const task of held) this.#clock.after(0, task);
    });
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, task: () => void): Disposable {
    let over = false;
    const due = this.#clock.after(ms, () =>
      this.#inTurn(() => {
        if (!over) task();
      }),
    );
    return {
      [Symbol.dispose]: () => {
        over = true;
        due[Symbol.dispose]();
      },
    };
  }

  network(host: Network): Network {
    const stream = (receiver: StreamReceiver): StreamReceiver => ({
      data: (bytes) => this.#inTurn(() => receiver.data(bytes)),
      closed: (error) => this.#inTurn(() => receiver.closed(error)),
    });
    return {
      bindDatagram: (options, receiver: DatagramReceiver) =>
        host.bindDatagram(options, {
          message: (bytes, from, port) => this.#inTurn(() => receiver.message(bytes, from, port)),
          error: (error, to) => this.#inTurn(() => receiver.error(error, to)),
        }),
      listenStream: (options, accept) => host.listenStream(options, (connection) => stream(accept(connection))),
      connectStream: (to, receiver, signal) => host.connectStream(to, stream(receiver), signal),
      sourceFor: (remote) => host.sourceFor(remote),
      lookup: (name) => host.lookup(name),
    };
  }

  #inTurn(task: () => void): void {
    if (this.#held === undefined) task();
    else this.#held.push(task);
  }
}
