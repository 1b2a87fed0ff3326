// What a run prints: tables as they come, and at the end which aims were met.
import { fixed, table, whole } from './figures.mjs';

export const times = (ratio, spread) => `${fixed(ratio)}x${spread === undefined ? '' : ` (±${whole(spread * 50)} %)`}`;

export class Report {
  aims = [];

  print(text) {
    process.stdout.write(`${text}\n`);
  }

  table(title, heads, rows) {
    this.print(table(title, heads, rows));
  }

  aim(what, is, met, wanted) {
    this.aims.push([what, is, wanted, met ? 'met' : 'MISSED']);
  }

  atLeast(what, { ratio, spread }, wanted) {
    this.aim(what, times(ratio, spread), ratio >= wanted, `at least ${wanted}x`);
  }

  atMost(what, { ratio, spread }, wanted) {
    this.aim(what, times(ratio, spread), ratio <= wanted, `at most ${wanted}x`);
  }

  /** Of `summary` in calls/rounds.mjs: a row per server, ratios of the first to each other one. */
  servers(title, { servers, repeated }, unit) {
    const [ours] = Object.keys(servers);
    const row = ([name, { cpu, system, p50, p99, ratio, spread }]) => [
      name,
      fixed(cpu, 3),
      fixed(system, 3),
      name === ours ? '' : times(ratio, spread),
      whole(p50),
      whole(p99),
    ];
    this.table(title, [`CPU s per 1,000 ${unit}`, 'all', 'system', 'ours is', 'p50 µs', 'p99 µs'], Object.entries(servers).map(row));
    if (repeated > 0) this.print(`  Rounds run again because the machine stood still and a message was repeated: ${repeated}\n`);
  }

  end() {
    if (this.aims.length > 0) this.table('Aims', ['', 'is', 'wanted', ''], this.aims);
  }
}
