/**
 * What is too long for a datagram leaves by a stream to the same place (RFC 3261 §18.1.1). A peer that takes none is left alone for a while. Answers to it
 * go back the way their request came, and are none of this.
 */
import { isPromise, type Clock } from '@jackfield/base';
import type { SipRequest } from './messages/message.ts';
import type { Awaitable } from './messages/model.ts';
import { BoundedCache } from './transport/bounded-cache.ts';
import type { TransportLayer } from './transport/layer.ts';
import { positive } from './transport/positive.ts';
import type { Flow, Target } from './transport/transport.ts';

const NO_STREAMS = 1024;
const NO_STREAM_MS = 60_000;
/** What is not in it yet: Via, the end of the start line, Content-Length. */
const UNWRITTEN_BYTES = 120;

/** How a request that is long leaves (RFC 3261 §18.1.1). */
export interface LongRequestOptions {
  /** Bytes above which a request leaves by TCP in place of UDP, where the stack has TCP; 1300. `Infinity`: never. */
  readonly above?: number | undefined;
  /** ms that TCP has for connecting before the request leaves by UDP after all; 2000. A target without TCP is left alone for a minute. */
  readonly connectMs?: number | undefined;
}

export class LongRequests {
  readonly #clock: Clock;
  readonly #transport: TransportLayer;
  /** Bytes of a request that may leave by UDP. */
  readonly #above: number;
  readonly #connectMs: number;
  /** Until when, by address. */
  readonly #withoutStream = new BoundedCache<string, number>(NO_STREAMS);

  /** @throws SIP_OPTION */
  constructor(clock: Clock, transport: TransportLayer, { above, connectMs }: LongRequestOptions = {}) {
    this.#clock = clock;
    this.#transport = transport;
    this.#above = above === Infinity ? Infinity : positive('longRequests.above', above, 1300);
    this.#connectMs = positive('longRequests.connectMs', connectMs, 2000);
  }

  /** Bytes that a request may have by `flow` before {@link streamFor} is asked. */
  mostBy(flow: Flow): number {
    return flow.kind === 'UDP' ? this.#above : Infinity;
  }

  /** Whether it is too long as it stands, so that it need not be written to be known. @param request - without its Via */
  isLong(request: SipRequest, flow: Flow): boolean {
    const most = this.mostBy(flow);
    return most !== Infinity && bytesOf(request) > most;
  }

  /** The stream in place of `flow`, or `flow` where there is none; a promise while it is being opened. Never rejects. */
  streamFor(flow: Flow): Awaitable<Flow> {
    if (!this.#mayStream(flow)) return flow;
    const target: Target = { kind: 'TCP', host: flow.remote.host, port: flow.remote.port };
    if (!this.#transport.serves(target)) return flow;
    const stream = this.#transport.open(target);
    return isPromise(stream) ? this.#opened(stream, flow) : stream;
  }

  #opened(stream: PromiseLike<Flow>, flow: Flow): Promise<Flow> {
    return new Promise((resolve) => {
      const refused = (): void => {
        late[Symbol.dispose]();
        this.#withoutStream.set(keyOf(flow), this.#clock.now() + NO_STREAM_MS);
        resolve(flow);
      };
      const late = this.#clock.after(this.#connectMs, refused);
      stream.then((opened) => {
        late[Symbol.dispose]();
        resolve(opened);
      }, refused);
    });
  }

  #mayStream(flow: Flow): boolean {
    const until = this.#withoutStream.get(keyOf(flow));
    return until === undefined || until <= this.#clock.now();
  }
}

const keyOf = ({ remote: { host, port } }: Flow): string => `${host} ${port}`;

function bytesOf({ headers, content, method, uri }: SipRequest): number {
  let bytes = method.length + uri.toString().length + content.length + UNWRITTEN_BYTES;
  for (const { start, end } of headers.fields) bytes += end - start + 2;
  return bytes;
}
