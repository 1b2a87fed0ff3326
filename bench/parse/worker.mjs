// One parser, or one writer, in a process of its own: no shared JIT state. Runs a round when asked, and fails when a value is not as in the corpus.
import { serve } from '../lib/children.mjs';
import { corpus } from './corpus.mjs';
import { blank, parsers } from './parsers.mjs';
import { writers } from './writers.mjs';

const [name] = process.argv.slice(2);
const sets = corpus();
const FIELDS = Object.keys(blank());

/** Cheap, the same for all, and it reads characters, so that nobody gets away with a string that is not there yet. */
const last = (text) => text.length + (text === '' ? 0 : text.charCodeAt(text.length - 1));
const fold = (v) =>
  last(v.method) +
  last(v.target) +
  v.status +
  last(v.branch) +
  last(v.sentHost) +
  v.sentPort +
  last(v.fromTag) +
  last(v.fromUser) +
  last(v.fromHost) +
  last(v.toTag) +
  last(v.toUser) +
  last(v.toHost) +
  last(v.callId) +
  v.sequence +
  last(v.sequenceMethod) +
  v.maxForwards;

function check(read, entries, buffers, change = {}) {
  const found = blank();
  entries.forEach(({ values, text }, at) => {
    read(buffers[at], found);
    const wanted = { ...values, ...change };
    for (const field of FIELDS) {
      if (found[field] === wanted[field]) continue;
      throw new Error(`${field} is ${JSON.stringify(found[field])}, not ${JSON.stringify(wanted[field])}, in\n${text}`);
    }
  });
}

/** Runs `pass` for about `ms`, and gives its messages per second of CPU of this process, garbage collection included. */
function measure(pass, perPass, ms) {
  let passes = 0;
  const from = process.cpuUsage();
  const end = performance.now() + ms;
  do {
    pass();
    passes += 1;
  } while (performance.now() < end);
  const { user, system } = process.cpuUsage(from);
  return (passes * perPass) / ((user + system) / 1e6);
}

const bytesOf = (entries) => entries.map(({ text }) => Buffer.from(text, 'latin1'));

async function parse({ set, ms }) {
  const read = await parsers[name]();
  const entries = sets[set];
  const buffers = bytesOf(entries);
  check(read, entries, buffers);
  const wanted = entries.reduce((sum, { values }) => sum + fold(values), 0);
  const out = blank();
  const rate = measure(
    () => {
      let sum = 0;
      for (const bytes of buffers) {
        read(bytes, out);
        sum += fold(out);
      }
      if (sum !== wanted) throw new Error(`the values of a round add up to ${sum}, not to ${wanted}`);
    },
    buffers.length,
    ms,
  );
  check(read, entries, buffers);
  return rate;
}

async function write({ kind, ms }) {
  const writer = await writers[name]();
  const read = await parsers['@jackfield/sip']();
  const entries = kind === 'answer' ? sets.invite : sets.call;
  const messages = bytesOf(entries).map((bytes) => writer.read(bytes));
  const run = writer[kind];
  const change = kind === 'answer' ? { method: '', target: '', status: 200, toTag: 'answer1', maxForwards: 0 } : {};
  const proof = () => check(read, entries, messages.map(run), change);
  proof();
  let length = 0;
  const rate = measure(
    () => {
      length = 0;
      for (const message of messages) length += run(message).length;
    },
    messages.length,
    ms,
  );
  if (length < 100 * messages.length) throw new Error('nothing was written');
  proof();
  return rate;
}

serve({ parse, write });
