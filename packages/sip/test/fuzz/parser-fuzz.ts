/**
 * Throws mutated messages at the parser and reads all of what it takes. What is new in a verdict makes its input one of those that are mutated further; and,
 * where coverage is watched, what runs code that has not run before.
 */
import { SeededRandom } from '@jackfield/base/testing';
import { buildResponse } from '../../src/messages/build.ts';
import { fullLimits } from '../../src/messages/limits.ts';
import { parseMessage, type Verdict } from '../../src/messages/parse.ts';
import { uriEquals } from '../../src/messages/uri.ts';
import { writeMessage } from '../../src/messages/write.ts';
import type { BlockCoverage } from './block-coverage.ts';
import { corpus } from './corpus.ts';
import { mutate } from './mutate.ts';
import { readEverything } from './read-everything.ts';

export interface FuzzReport {
  readonly inputs: number;
  readonly accepted: number;
  /** Different verdicts that were seen. */
  readonly signatures: number;
  readonly bytes: number;
  /** Inputs whose one run took too long, and that were timed. */
  readonly slowAtFirst: number;
  /** Of them, those whose best of 5 took too long as well, and a later measure did not: see {@link timed}. */
  readonly slowOfFive: number;
  /** Inputs that were the first to run some code, and the share of the code that has run, where that is watched. */
  readonly covering?: number;
  readonly covered?: number;
  readonly failures: readonly string[];
}

const FIXED_US = 200;
const US_PER_BYTE = 0.5;
/** Inputs of a kind, taken or refused, that were new and are mutated further. */
const MOST_FOUND = 3000;
const CHUNK = 2000;
const COVERAGE_BATCH = 250;
/** Of one batch: the first have much to show. */
const MOST_PLACES = 8;

const textOf = (error: unknown): string => (error instanceof Error ? `${error.stack}` : String(error));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

function parseAndRead(bytes: Uint8Array, stream: boolean): Verdict {
  const verdict = parseMessage(bytes, { stream });
  if (verdict.ok) readEverything(verdict.message);
  return verdict;
}

/** µs of the fastest of several runs, by the clock or by the processor's time, whichever says less: others want this machine too. */
async function best(work: () => void, runs: number): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < runs; run += 1) {
    await breathe();
    const used = process.cpuUsage();
    const begun = process.hrtime.bigint();
    work();
    const took = Number(process.hrtime.bigint() - begun) / 1000;
    const { user, system } = process.cpuUsage(used);
    least = Math.min(least, took, Math.max(user + system, 1));
  }
  return least;
}

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work of one size, by which it is told how fast the machine is at the moment. */
function measure(): void {
  let sum = 0;
  for (let at = 0; at < 200_000; at += 1) sum = (Math.imul(sum, 31) + at) | 0;
  if (sum === 1) throw new Error('a sum that cannot be');
}
let fastest = Infinity;

/** How many times longer than at its best the machine takes now. */
async function slowness(): Promise<number> {
  const now = await best(measure, 5);
  fastest = Math.min(fastest, now);
  return now / fastest;
}

interface Timing {
  /** Why the input is a bug. */
  readonly slow: string | undefined;
  /** The best of 5 was within its bound. */
  readonly ofFive: boolean;
}

/**
 * The bound is for the best of 5. Past it, others may have wanted the machine all that time: then the best of 20, and of 60, count, divided by how much slower
 * than at its best the machine is before and after them. Each input that this saves is counted.
 */
async function timed(bytes: Uint8Array, stream: boolean): Promise<Timing> {
  const bound = FIXED_US + US_PER_BYTE * bytes.length;
  const work = (): void => void parseAndRead(bytes, stream);
  if ((await best(work, 5)) <= bound) return { slow: undefined, ofFive: true };
  let least = Infinity;
  for (const runs of [20, 60]) {
    const before = await slowness();
    const took = await best(work, runs);
    least = took / Math.max(before, await slowness());
    if (least <= bound) return { slow: undefined, ofFive: false };
  }
  const slow = `${least.toFixed(0)} µs for ${bytes.length} bytes, at most ${bound.toFixed(0)}`;
  return { slow, ofFive: false };
}

/** For reading what was written: stamped and with a Content-Length, it is more than what came. */
const ROOMY = fullLimits({ maxMessageBytes: 200_000, maxHeaders: 1000, maxHeaderBytes: 100_000 });

/** What the verdict says beyond its being read: what was taken can be written, and is then the same; what was refused can be answered. */
export function check(bytes: Uint8Array, verdict: Verdict): void {
  if (!verdict.ok) {
    if (verdict.offset < 0 || verdict.offset > bytes.length) throw new Error(`refused at ${verdict.offset} of ${bytes.length}`);
    if (verdict.request === undefined) return;
    if (verdict.status === undefined) throw new Error('a request to answer, and no status');
    verdict.request.stampReceived('192.0.2.1', 5060);
    writeMessage(buildResponse(verdict.request, verdict.status, { toTag: 'us' }));
    return;
  }
  const { message } = verdict;
  const uris = [message.from, message.to, ...(message.contacts === '*' ? [] : (message.contacts ?? []))].map(({ uri }) => uri);
  for (const [at, uri] of uris.entries()) {
    const other = uris[(at + 1) % uris.length]!;
    if (!uriEquals(uri, uri) || uriEquals(uri, other) !== uriEquals(other, uri)) throw new Error(`${uri.toString()} is compared wrongly`);
  }
  const written = writeMessage(message);
  const again = parseMessage(written, { stream: true, limits: ROOMY });
  if (!again.ok) throw new Error(`cannot be read when it is written: ${again.rule} at ${again.offset} of ${hex(written)}`);
  const fields = message.headers.fields.length - (message.headers.has('Content-Length') ? 1 : 0);
  if (again.message.headers.fields.length !== fields + 1) throw new Error(`has other headers when it is written: ${hex(written)}`);
  if (Buffer.compare(again.message.content, message.content) !== 0) throw new Error('has another body when it is written');
  if (!writeMessage(again.message).equals(written)) throw new Error('is written otherwise the second time');
  if (message.kind !== 'request') return;
  const before = message.headers.fields.length;
  message.stampReceived('2001:db8::1', 65_535);
  if (message.via.received !== '2001:db8::1' || message.headers.fields.length !== before) throw new Error('the Via is not stamped');
  const stamped = parseMessage(writeMessage(message), { limits: ROOMY });
  if (!stamped.ok) throw new Error(`cannot be read when it is stamped: ${stamped.rule}`);
  if (stamped.message.via.received !== '2001:db8::1') throw new Error('the stamp cannot be read');
  writeMessage(buildResponse(message, 200, { toTag: 'us' }));
}

/** Everything that a bug shows in. @returns what is wrong, or undefined */
export async function complaint(bytes: Uint8Array, stream: boolean): Promise<string | undefined> {
  try {
    check(bytes, parseAndRead(bytes, stream));
  } catch (error) {
    return textOf(error);
  }
  return (await timed(bytes, stream)).slow;
}

/** A verdict without its accidents. */
function signatureOf(verdict: Verdict, bytes: Uint8Array): string {
  if (!verdict.ok) return `${verdict.rule} ${verdict.status} ${Math.ceil(8 * Math.log2(verdict.offset + 1))} ${verdict.request?.method}`;
  const { message } = verdict;
  let ids = '';
  for (const field of message.headers.fields.slice(0, 24)) ids += String.fromCharCode(64 + field.id + (field.folded ? 100 : 0));
  const counts = [message.vias.length, message.routes.length, message.contacts?.length ?? -1, message.from.parameters.toString().length];
  const sizes = [...counts, bytes.length, message.headers.fields.length].map((count) => Math.round(2 * Math.log2(count + 2)));
  return `${message.kind} ${ids} ${sizes.join()} ${message.contactsMalformed} ${message.body?.type}`;
}

interface Input {
  readonly text: string;
  readonly stream: boolean;
}

/** Finds the inputs that run what has not run before: a batch at a time, and in a batch by halves. */
class Pioneers {
  readonly found: string[] = [];
  readonly #coverage: BlockCoverage;
  #batch: Input[] = [];

  /** What the stored messages run is nothing new. */
  constructor(coverage: BlockCoverage, stored: readonly string[]) {
    this.#coverage = coverage;
    for (const text of stored) this.#run([{ text, stream: false }]);
    coverage.take();
  }

  tried(input: Input): void {
    if (this.#batch.push(input) < COVERAGE_BATCH) return;
    for (const place of this.#coverage.take().slice(0, MOST_PLACES)) {
      let some: readonly Input[] = this.#batch;
      while (some.length > 1) {
        const half = some.slice(0, some.length >> 1);
        this.#run(half);
        some = this.#coverage.ran(place) ? half : some.slice(half.length);
      }
      const { text } = some[0]!;
      if (!this.found.includes(text)) this.found.push(text);
    }
    this.#batch = [];
  }

  get share(): number {
    return this.#coverage.share;
  }

  #run(inputs: readonly Input[]): void {
    for (const { text, stream } of inputs) {
      const bytes = Buffer.from(text, 'latin1');
      try {
        check(bytes, parseAndRead(bytes, stream));
      } catch {
        // told already when it was tried
      }
    }
  }
}

/** @param coverage - where it is watched, nothing is timed: it slows what it watches */
export async function fuzzParser(seed: number, inputs: number, coverage?: BlockCoverage): Promise<FuzzReport> {
  const random = new SeededRandom(seed);
  const stored = corpus(seed);
  const taken: string[] = [];
  const refused: string[] = [];
  const pioneers = coverage && new Pioneers(coverage, stored);
  const pools = [stored, stored, taken, taken, refused, ...(pioneers === undefined ? [] : [pioneers.found, pioneers.found])];
  const seen = new Set<string>();
  const failures: string[] = [];
  let accepted = 0;
  let slowAtFirst = 0;
  let slowOfFive = 0;
  let total = 0;
  let tried = 0;
  for (let input = 0; input < inputs && failures.length < 10; input += 1) {
    if (input % CHUNK === CHUNK - 1) await breathe();
    const pool = random.pick(pools);
    const base = random.pick(pool.length > 0 ? pool : stored);
    const text = random.chance(0.01) ? base : mutate(base, random, stored);
    const bytes = Buffer.from(text, 'latin1');
    const stream = random.chance(0.3);
    total += bytes.length;
    tried += 1;
    let verdict: Verdict;
    const begun = process.hrtime.bigint();
    try {
      verdict = parseAndRead(bytes, stream);
      const us = Number(process.hrtime.bigint() - begun) / 1000;
      check(bytes, verdict);
      pioneers?.tried({ text, stream });
      if (pioneers === undefined && us > FIXED_US + US_PER_BYTE * bytes.length) {
        slowAtFirst += 1;
        const { slow, ofFive } = await timed(bytes, stream);
        if (slow === undefined && !ofFive) slowOfFive += 1;
        if (slow !== undefined) failures.push(`seed ${seed}, input ${input}, stream ${stream}: ${slow}\n${hex(bytes)}`);
      }
    } catch (error) {
      failures.push(`seed ${seed}, input ${input}, stream ${stream}: ${textOf(error)}\n${hex(bytes)}`);
      continue;
    }
    if (verdict.ok) accepted += 1;
    const signature = signatureOf(verdict, bytes);
    if (seen.has(signature)) continue;
    if (seen.size < 1_000_000) seen.add(signature);
    if (text.length > 8000 && !random.chance(0.05)) continue; // long ones would take all the time
    const found = verdict.ok ? taken : refused;
    if (found.length < MOST_FOUND) found.push(text);
    else found[random.integer(MOST_FOUND)] = text;
  }
  const covered = pioneers && { covering: pioneers.found.length, covered: pioneers.share };
  return { inputs: tried, accepted, signatures: seen.size, bytes: total, slowAtFirst, slowOfFive, failures, ...covered };
}
