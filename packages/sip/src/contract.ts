/** The stack as applications, services and filters see it, and the decisions that a request can be met with. */
import { SipError } from '@jackfield/base';
import type { Clock, Random } from '@jackfield/base';
import { assertBody } from './messages/body.ts';
import { assertHeaderText, assertHeaderInit } from './messages/field.ts';
import { HeaderList } from './messages/headers.ts';
import type {
  Awaitable,
  Body,
  HeaderInit,
  IncomingRequest,
  IncomingResponse,
  Method,
  OutgoingRequest,
  OutgoingResponse,
  Stats,
  Uri,
} from './messages/model.ts';

/** Among those asked about the same thing: `early` first, then `normal` (the default), then `late`; within each, in the order of registration. */
export type Order = 'early' | 'normal' | 'late';

/** What every `register…` gives back; good for `using`. */
export interface Registration extends Disposable {
  /** Takes it out; a second call does nothing. */
  unregister(): void;
}

/** Runs `undo` at most once. */
export function registration(undo: () => void): Registration {
  let active = true;
  const unregister = (): void => {
    if (!active) return;
    active = false;
    undo();
  };
  return { unregister, [Symbol.dispose]: unregister };
}

const decided: unique symbol = Symbol.for('jackfield.decision');

/** A final response that a plug-in decides on; the core sends it. Made by `reply()` only. */
export interface Reply {
  readonly [decided]: 'reply';
  readonly status: number;
  readonly reason?: string | undefined;
  readonly headers?: HeaderInit | undefined;
  readonly body?: Body | undefined;
}

const written: unique symbol = Symbol('jackfield.written');
interface Written extends Reply {
  readonly [written]?: HeaderList;
}

/** Ask for our request once more with these headers set. Made by `retry()` only. */
export interface Retry {
  readonly [decided]: 'retry';
  readonly headers: HeaderInit;
}

/** `'later'`: this plug-in answers the request in its own time. Nothing: the next one is asked. */
// oxlint-disable-next-line typescript/no-invalid-void-type -- a hook without a return statement decides nothing
export type Decision = Reply | 'later' | undefined | void;

/** What news and edits give back: nothing, and no promise either. */
// oxlint-disable-next-line typescript/no-invalid-void-type -- so that a promise does not fit, as it would into void alone
export type Nothing = undefined | void;

/**
 * A final response to give back from a hook or a service.
 *
 * @param status - 200 to 699.
 * @throws SipError `SIP_REPLY_RANGE` for any other status, `SIP_HEADER_SYNTAX` when the reason or a header would break the message, `SIP_MESSAGE_SYNTAX` for
 *   a body type that is none, or a body without bytes.
 */
export function reply(
  status: number,
  init: { readonly reason?: string | undefined; readonly headers?: HeaderInit | undefined; readonly body?: Body | undefined } = {},
): Reply {
  if (!Number.isInteger(status) || status < 200 || status > 699) {
    throw new SipError('SIP_REPLY_RANGE', `a reply wants a final status, 200 to 699, got ${status}`, { status });
  }
  if (init.reason !== undefined) assertHeaderText('reason phrase', init.reason);
  const headers = init.headers === undefined ? undefined : new HeaderList(init.headers);
  if (init.body !== undefined) assertBody(init.body);
  const made: Reply = { [decided]: 'reply', status, reason: init.reason, headers: init.headers, body: init.body };
  if (headers === undefined) return made; // without the symbol: runners of tests find an object whose symbol is undefined unlike itself
  const whole: Written = { ...made, [written]: headers };
  return whole;
}

/** The headers of what `reply()` made, checked and written once; of another object, undefined. @internal */
export function writtenHeaders(of: object): HeaderList | undefined {
  return written in of ? (of as Written)[written] : undefined; // sound: the symbol is this module's own
}

/**
 * Repeat our request with these headers set.
 *
 * @throws SipError `SIP_HEADER_SYNTAX` when a header would break the message.
 */
export function retry(init: { readonly headers: HeaderInit }): Retry {
  assertHeaderInit(init.headers);
  return { [decided]: 'retry', headers: init.headers };
}

/** True for what `reply()` made: a hook may give back anything. */
export function isReply(value: unknown): value is Reply {
  return typeof value === 'object' && value !== null && decided in value && value[decided] === 'reply';
}

/** True for what `retry()` made. */
export function isRetry(value: unknown): value is Retry {
  return typeof value === 'object' && value !== null && decided in value && value[decided] === 'retry';
}

/** Takes requests outside the session core (REGISTER, MESSAGE, OPTIONS …). Asked in order, then in the order of registration; the first decision stands. */
export interface SipService {
  /** The npm name; a second of the same name is refused (SIP_NAME_TAKEN). */
  readonly name: string;
  /** Upper case, `'REGISTER'`; what is listed here is in Allow while it is registered. */
  readonly methods: readonly Method[];
  /** `normal` unless given; see {@link Order}. */
  readonly order?: Order | undefined;
  /** May take `serviceDeadlineMs`, then 500. What it throws is 500 as well, and told on `jackfield:sip:error`. */
  handleRequest(request: IncomingRequest): Awaitable<Decision>;
}

/** Sees every message of the stack, in a session or not, below sessions: NAT, Path, tracing. Synchronous. */
export interface MessageFilter {
  /** The npm name; a second of the same name is refused (SIP_NAME_TAKEN). */
  readonly name: string;
  /** Once a message, not its repeats, and before dialogs and services look at it. What it throws is told on `jackfield:sip:error`. */
  incoming?(message: IncomingRequest | IncomingResponse): Nothing;
  /** After everybody else has edited it; once more where it made a request too long for a datagram, as that leaves by TCP. What it throws is told on `jackfield:sip:error`, and the message leaves. */
  outgoing?(message: OutgoingRequest | OutgoingResponse): Nothing;
}

/** The stack as applications and plug-ins hold it: made by `createSipStack`, silent until {@link listen}. */
export interface SipStack {
  /** Of everything that stands on this stack, media included. */
  readonly clock: Clock;
  /** Of everything that stands on this stack: tags, branches, ports. */
  readonly random: Random;
  /** Asked about requests outside dialogs from now on. @throws SIP_NAME_TAKEN, SIP_OPTION for a member that is not what {@link SipService} says, SIP_HEADER_SYNTAX for a method */
  registerService(service: SipService): Registration;
  /** Sees every message from now on. @throws SIP_NAME_TAKEN */
  registerMessageFilter(filter: MessageFilter): Registration;
  /** A request outside a dialog. Resolves with the final response whatever its status; rejects `SIP_UNREACHABLE` or `SIP_STACK_CLOSED`. */
  sendRequest(
    method: Method,
    target: string | Uri,
    init?: { readonly headers?: HeaderInit | undefined; readonly body?: Body | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<IncomingResponse>;
  /** A fresh count; its keys are named in docs/diagnostics.md. */
  stats(): Stats;
  /**
   * Opens the sockets of every transport, once. Resolves with where each listens, wildcards as given; rejects SIP_TRANSPORT_FAILED, SIP_PACKAGE_MISSING or
   * SIP_STACK_CLOSED.
   */
  listen(): Promise<readonly { readonly transport: string; readonly host: string; readonly port: number }[]>;
  /**
   * Closes every socket; calls are ended by `SessionService.close`, before it. With `drain`, refuses what is new with 503 and waits until nothing is under way,
   * or `signal` aborts.
   */
  close(options?: { readonly drain?: boolean; readonly signal?: AbortSignal }): Promise<void>;
}
