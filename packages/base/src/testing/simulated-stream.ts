/** Streams of a simulated network: two pipes that keep order, lose nothing, and stand still while a partition lasts. */
import type { Address, StreamConnection, StreamReceiver } from '../network.ts';
import type { NetworkConditions } from './conditions.ts';
import type { Breakable, Medium } from './medium.ts';
import { systemError, type Ports } from './ports.ts';

export type AcceptStream = (connection: StreamConnection) => StreamReceiver;

interface Ends {
  readonly caller: object;
  readonly callee: object;
  readonly listeners: Ports<AcceptStream>;
  readonly from: Address;
  readonly to: Address;
}

/** What the two sides and pipes of a connection know of the whole. */
interface Link {
  readonly parted: boolean;
  ended(): void;
  cut(): void;
}

/** One direction: acts that happen at the far end, in the order in which they were put in. */
class Pipe {
  readonly #medium: Medium;
  readonly #link: Link;
  readonly #from: object;
  readonly #to: object;
  #lastDue = 0;
  #stalled: { readonly bytes: number; readonly act: () => void }[] = [];
  /** Bytes that a partition holds up. */
  buffered = 0;

  constructor(medium: Medium, link: Link, from: object, to: object) {
    this.#medium = medium;
    this.#link = link;
    this.#from = from;
    this.#to = to;
  }

  get conditions(): NetworkConditions {
    return this.#medium.conditionsFor(this.#from, this.#to);
  }

  put(bytes: number, act: () => void): void {
    if (this.#stalled.length > 0 || this.#link.parted) {
      this.buffered += bytes;
      this.#stalled.push({ bytes, act });
      return;
    }
    const { clock } = this.#medium;
    const now = clock.now();
    this.#lastDue = Math.max(now + this.#medium.drawDelay(this.conditions), this.#lastDue);
    clock.after(this.#lastDue - now, act);
  }

  resume(): void {
    const stalled = this.#stalled;
    this.#stalled = [];
    this.buffered = 0;
    for (const { bytes, act } of stalled) this.put(bytes, act);
  }
}

/** One side of a connection. */
class SimulatedConnection implements StreamConnection {
  readonly local: Address;
  readonly remote: Address;
  readonly #medium: Medium;
  readonly #link: Link;
  readonly #out: Pipe;
  #receiver: StreamReceiver | undefined;
  /** The other side; there from the moment the connection is. */
  peer: SimulatedConnection | undefined;
  /** No more is sent. */
  #ended = false;
  /** `closed` was told, or will be now. */
  over = false;
  /** Came, and is given with what comes next (`splitStreams`). */
  #held: Uint8Array = new Uint8Array();

  constructor(medium: Medium, link: Link, out: Pipe, local: Address, remote: Address) {
    this.#medium = medium;
    this.#link = link;
    this.#out = out;
    this.local = local;
    this.remote = remote;
  }

  get buffered(): number {
    return this.#out.buffered;
  }

  receive(receiver: StreamReceiver): void {
    this.#receiver = receiver;
  }

  send(bytes: Uint8Array): void {
    if (this.#ended || this.over || bytes.length === 0) return;
    const own = Uint8Array.prototype.slice.call(bytes);
    this.#medium.tell('stream', 'sent', this.local, this.remote, own);
    const { splitStreams, streamBreaks } = this.#out.conditions;
    if (streamBreaks > 0 && this.#medium.random.chance(streamBreaks)) {
      this.#medium.tell('stream', 'lost', this.local, this.remote, own);
      this.#out.put(own.length, () => this.#link.cut());
      return;
    }
    this.#out.put(own.length, () => this.peer?.arrive(own, splitStreams));
    if (splitStreams) this.#out.put(0, () => this.peer?.flush());
  }

  close(): void {
    if (this.#ended || this.over) return;
    this.#ended = true;
    this.#out.put(0, () => this.peer?.finish());
  }

  abort(): void {
    if (this.over) return;
    const told = this.#ended; // the end is on its way already
    this.#ended = true;
    if (!told) this.#out.put(0, () => this.peer?.fail(systemError('ECONNRESET', 'read', this.remote.host, this.remote.port)));
    this.#over(undefined);
  }

  arrive(bytes: Uint8Array, split: boolean): void {
    if (this.over) return;
    if (!split) {
      this.#give(this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes);
      return;
    }
    const all = Buffer.concat([this.#held, bytes]);
    const cut = this.#medium.random.integer(all.length + 1);
    this.#held = all.subarray(cut);
    if (cut > 0) this.#emit(all.subarray(0, cut));
  }

  flush(): void {
    if (!this.over && this.#held.length > 0) this.#give(this.#held);
  }

  /** The other side sends no more: we end as well. */
  finish(): void {
    if (this.over) return;
    this.flush();
    if (this.over) return;
    if (!this.#ended) this.close();
    this.#over(undefined);
  }

  fail(error: Error): void {
    if (!this.over) this.#over(error);
  }

  #give(bytes: Uint8Array): void {
    this.#held = new Uint8Array();
    this.#emit(bytes);
  }

  #emit(bytes: Uint8Array): void {
    this.#medium.counts.streamChunks += 1;
    this.#medium.tell('stream', 'delivered', this.remote, this.local, bytes);
    this.#receiver?.data(bytes);
  }

  #over(error: Error | undefined): void {
    this.over = true;
    this.#ended = true;
    this.#link.ended();
    queueMicrotask(() => (error === undefined ? this.#receiver?.closed() : this.#receiver?.closed(error)));
  }
}

/** A connection seen from outside: what the network cuts and resumes. */
class SimulatedLink implements Breakable {
  readonly caller: object;
  readonly callee: object;
  readonly near: SimulatedConnection;
  readonly far: SimulatedConnection;
  readonly forth: Pipe;
  readonly back: Pipe;
  readonly #medium: Medium;
  readonly #gaveUp: (error: Error) => void;
  accepted = false;

  constructor(medium: Medium, ends: Ends, gaveUp: (error: Error) => void) {
    this.#medium = medium;
    this.#gaveUp = gaveUp;
    this.caller = ends.caller;
    this.callee = ends.callee;
    this.forth = new Pipe(medium, this, ends.caller, ends.callee);
    this.back = new Pipe(medium, this, ends.callee, ends.caller);
    this.near = new SimulatedConnection(medium, this, this.forth, ends.from, ends.to);
    this.far = new SimulatedConnection(medium, this, this.back, ends.to, ends.from);
    this.near.peer = this.far;
    this.far.peer = this.near;
    medium.links.add(this);
  }

  get parted(): boolean {
    return this.#medium.parted(this.caller, this.callee);
  }

  resume(): void {
    this.forth.resume();
    this.back.resume();
  }

  cut(): void {
    if (!this.#medium.links.has(this)) return;
    this.#medium.counts.connectionsCut += 1;
    const { local, remote } = this.near;
    this.#gaveUp(systemError('ECONNRESET', 'connect', remote.host, remote.port));
    this.near.fail(systemError('ECONNRESET', 'read', remote.host, remote.port));
    this.far.fail(systemError('ECONNRESET', 'read', local.host, local.port));
    this.ended();
  }

  ended(): void {
    if (this.near.over && (this.far.over || !this.accepted)) this.#medium.links.delete(this);
  }
}

/** Opens a connection: one way there, one way back. Across a partition it waits for the end of it, or for `signal`. */
export function connect(medium: Medium, ends: Ends, receiver: StreamReceiver, signal?: AbortSignal): Promise<StreamConnection> {
  return new Promise((resolve, reject) => {
    const link = new SimulatedLink(medium, ends, reject);
    const { near, far } = link;
    const giveUp = (): void => {
      near.abort();
      reject(signal?.reason);
    };
    if (signal?.aborted === true) return giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    link.forth.put(0, () => {
      if (near.over) return;
      const accept = ends.listeners.at(ends.to.host, ends.to.port);
      if (accept === undefined) {
        medium.counts.connectionsRefused += 1;
        link.back.put(0, () => {
          signal?.removeEventListener('abort', giveUp);
          near.abort();
          reject(systemError('ECONNREFUSED', 'connect', ends.to.host, ends.to.port));
        });
        return;
      }
      link.accepted = true;
      medium.counts.connectionsOpened += 1;
      link.back.put(0, () => {
        signal?.removeEventListener('abort', giveUp);
        if (near.over) return;
        near.receive(receiver);
        resolve(near);
      });
      far.receive(accept(far));
    });
  });
}
