/** Runs SIPp: a scenario of its own or one of ours, bounded in time, with what it counted and every message it saw. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, wait } from './child.ts';
import { freeMediaPort, freePort } from './ports.ts';

export interface SippOptions {
  /** Whom it calls, `host:port`; absent for a scenario that waits to be called. */
  readonly remote?: string | undefined;
  /** Name of a built-in scenario, or the XML of one. */
  readonly scenario: string;
  /** Fills `[service]`: the number dialled. */
  readonly dial?: string | undefined;
  readonly transport?: 'udp' | 'tcp' | undefined;
  readonly host?: string | undefined;
  /** Its own; free ones unless given, as they have to be in a namespace. */
  readonly port?: number | undefined;
  readonly mediaPort?: number | undefined;
  /** A network namespace to run in. */
  readonly namespace?: string | undefined;
  readonly calls?: number | undefined;
  /** New calls a second. */
  readonly rate?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  /** Fills `[caller]`. */
  readonly caller?: string | undefined;
}

export interface Passed {
  readonly direction: 'sent' | 'received';
  /** Since the Unix epoch. */
  readonly atMs: number;
  readonly text: string;
}

export interface SippRun {
  readonly code: number | null;
  readonly counts: { readonly successful: number; readonly failed: number; readonly retransmissions: number; readonly unexpected: number };
  /** In the order of the wire; none where many calls were asked for. */
  readonly messages: readonly Passed[];
  /** What SIPp says went wrong; empty when nothing did. */
  readonly errors: string;
}

const MESSAGES_UP_TO = 10; // calls: beyond, writing them down costs more than making them

export async function sipp(options: SippOptions): Promise<SippRun> {
  return (await startSipp(options)).run;
}

export interface Sipp {
  readonly port: number;
  readonly mediaPort: number;
  readonly run: Promise<SippRun>;
}

/** For scenarios that wait to be called by UDP: it listens when this resolves. */
export async function startSipp(options: SippOptions): Promise<Sipp> {
  const { remote, scenario, dial = 'echo', transport = 'udp', host = '127.0.0.1', calls = 1, rate = 10, timeoutSeconds = 30 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-sipp-'));
  const file = (name: string): string => join(folder, name);
  const builtIn = !scenario.includes('<');
  if (!builtIn) await writeFile(file('scenario.xml'), scenario);
  const port = options.port ?? (await freePort(host));
  const mediaPort = options.mediaPort ?? (await freeMediaPort(host));
  const traced = calls <= MESSAGES_UP_TO;
  const settings: Readonly<Record<string, string | number>> = {
    ...(builtIn ? { sn: scenario } : { sf: file('scenario.xml') }),
    t: transport === 'tcp' ? 't1' : 'u1',
    i: host,
    p: port,
    mi: host,
    mp: mediaPort,
    s: dial,
    m: calls,
    l: calls,
    r: rate,
    timeout: `${timeoutSeconds}s`,
    watchdog_minor_threshold: 3000, // ms: it calls it an error where a loaded machine stops it for half a second
    stf: file('counts.csv'),
    fd: 1, // a line a second, and one at the end
    error_file: file('errors.log'),
    message_file: file('messages.log'),
  };
  const switches = ['-nostdin', '-skip_rlimit', '-timeout_error', '-trace_stat', '-trace_err', ...(traced ? ['-trace_msg'] : [])];
  const within = options.namespace === undefined ? [] : ['ip', 'netns', 'exec', options.namespace];
  const [program, ...args] = [...within, 'sipp', ...switches, '-key', 'caller', options.caller ?? 'sipp'];
  for (const [name, value] of Object.entries(settings)) args.push(`-${name}`, String(value));
  if (remote !== undefined) args.push(remote);
  const run = finish(new Child(program!, args, { cwd: folder }), timeoutSeconds * 1000 + 5000, folder);
  if (remote === undefined) await Promise.race([listening(port), run]); // or it ends first, and that says why
  return { port, mediaPort, run };
}

/** Asked of the kernel: who asks SIPp itself is a call of its scenario. */
async function listening(port: number): Promise<void> {
  const held = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  for (let left = 200; left > 0; left -= 1) {
    if ((await readFile('/proc/net/udp', 'latin1')).includes(held)) return;
    await wait(25);
  }
  throw new Error(`SIPp does not listen on port ${port}`);
}

async function finish(child: Child, limitMs: number, folder: string): Promise<SippRun> {
  const late = setTimeout(() => void child.stop('SIGKILL'), limitMs);
  try {
    const { code } = await child.ended;
    const [csv, said, log] = await Promise.all(['counts.csv', 'errors.log', 'messages.log'].map((name) => read(join(folder, name))));
    const errors = code === 0 || said !== '' ? said!.trim() : child.lines.slice(-20).join('\n');
    return { code, counts: readCounts(csv!), messages: readMessages(log!), errors };
  } finally {
    clearTimeout(late);
    await rm(folder, { recursive: true, force: true });
  }
}

const read = (path: string): Promise<string> => readFile(path, 'latin1').catch(() => '');

/** The last line of `-trace_stat`, under the names of the first. */
function readCounts(csv: string): SippRun['counts'] {
  const [head = '', ...rows] = csv.trim().split('\n');
  const last = rows.at(-1)?.split(';') ?? [];
  const names = head.split(';');
  const count = (name: string): number => Number(last[names.indexOf(name)] ?? Number.NaN);
  return {
    successful: count('SuccessfulCall(C)'),
    failed: count('FailedCall(C)'),
    retransmissions: count('Retransmissions(C)'),
    unexpected: count('FailedUnexpectedMessage(C)'),
  };
}

function readMessages(log: string): readonly Passed[] {
  const [, ...parts] = log.split(/^-{40,} (.*)\n/m); // time, entry, time, entry …
  const passed: Passed[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [time, entry] = [parts[at]!, parts[at + 1]!];
    const head = /^\w+ message (sent|received)/.exec(entry);
    if (head === null) continue;
    const text = entry.slice(entry.indexOf('\n\n')).trim().replaceAll('\r', '');
    passed.push({ direction: head[1] as Passed['direction'], atMs: Date.parse(time.replace(' ', 'T')), text });
  }
  return passed;
}
