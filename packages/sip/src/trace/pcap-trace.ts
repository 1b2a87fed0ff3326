/**
 * A trace of SIP messages that tshark and Wireshark read. It listens on the message channels, opens no socket, and sees messages as they are in
 * the stack: those of TLS and WebSocket in the clear, keep-alives and what is no SIP not at all.
 */
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SipError, watch } from '@jackfield/base';
import type { SipStack } from '../contract.ts';
import type { PassingMessage } from '../transport/news.ts';
import { failures } from '../transport/plugin-failures.ts';
import { positive } from '../transport/positive.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { fileHeader, PcapRecords } from './pcap-records.ts';

/** For `pcapTrace`. Out of range: SIP_OPTION. */
export interface PcapTraceOptions {
  /** Messages of this stack alone. Default: those of every stack in the process. */
  readonly stack?: SipStack | undefined;
  /** False: the message is left out. A throw leaves it out as well, and is told on `jackfield:sip:error`. */
  readonly filter?: ((passing: PassingMessage, direction: 'in' | 'out') => boolean) | undefined;
  /** A file, made anew; or a stream, which is not ended. Default: the trace is read as an `AsyncIterable`. */
  readonly to?: string | Writable | undefined;
  /** Bytes that wait for who writes or reads; messages over it are dropped, and counted. Default 8 MiB. */
  readonly maxBufferedBytes?: number | undefined;
}

/** A trace that runs: without `to`, `for await` over it gives the bytes of the file. */
export interface PcapTrace extends Disposable {
  /** Messages so far. `dropped`: for want of room, or because they fit no packet. */
  readonly counts: { readonly written: number; readonly dropped: number };
  /**
   * No more messages are taken. Resolves when all that were are written, and a file is closed; where the trace is read, at once.
   *
   * @throws (rejects) SIP_TRACE_FAILED when the file or stream failed; the trace ended then, and nothing else did.
   */
  stop(): Promise<void>;
  /** `stop()`, without waiting; a failure is told on `jackfield:sip:error` alone. */
  [Symbol.dispose](): void;
}

const OWNER = 'pcapTrace';
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

class Trace implements PcapTrace, AsyncIterable<Uint8Array> {
  readonly counts = { written: 0, dropped: 0 };
  readonly #stack: SipStack | undefined;
  readonly #filter: PcapTraceOptions['filter'];
  readonly #records = new PcapRecords();
  readonly #queue: ChunkQueue;
  readonly #watching: readonly Disposable[];
  readonly #written: Promise<SipError | undefined>;

  constructor({ stack, filter, to, maxBufferedBytes }: PcapTraceOptions) {
    this.#stack = stack;
    this.#filter = filter;
    this.#queue = new ChunkQueue(positive('maxBufferedBytes', maxBufferedBytes, MAX_BUFFERED_BYTES), () => this.#unwatch());
    this.#watching = [
      watch('sip:message:in', (passing) => this.#take(passing, 'in')),
      watch('sip:message:out', (passing) => this.#take(passing, 'out')),
    ];
    this.#written = to === undefined ? Promise.resolve(undefined) : this.#write(to);
  }

  async stop(): Promise<void> {
    this[Symbol.dispose]();
    const failure = await this.#written;
    if (failure !== undefined) throw failure;
  }

  [Symbol.dispose](): void {
    this.#unwatch();
    this.#queue.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    yield fileHeader();
    yield* this.#queue;
  }

  #take(passing: PassingMessage, direction: 'in' | 'out'): void {
    if (this.#stack !== undefined && passing.stack !== this.#stack) return;
    try {
      if (this.#filter?.(passing, direction) === false) return;
    } catch (error) {
      this.#report(error);
      return;
    }
    if (this.#records.write(passing, direction === 'out', (records) => this.#queue.offer(records))) this.counts.written += 1;
    else this.counts.dropped += 1;
  }

  async #write(to: string | Writable): Promise<SipError | undefined> {
    const chunks = this[Symbol.asyncIterator]();
    try {
      if (typeof to === 'string') await pipeline(chunks, createWriteStream(to));
      else await pipeline(chunks, to, { end: false });
      return undefined;
    } catch (cause) {
      const failure = new SipError(
        'SIP_TRACE_FAILED',
        'the trace could not be written',
        { path: typeof to === 'string' ? to : undefined },
        { cause },
      );
      this[Symbol.dispose]();
      this.#report(failure);
      return failure;
    }
  }

  #unwatch(): void {
    for (const watching of this.#watching) watching[Symbol.dispose]();
  }

  #report(error: unknown): void {
    if (failures.hasSubscribers) failures.publish({ owner: OWNER, error });
  }
}

/**
 * Writes every message that passes, from now until it is stopped, as classic pcap: raw IP packets with the addresses of the flow, the time of
 * the stack's clock, and checksums that are right.
 *
 * A datagram is a UDP packet. Streams are segments of a TCP connection without a handshake; those of TLS and WebSocket show our port as 5060 and
 * a peer's port below that as 50,000 more, so that they are read as SIP. The chunks of the iterable are to be read once, by one reader; leaving
 * its loop stops the trace.
 *
 * @throws SIP_OPTION for `maxBufferedBytes` that is no positive integer.
 */
export function pcapTrace(options: PcapTraceOptions & { readonly to: string | Writable }): PcapTrace;
export function pcapTrace(options?: PcapTraceOptions & { readonly to?: undefined }): PcapTrace & AsyncIterable<Uint8Array>;
export function pcapTrace(options: PcapTraceOptions = {}): PcapTrace {
  return new Trace(options);
}
