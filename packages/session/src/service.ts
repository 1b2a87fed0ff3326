/** `createSessionService`: registers with the stack, owns the table of sessions, the registered plug-ins, and the driver. */
import { Diagnostics, isSipError, SipError } from '@jackfield/base';
import {
  registration,
  coreOf,
  parseUri,
  type IncomingResponse,
  type Registration,
  type ServerTransaction,
  type SipCore,
  type SipStack,
  type Stats,
  type Uri,
} from '@jackfield/sip';
import type { SdpHandler } from './contract/sdp-handler.ts';
import type { SessionService } from './contract/service.ts';
import type { MediaChange } from './contract/media.ts';
import type { InviteOptions, Session, SessionState } from './contract/session.ts';
import type { StreamKind } from './contract/stream-kinds.ts';
import type { Supplement } from './contract/supplement.ts';
import type { Abilities, CallHome, CallPlace, HousedCall } from './calls/call-home.ts';
import { callOptions, type CallOptions, type CallSettings } from './calls/call-options.ts';
import { Chain, type Link } from './calls/chain.ts';
import { receiveCall, refuse, type Reception } from './calls/incoming-call.ts';
import { placeCall } from './calls/outgoing-call.ts';
import { READS } from './calls/sdp-body.ts';
import type { NegotiationNews, SessionNews } from './diagnostics.ts';
import { answerToSource, Gate, type GateOptions, type Standing } from './endpoints/gate.ts';
import { optionError } from './endpoints/option-range.ts';
import { hookFailed } from './plugins/hooks.ts';
import { SdpHandlerRegistry } from './plugins/sdp-handler-registry.ts';
import { SupplementRegistry, type SupplementSet } from './plugins/supplement-registry.ts';

/** For `createSessionService`. Out of range: SESSION_OPTION. */
export interface SessionServiceOptions extends GateOptions, CallSettings {
  /**
   * Errors of plug-ins and drivers. By default each is a process warning. What it throws is the process's. What peers do wrong is none of
   * these: it is counted, and told on diagnostics channels.
   */
  readonly onError?: ((error: SipError, session: Session | undefined) => void) | undefined;
}

const negotiationChannel = new Diagnostics<NegotiationNews>('session:negotiation');
const stateChannel = new Diagnostics<SessionNews>('session:state');

const METHODS = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO', 'OPTIONS'];

class Sessions implements SessionService, Reception {
  readonly cookieFailed: CallHome['cookieFailed'];
  readonly core: SipCore;
  readonly options: CallOptions;
  readonly gate: Gate;
  driver: CallHome['driver'];
  readonly #supplements = new SupplementRegistry();
  readonly #handlers = new SdpHandlerRegistry();
  #abilities: Abilities | undefined;
  readonly #calls = new Chain();
  readonly #admissions = new Chain();
  readonly #settings: SessionServiceOptions;
  /** What the stack was told: taken back when the service is closed. */
  readonly #registrations: Set<Registration>;
  #closing: 'no' | 'draining' | 'closed' = 'no';
  #idle: (() => void)[] = [];
  #total = { incoming: 0, outgoing: 0, established: 0, errors: 0, negotiationsFailed: 0 };

  constructor(core: SipCore, settings: SessionServiceOptions) {
    const cookieFailed = (error: unknown, cookie: string): void => this.report(hookFailed(cookie, 'destroy', error), undefined);
    this.cookieFailed = cookieFailed;
    this.core = core;
    this.#settings = settings;
    this.options = callOptions(settings);
    if (settings.onError !== undefined && typeof settings.onError !== 'function') throw optionError('onError', 'onError is a function');
    this.gate = new Gate(settings, core.random);
    this.#registrations = new Set([
      core.registerUsage({ name: '@jackfield/session', methods: ['INVITE'], take: (transaction) => this.#take(transaction) }),
      core.registerCapabilities({ allow: METHODS, accept: READS, supported: speaksReliably(settings) ? ['100rel'] : [] }),
    ]);
  }

  get stack(): SipStack {
    return this.core;
  }

  get supplements(): SupplementSet {
    return this.#supplements.current;
  }

  get abilities(): Abilities {
    const { supplements } = this;
    const handlers = this.#handlers.current;
    const spoken = this.core.capabilities();
    const last = this.#abilities;
    if (last?.supplements === supplements && last.handlers === handlers && last.spoken === spoken) return last;
    return (this.#abilities = Object.freeze({ supplements, handlers, spoken }));
  }

  get closed(): boolean {
    return this.#closing === 'closed';
  }

  get sessions(): Iterable<Session> {
    return this.#live().map(({ session }) => session);
  }

  find(dialog: { readonly callId: string; readonly localTag: string; readonly remoteTag: string }): Session | undefined {
    const found = this.core.dialogs.find(dialog.callId, dialog.localTag, dialog.remoteTag);
    if (found === undefined) return undefined;
    return this.#live().find((call) => call.dialogs.includes(found))?.session;
  }

  registerSupplement(supplement: Supplement): Registration {
    const registered = this.#supplements.register(supplement);
    if (this.closed) return registered; // no call will have it
    const { allow, accept, optionTags } = supplement;
    const shown = this.core.registerCapabilities({ allow, accept, supported: optionTags });
    this.#registrations.add(shown);
    return registration(() => {
      registered.unregister();
      shown.unregister();
      this.#registrations.delete(shown);
    });
  }

  registerSdpHandler<Stream>(handler: SdpHandler<Stream>, kind: StreamKind): Registration {
    return this.#handlers.register(handler as SdpHandler, kind); // sound: a handler is only ever given streams that it created
  }

  onIncoming(driver: NonNullable<CallHome['driver']>): Registration {
    if (this.driver !== undefined) throw new SipError('SESSION_DRIVER_TAKEN', 'there is a driver already', {});
    this.driver = driver;
    return registration(() => (this.driver = undefined));
  }

  async invite(target: string | Uri, options?: InviteOptions): Promise<Session> {
    const session = this.create(target, options);
    await session.established;
    return session;
  }

  create(target: string | Uri, options: InviteOptions = {}): Session {
    if (this.#closing !== 'no') throw new SipError('SESSION_SERVICE_CLOSED', 'the session service is closed', {});
    const uri = typeof target === 'string' ? parseUri(target) : target;
    if (uri === undefined) throw new SipError('SIP_URI_SYNTAX', `not a URI: ${String(target)}`, { uri: String(target) });
    const call = placeCall(this, uri, options);
    this.#total.outgoing += 1;
    this.begun(call);
    const { signal } = options;
    if (signal?.aborted === true) void call.session.end();
    else if (signal !== undefined) {
      const abort = (): void => void call.session.end();
      signal.addEventListener('abort', abort, { once: true });
      call.end.atEnd(() => signal.removeEventListener('abort', abort));
    }
    // not in this turn: whoever created it may still put cookies on it
    void Promise.resolve().then(() => call.mailbox.post(() => call.initial.begin()));
    return call.session;
  }

  stats(): Stats {
    const calls = this.#live();
    const live = { sessions: calls.length, admissions: this.#admissions.members().length, streams: 0 };
    for (const call of calls) live.streams += call.media.liveCount;
    return { live, total: { ...this.#total } };
  }

  async close(options: { readonly drain?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    this.#closing = 'draining';
    if (options.drain === true && options.signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        options.signal?.addEventListener('abort', () => resolve(), { once: true });
        this.#whenIdle(resolve);
      });
    }
    this.#closing = 'closed';
    this.#admissions.dropAll(undefined);
    await Promise.all(this.#live().map(({ session }) => session.end({ status: 503 })));
    for (const registered of this.#registrations) registered.unregister();
  }

  report(error: SipError, session: Session | undefined): void {
    if (negotiationChannel.hasSubscribers && failsOffer(error)) negotiationChannel.publish({ outcome: 'failed', session, error });
    if (isPeersFault(error)) {
      this.#total.negotiationsFailed += 1;
      return;
    }
    this.#total.errors += 1;
    if (this.#settings.onError !== undefined) this.#settings.onError(error, session);
    else process.emitWarning(error);
  }

  established(): void {
    this.#total.established += 1;
  }

  forget(call: HousedCall): void {
    call.place.leave();
    this.#left();
  }

  asked(round: Link): void {
    this.#admissions.add(round);
  }

  decided(round: Link): void {
    round.leave();
    this.#left();
  }

  begun(call: HousedCall): void {
    this.#calls.add(call.place);
    this.moved(call, undefined);
  }

  moved(call: HousedCall, before: SessionState | undefined): void {
    const { session, state, over: end } = call;
    if (stateChannel.hasSubscribers) stateChannel.publish({ session, state, before, end });
  }

  agreed(session: Session, change: MediaChange): void {
    if (negotiationChannel.hasSubscribers) negotiationChannel.publish({ outcome: 'agreed', session, change });
  }

  refused(session: Session, response: IncomingResponse): void {
    if (negotiationChannel.hasSubscribers) negotiationChannel.publish({ outcome: 'refused', session, response });
  }

  #live(): HousedCall[] {
    return this.#calls.members().map((place) => (place as CallPlace).call); // sound: nothing else joins
  }

  get #isIdle(): boolean {
    return this.#calls.first === undefined && this.#admissions.first === undefined;
  }

  #whenIdle(tell: () => void): void {
    if (this.#isIdle) tell();
    else this.#idle.push(tell);
  }

  /** One that was to be waited for is no more. */
  #left(): void {
    if (this.#idle.length === 0 || !this.#isIdle) return;
    const waiting = this.#idle;
    this.#idle = [];
    for (const tell of waiting) tell();
  }

  #take(transaction: ServerTransaction): boolean {
    const { request, flow } = transaction;
    if (this.#closing !== 'no') {
      refuse(this, transaction, 503);
      return true;
    }
    let standing: Standing;
    try {
      standing = this.gate.standingOf(request, flow);
    } catch (cause) {
      this.report(hookFailed('application', 'identifyEndpoint', cause), undefined);
      refuse(this, transaction, 500);
      return true;
    }
    this.#total.incoming += 1;
    if (standing.endpoint.nat?.responsesToSource === true) answerToSource(request, flow);
    receiveCall(this, transaction, standing);
    return true;
  }
}

/** With somebody: whom it is not for is told when it insists. */
function speaksReliably({ reliable, endpoints = [], identifyEndpoint }: SessionServiceOptions): boolean {
  return reliable !== 'off' || identifyEndpoint !== undefined || endpoints.some((one) => (one.reliable ?? reliable) !== 'off');
}

/** What an offer is answered for with a refusal, or an answer with a BYE or an offer of what was before. */
const PARTS_OF_EXCHANGE: ReadonlySet<string> = new Set(['handleIncomingStream', 'createOutgoingStream', 'applyNegotiatedStream']);

function failsOffer(error: SipError): boolean {
  return isSipError(error, 'SESSION_NEGOTIATION') || (isSipError(error, 'SESSION_HOOK_FAILED') && PARTS_OF_EXCHANGE.has(error.info.hook));
}

/** Strangers can cause these as often as they like. */
function isPeersFault(error: SipError): boolean {
  return isSipError(error, 'SESSION_NEGOTIATION') && error.info.rule !== 'local-description';
}

/**
 * Takes INVITEs of a stack, and all requests inside the dialogs they make. Plug-ins register with it; the driver (`onIncoming`) answers.
 *
 * @throws SIP_STACK_FOREIGN for a stack that `createSipStack` did not make; SESSION_OPTION for an option outside its range
 */
export function createSessionService(stack: SipStack, options: SessionServiceOptions = {}): SessionService {
  return new Sessions(coreOf(stack), options);
}
