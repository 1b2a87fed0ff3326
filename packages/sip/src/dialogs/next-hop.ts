/** From a URI to flows (RFC 3261 §8.1.2, RFC 3263 §4.3): the targets in the order they are located, those that can be reached. */
import { isPromise, SipError } from '@jackfield/base';
import type { Awaitable, Uri } from '../messages/model.ts';
import type { TransportLayer } from '../transport/layer.ts';
import type { Targets } from '../transport/resolve/targets.ts';
import type { Flow, Target } from '../transport/transport.ts';

/** The ways to one URI. Who sends a request takes the first, and the next after a timeout, a transport failure or a 503. */
export class NextHops {
  readonly #transport: TransportLayer;
  readonly #targets: Targets;
  readonly #heardBy: Flow | undefined;
  #target: Target | undefined;
  #reused = false;
  #failure: unknown;

  /** @param heardBy - as in `TransportLayer.open` */
  constructor(transport: TransportLayer, uri: Uri, heardBy?: Flow) {
    this.#transport = transport;
    this.#heardBy = heardBy;
    this.#targets = transport.targets(uri);
  }

  /** That of the flow given last. */
  get target(): Target | undefined {
    return this.#target;
  }

  /** Whether the flow given last was there already. */
  get reused(): boolean {
    return this.#reused;
  }

  /** Why the target tried last could not be reached, or none was tried; undefined where none failed. */
  get failure(): unknown {
    return this.#failure ?? this.#transport.deaf;
  }

  /**
   * A flow to the next target that can be reached, at once where nothing has to be waited for; undefined when there are no more. Those that cannot be
   * reached are tried last for a while, also by others. Never rejects.
   */
  next(): Awaitable<Flow | undefined> {
    const target = this.#targets.next();
    if (isPromise(target)) return this.#search(target);
    if (target === undefined) return undefined;
    this.#target = target;
    return this.#open(target);
  }

  /** Another flow to the target of the one given last, which broke though it had served; the next one where that cannot be reached. */
  again(): Awaitable<Flow | undefined> {
    const flow = this.#target === undefined ? this.next() : this.#open(this.#target);
    this.#reused = false; // once
    return flow;
  }

  /** The target of the flow given last did not serve: others are tried before it for `ms` (Retry-After of a 503), or as the stack's options say. */
  failed(ms?: number): void {
    if (this.#target !== undefined) this.#transport.markFailed(this.#target, ms);
  }

  async #search(first: PromiseLike<Target | undefined>): Promise<Flow | undefined> {
    const target = await first;
    if (target === undefined) return undefined;
    this.#target = target;
    return this.#open(target);
  }

  #open(target: Target): Awaitable<Flow | undefined> {
    const flow = this.#transport.open(target, this.#heardBy);
    this.#reused = !isPromise(flow);
    return isPromise(flow) ? this.#tried(target, flow) : flow;
  }

  async #tried(target: Target, opening: Awaitable<Flow>): Promise<Flow | undefined> {
    try {
      return await opening;
    } catch (error) {
      this.#failure = error;
      this.#transport.markFailed(target);
      return this.next();
    }
  }
}

/** A flow, and the ways that are left when it fails. */
export interface Way {
  readonly flow: Flow;
  readonly hops: NextHops;
}

/** By the first that can be reached; a value at once where nothing has to be waited for. Rejects `SIP_UNREACHABLE`, with the last failure as cause. */
export function wayToward(transport: TransportLayer, uri: Uri): Awaitable<Way> {
  const hops = new NextHops(transport, uri);
  const flow = hops.next();
  if (isPromise(flow)) return flow.then((found) => (found === undefined ? unreachable(uri, hops) : { flow: found, hops }));
  return flow === undefined ? unreachable(uri, hops) : { flow, hops };
}

const unreachable = (uri: Uri, { failure }: NextHops): Promise<never> => Promise.reject(unreachableError(uri, failure));

const NO_FIT = 'no listener of ours and no address of its host fit together';

/** `SIP_UNREACHABLE`; the last word of what lies behind it is in its message, since nobody reads three causes deep. */
function unreachableError(uri: Uri, cause: unknown): SipError {
  let deepest = cause;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  const unfit = uri.host === '' ? 'it names no host, and no Route says by whom it goes' : NO_FIT;
  const why = deepest instanceof Error ? deepest.message : unfit;
  return new SipError('SIP_UNREACHABLE', `nothing reaches ${uri.toString()}: ${why}`, { target: uri.toString() }, { cause });
}
