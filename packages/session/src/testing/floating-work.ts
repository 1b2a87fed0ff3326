/** Finds what a plug-in leaves to the process: Node timers that it started, rejections that nobody hears, listeners on the process. */
import { AsyncLocalStorage, createHook, type AsyncHook } from 'node:async_hooks';

interface Started {
  readonly hook: string;
}

export class FloatingWork implements Disposable {
  readonly #running = new AsyncLocalStorage<Started>();
  /** Weak: what a timer that is over holds is not to be kept by who looks for it. */
  readonly #timers: { readonly timer: WeakRef<object>; readonly hook: string }[] = [];
  readonly #rejections: string[] = [];
  readonly #hook: AsyncHook;
  readonly #others: NodeJS.UnhandledRejectionListener[];
  readonly #listeners = listenersOfProcess();
  readonly #heard = (reason: unknown): void => void this.#rejections.push(reason instanceof Error ? reason.message : String(reason));

  /** Watches from now on, and is all that hears of unhandled rejections meanwhile. */
  constructor() {
    // no `destroy`: with it, Node follows every promise of the process to its end
    this.#hook = createHook({
      init: (_id, type, _trigger, timer) => {
        if (type !== 'Timeout') return;
        const started = this.#running.getStore();
        if (started !== undefined) this.#timers.push({ timer: new WeakRef(timer), hook: started.hook });
      },
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
        new Set(this.#timers.filter(({ timer }) => waits(timer.deref())).map(({ hook }) => hook)),
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

/** Neither over nor cleared, as Node marks a timer. */
function waits(timer: object | undefined): boolean {
  return timer !== undefined && '_destroyed' in timer && timer._destroyed === false;
}

function listenersOfProcess(): Map<string | symbol, number> {
  return new Map(process.eventNames().map((event) => [event, process.listenerCount(event)]));
}
