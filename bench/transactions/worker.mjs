// One kind of transaction in a process of its own, so that no other's memory is counted; and the waits that transactions arm.
import { coreOf, createSipStack, udp } from '@jackfield/sip';
import { resources } from '../calls/resources.mjs';
import { serve } from '../lib/children.mjs';
import { harness } from './harness.mjs';
import { kinds } from './kinds.mjs';

const AFTER = 40_000; // ms, in which those that are answered go
const WAITS = [40, 60, 80, 100, 120, 140]; // ms: few durations, as T1 to 64·T1 are
const LONG = 32_000;

async function measure({ kind, count, warmUp }) {
  const { counted, settle, make } = kinds[kind];
  const on = await harness();
  const begin = make(on);
  const live = () => on.core.stats().live[counted];
  for (let number = 0; number < warmUp; number += 1) begin(number);
  await on.clock.advance(AFTER);
  const left = live(); // unanswered ones of ours and theirs may go on for longer
  const before = await resources.memory();
  const from = process.cpuUsage();
  for (let number = 0; number < count; number += 1) begin(warmUp + number);
  const { user, system } = process.cpuUsage(from);
  await on.clock.advance(settle);
  const during = await resources.memory();
  if (live() !== count + left) throw new Error(`${kind}: ${live()} live, not ${count} and ${left}`);
  const each = (key) => (during[key] - before[key]) / count;
  return { kind, heap: each('heapUsed'), buffers: each('arrayBuffers'), rss: each('rss'), micros: (user + system) / count };
}

/** What the alarm clock of the transactions needs of an alarm. */
class Wait {
  due = 0;
  lane = undefined;
  previous = undefined;
  next = undefined;
  #rang;

  constructor(rang) {
    this.#rang = rang;
  }

  ring() {
    this.#rang();
  }
}

const { clock, transactions } = coreOf(createSipStack({ transports: [udp({ host: '127.0.0.1', port: 0 })] }));
const { alarms } = transactions;

/** `fire`: arms `count` and calls `rang` by each; `cancel`: arms and disarms `count`, while as many others wait. */
const wheels = {
  'transactions/alarms': {
    fire: (count, rang) => {
      for (let at = 0; at < count; at += 1) alarms.arm(new Wait(rang), WAITS[at % WAITS.length]);
    },
    hold: (count) => {
      const held = Array.from({ length: count }, () => new Wait(() => {}));
      for (const wait of held) alarms.arm(wait, LONG);
      return () => {
        for (const wait of held) alarms.disarm(wait);
      };
    },
    cancel: (count) => {
      for (let at = 0; at < count; at += 1) {
        const wait = new Wait(() => {});
        alarms.arm(wait, LONG);
        alarms.disarm(wait);
      }
    },
  },
  'clock.after': {
    fire: (count, rang) => {
      for (let at = 0; at < count; at += 1) clock.after(WAITS[at % WAITS.length], rang);
    },
    hold: (count) => {
      const held = Array.from({ length: count }, () => clock.after(LONG, () => {}));
      return () => {
        for (const wait of held) wait[Symbol.dispose]();
      };
    },
    cancel: (count) => {
      for (let at = 0; at < count; at += 1) clock.after(LONG, () => {})[Symbol.dispose]();
    },
  },
  'node setTimeout': {
    fire: (count, rang) => {
      const ring = () => rang();
      for (let at = 0; at < count; at += 1) setTimeout(ring, WAITS[at % WAITS.length]);
    },
    hold: (count) => {
      const held = Array.from({ length: count }, () => setTimeout(() => {}, LONG));
      return () => {
        for (const wait of held) clearTimeout(wait);
      };
    },
    cancel: (count) => {
      for (let at = 0; at < count; at += 1) clearTimeout(setTimeout(() => {}, LONG));
    },
  },
};

/** Events per second of CPU: a wait that was armed and rang, or was armed and disarmed, is one. */
async function wheel({ name, count }) {
  const { fire, hold, cancel } = wheels[name];
  const perSecond = (from) => {
    const { user, system } = process.cpuUsage(from);
    return count / ((user + system) / 1e6);
  };
  const fireFrom = process.cpuUsage();
  await new Promise((resolve) => {
    let rang = 0;
    fire(count, () => {
      rang += 1;
      if (rang === count) resolve();
    });
  });
  const fired = perSecond(fireFrom);
  const release = hold(count);
  const cancelFrom = process.cpuUsage();
  cancel(count);
  const cancelled = perSecond(cancelFrom);
  release();
  return { fired, cancelled };
}

serve({ measure, wheel, kinds: () => Object.keys(kinds), wheels: () => Object.keys(wheels) });
