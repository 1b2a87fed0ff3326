// What a server process says of itself.
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { writeHeapSnapshot } from 'node:v8';

let from = process.cpuUsage();

const KINDS = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak callbacks'],
]);
const pauses = {};
let watching;

const none = () => ({ count: 0, total: 0, most: 0 });

function note(list) {
  for (const { detail, duration } of list.getEntries()) {
    const kind = (pauses[KINDS.get(detail.kind) ?? `kind ${detail.kind}`] ??= none());
    kind.count += 1;
    kind.total += duration;
    kind.most = Math.max(kind.most, duration);
  }
}

/** Datagrams that the system threw away because the buffer of the UDP socket at `port` was full; undefined where it does not say (Linux does). */
export function dropped(port) {
  try {
    const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
    const line = readFileSync('/proc/net/udp', 'utf8')
      .split('\n')
      .find((text) => text.slice(0, text.indexOf(' ', text.indexOf(': ') + 2) + 1).endsWith(local));
    return line === undefined ? undefined : Number(line.trim().split(/\s+/).at(-1));
  } catch {
    return undefined;
  }
}

export const resources = {
  /** CPU of all threads from now on. */
  begin() {
    from = process.cpuUsage();
  },
  /** Seconds since `begin`. */
  cpu() {
    const { user, system } = process.cpuUsage(from);
    return { user: user / 1e6, system: system / 1e6 };
  },
  /** Collections from now on. */
  watchCollections() {
    for (const kind of Object.keys(pauses)) delete pauses[kind];
    watching?.disconnect();
    watching = new PerformanceObserver(note);
    watching.observe({ entryTypes: ['gc'] });
  },
  /** By kind: how many, ms of all, ms of the longest. */
  async collections() {
    await new Promise((resolve) => {
      setTimeout(resolve, 50); // entries come a turn later
    });
    note({ getEntries: () => watching.takeRecords() });
    return pauses;
  },
  /** Bytes, after two collections. Wants --expose-gc. */
  async memory() {
    globalThis.gc();
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    globalThis.gc();
    const { heapUsed, rss, external, arrayBuffers } = process.memoryUsage();
    return { heapUsed, rss, external, arrayBuffers };
  },
  /** The path of a file with all that lives in the heap; whoever asks removes it. */
  snapshot: () =>
    writeHeapSnapshot(join(tmpdir(), `jackfield-bench-${process.pid}-${performance.now()}.heapsnapshot`), { exposeNumericValues: true }),
};
