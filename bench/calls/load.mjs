// A caller: one UDP socket, calls begun at a fixed pace whatever the server does (open loop), to 127.0.0.1 alone, bounded in number and time.
// A message without its answer is repeated as RFC 3261 says, and each repeat, on either side, is counted.
import { createSocket } from 'node:dgram';
import { serve } from '../lib/children.mjs';
import { dropped } from './resources.mjs';
import { contactOf, readResponse, script, toLineOf } from './script.mjs';

const MAX_CALLS = 100_000;
const MAX_SECONDS = 120;
const T1 = 500;
const GIVE_UP = 8 * T1;
const HOLD = 30; // ms from the answer to the BYE
const QUIET = 700; // ms after the last answer in which a repeat of the server's would come

const now = () => performance.now();
const pause = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024, lookup: (host, _options, done) => done(null, host, 4) });
await new Promise((resolve) => {
  socket.bind(0, '127.0.0.1', resolve);
});

let runs = 0;
let current;
socket.on('message', (bytes) => current?.received(bytes.toString('latin1')));

/** `wait`: what is on its way, 'invite', 'bye' or 'options'; '' when nothing is. */
class Call {
  wait = '';
  sent = 0;
  first = 0;
  interval = T1;
  bytes = '';
  toLine = '';
  contact = '';

  constructor(number) {
    this.number = number;
  }
}

class Run {
  constructor(port, kind, byes, skip = 0) {
    this.port = port;
    this.kind = kind; // 'call', 'hold', 'options', or 'fixed': OPTIONS to a server whose answers say nothing
    this.run = `${process.pid.toString(36)}${(runs += 1)}`;
    this.script = script({ run: this.run, local: socket.address().port, remote: port });
    this.calls = [];
    this.closing = []; // calls that await their BYE, in the order of its time
    this.closed = 0;
    this.waiting = new Set();
    this.bad = { retransmissionsSent: 0, retransmissionsReceived: 0, failed: 0, unexpected: 0 };
    this.answerMicros = [];
    this.answerBytes = 0;
    this.lastHeard = now();
    this.byes = byes;
    this.skip = skip; // so many answers are not in the times
  }

  begin() {
    const call = new Call(this.calls.length);
    this.calls.push(call);
    this.request(call, this.kind === 'options' || this.kind === 'fixed' ? 'options' : 'invite');
  }

  request(call, what) {
    call.wait = what;
    call.bytes = this.script[what](call.number, call.toLine, call.contact);
    call.first = call.sent = now();
    call.interval = T1;
    this.waiting.add(call);
    this.send(call.bytes);
  }

  send(text) {
    socket.send(Buffer.from(text, 'latin1'), this.port, '127.0.0.1');
  }

  received(text) {
    if (this.kind === 'fixed') return this.counted();
    const response = readResponse(text, this.run);
    const call = response && this.calls[response.call];
    if (call === undefined) {
      this.bad.unexpected += 1;
      return;
    }
    this.lastHeard = now();
    if (response.status < 200) return;
    const what = response.method.toLowerCase();
    if (call.wait !== what) {
      this.bad.retransmissionsReceived += 1;
      if (what === 'invite') this.acknowledge(call);
      return;
    }
    call.wait = '';
    this.waiting.delete(call);
    if (response.status !== 200) this.bad.failed += 1;
    if (what !== 'bye' && call.number >= this.skip) this.answerMicros.push((this.lastHeard - call.first) * 1000);
    if (what !== 'invite' || response.status !== 200) {
      this.closed += 1;
      this.answerBytes = text.length;
      call.bytes = call.toLine = call.contact = '';
      return;
    }
    if (!text.includes('m=audio ')) this.bad.failed += 1;
    call.toLine = toLineOf(text);
    call.contact = contactOf(text);
    this.acknowledge(call);
    this.closing.push({ call, due: this.lastHeard + HOLD });
  }

  /** An answer that does not say to what: it counts for what has waited longest. */
  counted() {
    this.lastHeard = now();
    for (const call of this.waiting) {
      call.wait = '';
      this.waiting.delete(call);
      this.answerMicros.push((this.lastHeard - call.first) * 1000);
      this.closed += 1;
      return;
    }
    this.bad.retransmissionsReceived += 1;
  }

  acknowledge(call) {
    this.send(this.script.ack(call.number, call.toLine, call.contact));
  }

  /** BYEs whose time has come. */
  hangUp() {
    const { closing } = this;
    const at = now();
    let due = 0;
    while (due < closing.length && closing[due].due <= at) due += 1;
    for (const { call } of closing.splice(0, due)) this.request(call, 'bye');
  }

  /** Repeats what has waited for too long. The set is in the order of sending, but for what was repeated. */
  repeat() {
    const at = now();
    for (const call of this.waiting) {
      if (at - call.first < T1) return;
      if (at - call.sent < call.interval) continue;
      if (at - call.first > GIVE_UP) {
        this.bad.failed += 1;
        this.closed += 1;
        call.wait = '';
        this.waiting.delete(call);
        continue;
      }
      this.bad.retransmissionsSent += 1;
      call.sent = at;
      call.interval *= 2;
      this.send(call.bytes);
    }
  }
}

/** Runs `step` for each of `count` beginnings at `rate` a second, until `done()`. @returns s from the first beginning to the last. */
async function pace(run, count, rate, step, done) {
  if (count > MAX_CALLS || count / rate > MAX_SECONDS) throw new Error(`${count} at ${rate}/s is more than this load does`);
  const start = now();
  let begun = 0;
  let begunAt = start;
  while (begun < count || !done()) {
    const due = Math.min(count, Math.floor(((now() - start) * rate) / 1000) + 1);
    if (begun < due) begunAt = now();
    for (; begun < due; begun += 1) step();
    if (run.byes) run.hangUp();
    run.repeat();
    await pause(1);
    if (now() - start > (count / rate) * 1000 + 2 * GIVE_UP) throw new Error('the load does not come to its end');
  }
  return (begunAt - start) / 1000;
}

function report(run) {
  const sorted = run.answerMicros.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { calls: run.calls.length, bad: run.bad, answerBytes: run.answerBytes, micros: { p50: at(0.5), p99: at(0.99), most: at(1) } };
}

let held;

serve({
  port: () => socket.address().port,
  drops: () => dropped(socket.address().port),
  /** `kind` 'call', 'options' or 'fixed': whole ones. `busy`: of one core, until the last is over. */
  async run({ port, kind, count, rate, skip }) {
    const run = (current = new Run(port, kind, true, skip));
    const before = { cpu: process.cpuUsage(), at: now() };
    const begin = () => run.begin();
    const begunIn = await pace(run, count, rate, begin, () => run.closed === count);
    const { user, system } = process.cpuUsage(before.cpu);
    const busy = (user + system) / 1000 / (now() - before.at);
    while (now() - run.lastHeard < QUIET) await pause(50);
    return { ...report(run), begunIn, busy };
  },
  /** Establishes calls, and leaves them. */
  async hold({ port, count, rate }) {
    const run = (current = held = new Run(port, 'hold', false));
    await pace(
      run,
      count,
      rate,
      () => run.begin(),
      () => run.closing.length === count || run.closed > 0,
    );
    return report(run);
  },
  /** Ends those that are held. */
  async release({ rate }) {
    const run = (current = held);
    const open = run.closing.splice(0).map(({ call }) => call);
    let at = 0;
    const step = () => run.request(open[at++], 'bye');
    await pace(run, open.length, rate, step, () => run.closed === open.length);
    while (now() - run.lastHeard < QUIET) await pause(50);
    return report(run);
  },
});
