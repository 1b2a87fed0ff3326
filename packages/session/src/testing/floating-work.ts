/** Finds what a plug-in leaves to the process: Node timers that it started, rejections that nobody hears, listeners on the process. */
import { AsyncLocalStorage, createHook, type AsyncHook } from 'node:async_hooks';

interface Started {
  readonly hook: string;
}

export class FloatingWork implements Disposable {
  readonly #running = new AsyncLocalStorage<Started>();
  readonly #timers = new Map<number, string>();
  readonly #rejections: string[] = [];
  readonly #hook: AsyncHook;
  readonly #others: NodeJS.UnhandledRejectionListener[];
  readonly #listeners = listenersOfProcess();
  readonly #heard = (reason: unknown): void => void this.#rejections.push(reason instanceof Error ? reason.message : String(reason));

  /** Watches from now on, and is all that hears of unhandled rejections meanwhile. */
  constructor() {
    this.#hook = createHook({
      init: (id, type) => {
        if (type !== 'Timeout') return;
        const started = this.#running.getStore();
        if (started !== undefined) this.#timers.set(id, started.hook);
      },
      destroy: (id) => void this.#timers.delete(id),
    }).enable();
    this.#others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', this.#heard);
  }

  /** Whatever it starts, now or later, is its own. */
  run<T>(hook: string, work: () => T): T {
    return this.#running.run({ hook }, work);
  }

  /** What is left. To be asked when promises have settled. */
  left(): string[] {
    const before = this.#listeners;
    const grown = [...listenersOfProcess()].filter(([event, count]) => event !== 'unhandledRejection' && count > (before.get(event) ?? 0));
    return [
      ...Array.from(
        new Set(this.#timers.values()),
        (hook) => `${hook} left a Node timer that still waits: take the stack's clock, or session.after`,
      ),
      ...this.#rejections.map((message) => `a promise of the plug-in was rejected and nobody heard: ${message}`),
      ...grown.map(([event]) => `a listener is left on process '${String(event)}'`),
    ];
  }

  [Symbol.dispose](): void {
    this.#hook.disable();
    process.off('unhandledRejection', this.#heard);
    for (const listener of this.#others) process.on('unhandledRejection', listener);
  }
}

function listenersOfProcess(): Map<string | symbol, number> {
  return new Map(process.eventNames().map((event) => [event, process.listenerCount(event)]));
}
