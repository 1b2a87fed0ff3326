// The highest rate of whole calls that a server holds without loss: steps up, then halves of what is left, until a time is over.
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../lib/children.mjs';
import { JACKFIELD } from './compare.mjs';
import { warm } from './rounds.mjs';

/** Of calls that failed or needed a message repeated, by whichever side. */
const BAD = 0.001;
/** Late beginnings, as a share of the time: what the load could not send in time was not asked of the server. */
const LATE = 0.03;

const lost = (before, after) => (before === undefined || after === undefined ? 0 : after - before);

async function step({ server, load, rate, seconds }) {
  const count = Math.round(rate * seconds);
  const [dropsBefore] = await Promise.all([server.ask('drops'), server.ask('begin')]);
  const { bad, begunIn, busy, micros } = await load.ask('run', { port: server.port, kind: 'call', count, rate });
  const [drops, cpu] = await Promise.all([server.ask('drops'), server.ask('cpu')]);
  const share = (bad.failed + bad.retransmissionsSent + bad.retransmissionsReceived) / count;
  const late = begunIn / seconds - 1;
  return {
    rate,
    held: share < BAD && late < LATE,
    share,
    late,
    drops: lost(dropsBefore, drops),
    per1000: ((cpu.user + cpu.system) / count) * 1000,
    loadBusy: busy,
    micros,
  };
}

/**
 * @param within - the least rate that fails is at most so many times the greatest that is held.
 * @param budget - s after which no step is begun.
 */
export async function findMax({ from, growth, within, seconds, most, budget, warmUp, warmRate, args = [] }) {
  const load = await Child.start('calls/load.mjs', { load: true });
  const server = await Child.start(JACKFIELD, { args });
  server.port = await server.ask('port');
  const steps = [];
  try {
    await warm(server, load, { name: JACKFIELD, kind: 'call', count: warmUp, rate: warmRate });
    const deadline = performance.now() + budget * 1000;
    const inTime = () => performance.now() < deadline;
    /** Twice, if need be: on a shared machine a process may stand still for a while. */
    const holds = async (rate) => {
      for (let attempt = 0; attempt < 2 && inTime(); attempt += 1) {
        const one = await step({ server, load, rate, seconds });
        steps.push(one);
        if (one.held) return true;
        await sleep(2500); // what is repeated dies down
      }
      return false;
    };
    let held = 0;
    let fails = Infinity;
    while (fails === Infinity && inTime() && (held === 0 ? from : held * growth) <= most) {
      const rate = Math.round(held === 0 ? from : held * growth);
      if (await holds(rate)) held = rate;
      else fails = rate;
    }
    while (inTime() && fails !== Infinity && fails / Math.max(held, 1) > within) {
      const middle = Math.round((held + fails) / 2);
      if (await holds(middle)) held = middle;
      else fails = middle;
    }
    const { errors } = await server.ask('state');
    if (errors.length > 0) throw new Error(`${JACKFIELD}: ${JSON.stringify(errors)}`);
    return { max: held, fails: fails === Infinity ? undefined : fails, steps };
  } finally {
    await server.stop();
    await load.stop();
  }
}
