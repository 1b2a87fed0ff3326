/** The ACK of a 2xx to an INVITE of ours (RFC 3261 §13.2.2.4): of no transaction, and the same for each copy of the 2xx. When it leaves, its user says. */
import { isPromise } from '@jackfield/base';
import type { SipRequest } from '../messages/message.ts';
import type { Awaitable } from '../messages/model.ts';
import type { TransactionLayer } from '../transactions/layer.ts';
import type { Flow } from '../transport/transport.ts';

/** By which flow one leaves that is too long for a datagram (§18.1.1). */
interface LongAcks {
  mostBy(flow: Flow): number;
  isLong(request: SipRequest, flow: Flow): boolean;
  streamFor(flow: Flow): Awaitable<Flow>;
}

export interface AckSurroundings {
  readonly transactions: TransactionLayer;
  readonly long: LongAcks;
}

export class SuccessAck {
  readonly #around: AckSurroundings;
  readonly #compose: () => SipRequest;
  readonly #way: () => Awaitable<Flow | undefined>;
  #by: Flow | undefined = undefined;
  #bytes: Uint8Array | undefined = undefined;

  /**
   * @param compose - writes it, as its dialog is now.
   * @param way - a flow to the next hop, as its dialog has that now; undefined when there is none. Never rejects.
   */
  constructor(around: AckSurroundings, compose: () => SipRequest, way: () => Awaitable<Flow | undefined>) {
    this.#around = around;
    this.#compose = compose;
    this.#way = way;
  }

  send(): void {
    const ack = this.#compose();
    const flow = this.#way();
    if (isPromise(flow)) void flow.then((found) => this.#choose(ack, found));
    else this.#choose(ack, flow); // at once: before the next request, which may wait for the same connection
  }

  /** The same bytes by the same flow, or another where that is gone. */
  again(): void {
    if (this.#by === undefined || this.#bytes === undefined || this.#by.closed) this.send();
    else this.#by.send(this.#bytes);
  }

  #choose(ack: SipRequest, found: Flow | undefined): void {
    if (found === undefined) return; // its 2xx will come again until it gives up
    const { long } = this.#around;
    if (!long.isLong(ack, found) && this.#leave(ack, found, long.mostBy(found))) return;
    const anew = this.#compose(); // filters may have seen the other
    const flow = long.streamFor(found);
    if (isPromise(flow)) void flow.then((by) => this.#leave(anew, by));
    else this.#leave(anew, flow);
  }

  /** False, and nothing has left: it has more than `most` bytes. */
  #leave(ack: SipRequest, flow: Flow, most = Infinity): boolean {
    const bytes = this.#around.transactions.sendStateless(ack, flow, most);
    if (bytes === undefined) return false;
    this.#by = flow;
    this.#bytes = bytes;
    return true;
  }
}
