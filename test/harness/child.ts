/** A child process: its lines as they come, its end, and bounded waiting. Ends only what it started, by its own handle. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly cwd?: string | undefined;
  readonly ipc?: boolean | undefined;
  /** What it gets when this process ends before it; SIGKILL unless given. One with children of its own has to end those itself. */
  readonly lastSignal?: NodeJS.Signals | undefined;
}

const running = new Map<ChildProcess, NodeJS.Signals>();
process.on('exit', () => {
  for (const [child, signal] of running) child.kill(signal);
});

export class Child {
  readonly process: ChildProcess;
  /** What it wrote, standard output and error as they came. */
  readonly lines: string[] = [];
  readonly ended: Promise<Ending>;
  readonly #name: string;
  readonly #watchers = new Set<() => void>();
  #over = false;

  constructor(program: string, args: readonly string[], { cwd, ipc = false, lastSignal = 'SIGKILL' }: ChildOptions = {}) {
    this.#name = program;
    this.process = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])] });
    running.set(this.process, lastSignal);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => {
        this.lines.push(line);
        this.#tell();
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.process.once('error', reject); // not installed, say
      this.process.once('close', (code, signal) => resolve({ code, signal }));
    });
    const over = (): void => {
      this.#over = true;
      running.delete(this.process);
      this.#tell();
    };
    this.ended.then(over, over);
  }

  /** The first line that fits, of those that were and those to come. */
  line(pattern: RegExp, withinMs = 15_000): Promise<string> {
    return this.until(() => this.lines.find((line) => pattern.test(line)), withinMs, `a line like ${pattern}`);
  }

  /** What `find` gives once it gives something; it is asked with every line. */
  async until<T>(find: () => T | undefined, withinMs: number, what: string): Promise<T> {
    const found = find();
    if (found !== undefined) return found;
    return new Promise<T>((resolve, reject) => {
      const look = (): void => {
        const late = find();
        if (late !== undefined) done(() => resolve(late));
        else if (this.#over) done(() => reject(this.#failure(`ended without ${what}`)));
      };
      const timer = setTimeout(() => done(() => reject(this.#failure(`${withinMs} ms without ${what}`))), withinMs);
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        settle();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Asks it to end, and makes it after a while. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', patienceMs = 5000): Promise<Ending> {
    if (!this.#over) this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), patienceMs);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  #failure(what: string): Error {
    return new Error(`${this.#name}: ${what}\n${this.lines.slice(-30).join('\n')}`);
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

/** Lets real time pass: peers and sockets keep it, and no clock of ours turns it. */
export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
