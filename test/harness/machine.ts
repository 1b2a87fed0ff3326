/** Starts answer machines of the test's own, each in a process and on a port of its own, and asks them how they are. */
import type { MachineOptions } from '../../examples/answer-machine/src/machine.ts';
import { bundle } from './bundle.ts';
import { Child, wait, type Ending } from './child.ts';
import { freePort } from './ports.ts';

export type Answer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly error: string };
export type Counts = Readonly<Record<string, number>>;
interface Part {
  readonly live: Counts;
  readonly total: Counts;
}
export interface Stats {
  readonly stack: Part;
  readonly sessions: Part;
  readonly ports: { readonly live: Readonly<object>; readonly total: Readonly<object> };
  /** SIP messages that left a second time. */
  readonly resent: number;
}

const SOURCE = 'test/harness/machine-process.ts';
const PATIENCE_MS = 10_000;

export interface Settings extends Partial<MachineOptions> {
  /** A network namespace to run in. */
  readonly namespace?: string | undefined;
  /** In place of `machine-process.ts`. */
  readonly source?: string | undefined;
  /** Listens on every address; `host` only says where it is called. */
  readonly everywhere?: boolean | undefined;
  /** How many times as fast its time goes; 1 unless given. */
  readonly speed?: number | undefined;
  /** For that source. */
  readonly testerPort?: number | undefined;
}

export class Machine {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number | undefined;
  readonly child: Child;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;

  /** Listening when it resolves. */
  static async start({ namespace, source = SOURCE, everywhere = false, host = '127.0.0.1', ...settings }: Settings = {}): Promise<Machine> {
    const port = settings.port ?? (await freePort(everywhere ? '0.0.0.0' : host));
    const options: MachineOptions = { ...settings, host: everywhere ? undefined : host, port };
    const command = [process.execPath, '--expose-gc', '--enable-source-maps', await bundle(source), JSON.stringify(options)];
    const [program, ...args] = namespace === undefined ? command : ['ip', 'netns', 'exec', namespace, ...command];
    const machine = new Machine(program!, args, host, port, settings.tlsPort);
    try {
      await machine.ask('listen');
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return machine;
  }

  private constructor(program: string, args: readonly string[], host: string, port: number, tlsPort: number | undefined) {
    this.host = host;
    this.port = port;
    this.tlsPort = tlsPort;
    this.child = new Child(program, args, { ipc: true });
    this.child.process.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** `host:port`, as a SIP URI has it. */
  get address(): string {
    return `${this.#hostInUri}:${this.port}`;
  }

  /** Of a number, for who calls it that way. */
  uri(number: string, transport: 'udp' | 'tcp' | 'tls'): string {
    return `sip:${number}@${this.#hostInUri}:${transport === 'tls' ? this.tlsPort : this.port};transport=${transport}`;
  }

  get #hostInUri(): string {
    return this.host.includes(':') ? `[${this.host}]` : this.host;
  }

  async ask(what: string): Promise<unknown> {
    const id = (this.#asked += 1);
    const arrived = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    const late = setTimeout(() => this.#waiting.get(id)?.({ id, error: `no answer to ${what}` }), PATIENCE_MS);
    const gone = this.child.ended.then(({ code }): Answer => ({
      id,
      error: `the machine ended with ${code}\n${this.child.lines.join('\n')}`,
    }));
    this.child.process.send({ id, what });
    const answer = await Promise.race([arrived, gone]);
    clearTimeout(late);
    if ('error' in answer) throw new Error(answer.error);
    return answer.value;
  }

  async stats(): Promise<Stats> {
    return (await this.ask('stats')) as Stats;
  }

  /** Bytes of heap in use after a collection. */
  async heap(): Promise<number> {
    return (await this.ask('gc')) as number;
  }

  /** Everything that it holds at the moment, by name; what is 0 is left out, and so are the listeners. */
  async held(): Promise<Counts> {
    const { stack, sessions, ports } = await this.stats();
    const all = Object.entries({ ...stack.live, ...sessions.live, ...ports.live }) as [string, number][];
    return Object.fromEntries(all.filter(([name, count]) => count !== 0 && name !== 'listeners'));
  }

  /** Until it holds nothing, at most so long. @returns what it still holds then */
  async idle(withinMs: number): Promise<Counts> {
    const until = Date.now() + withinMs;
    for (;;) {
      const held = await this.held();
      if (Object.keys(held).length === 0 || Date.now() >= until) return held;
      await wait(200);
    }
  }

  stop(): Promise<Ending> {
    return this.child.stop();
  }
}
