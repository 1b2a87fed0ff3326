// Child processes, each on a core of its own where taskset is there, asked and answering over IPC.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const SERVER_CORE = '0';
const LOAD_CORE = '1';

export const pinned = availableParallelism() > 1 && spawnSync('taskset', ['-c', SERVER_CORE, 'true']).status === 0;

const live = new Set();

/** What runs the children, and what it is told where a child is a server or a worker. */
const runtime = { program: process.execPath, version: process.version, flags: [] };

/** Every child from now on. @param program - path of a node; undefined: the one that runs this. @returns its version. */
export function runBy(program, flags) {
  if (program !== undefined) {
    const { stdout, error } = spawnSync(program, ['--version'], { encoding: 'utf8' });
    if (error !== undefined) throw error;
    Object.assign(runtime, { program, version: stdout.trim() });
  }
  runtime.flags = flags;
  return runtime.version;
}

/** A process that runs `file`, a path relative to the bench folder, and says when it is ready. */
export class Child {
  #process;
  #ready;
  #gone;
  #waiting = new Map();
  #next = 0;

  static async start(file, { load = false, flags = [], args = [] } = {}) {
    const child = new Child(file, load ? LOAD_CORE : SERVER_CORE, load ? flags : [...runtime.flags, ...flags], args);
    await child.#ready;
    return child;
  }

  constructor(file, core, flags, args) {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
    const command = [runtime.program, ...flags, path, ...args];
    const [program, ...rest] = pinned ? ['taskset', '-c', core, ...command] : command;
    this.#process = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    live.add(this.#process);
    this.#ready = this.#expect(0);
    this.#process.on('message', ({ id, answer, error }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting.resolve(answer);
      else waiting.reject(new Error(`${file}: ${error}`));
    });
    this.#process.on('exit', (code, signal) => {
      live.delete(this.#process);
      this.#gone = new Error(`${file} ended (${signal ?? code})`);
      for (const { reject } of this.#waiting.values()) reject(this.#gone);
      this.#waiting.clear();
    });
  }

  /** What the child's function of that name gives for `argument`. */
  ask(what, argument) {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = (this.#next += 1);
    this.#process.send({ id, what, argument });
    return this.#expect(id);
  }

  #expect(id) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.disconnect();
    await gone;
  }
}

/** In a child: answers what the parent asks, and ends when the parent is gone. Does nothing in a process that has no parent to ask it. */
export function serve(functions) {
  if (process.send === undefined) return;
  const answer = async ({ id, what, argument }) => {
    try {
      process.send({ id, answer: await functions[what](argument) });
    } catch (error) {
      process.send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  process.on('message', (asked) => void answer(asked));
  process.on('disconnect', () => process.exit(0));
  process.send({ id: 0 });
}

process.on('exit', () => {
  for (const child of live) child.kill();
});
