/** A plug-in under watch: every supplement and SDP handler that it registers is wrapped, so that each hook is seen as it runs, and what it wrote is judged. */
import { isPromise } from '@jackfield/base';
import { registration, type HeaderList } from '@jackfield/sip';
import type { SdpHandler } from '../contract/sdp-handler.ts';
import type { SessionService } from '../contract/service.ts';
import type { Session } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';
import { HOOKS, type HookName } from '../plugins/supplement-registry.ts';
import type { FloatingWork } from './floating-work.ts';
import { faultOf, lossOf, written } from './written-headers.ts';

type AnyHook = (...given: unknown[]) => unknown;

const HANDLER_HOOKS = [
  'handleIncomingStream',
  'createOutgoingStream',
  'applyNegotiatedStream',
  'rollbackStream',
  'stopStream',
] as const satisfies readonly (keyof SdpHandler)[];

/** Of a supplement, or of an SDP handler. */
export type WatchedHook = HookName | (typeof HANDLER_HOOKS)[number];

/** While the clock is turned once: what calls need is far below it, also with a packet each 20 ms. */
const MOST_STEPS = 20_000;

/** What was seen of a plug-in in one or many worlds. */
export class WatchedPlugin {
  /** Of the supplements it registered. */
  readonly names = new Set<string>();
  readonly handlerNames = new Set<string>();
  /** How often each of their hooks ran. */
  readonly runs: Partial<Record<WatchedHook, number>> = {};
  /** Once each, with where it was first seen. */
  readonly faults = new Map<string, string>();
  readonly #floating: FloatingWork;
  #scenario = '';
  #retired = new WeakSet<Session>();
  #ends = new WeakMap<Session, Map<string, number>>();
  #watched = new WeakSet<Session>();
  /** Deferrals of the end that are not disposed. */
  #deferrals = 0;
  #givenUp = false;
  /** Hooks, and tasks set on the clock, since it was turned last. */
  #steps = 0;

  constructor(floating: FloatingWork) {
    this.#floating = floating;
  }

  begin(scenario: string): void {
    this.#scenario = scenario;
  }

  fault(text: string): void {
    if (!this.#givenUp && !this.faults.has(text)) this.faults.set(text, this.#scenario);
  }

  /** A fault after which nothing that is seen says anything. */
  giveUp(text: string): void {
    this.fault(text);
    this.#givenUp = true;
  }

  /** A hook is to run, or a task to be set on the clock. False: there were so many that it goes on for ever, and this one is not to be. */
  step(): boolean {
    if (!this.#givenUp && (this.#steps += 1) > MOST_STEPS)
      this.giveUp(`over ${MOST_STEPS} hooks and timers in a call or two: it is not looked at any further`);
    return !this.#givenUp;
  }

  /** The clock is turned by a step of a scenario. */
  rest(): void {
    this.#steps = 0;
  }

  get givenUp(): boolean {
    return this.#givenUp;
  }

  /** A supplement or SDP handler of that name is its own. */
  owns(name: unknown): boolean {
    return typeof name === 'string' && (this.names.has(name) || this.handlerNames.has(name));
  }

  /** From now on a hook on this session is a fault: it began when the plug-in was unregistered. */
  retire(session: Session): void {
    this.#retired.add(session);
  }

  /** How many deferrals of an end are not disposed; asked when all calls of a world are over, and counted anew for the next. */
  takeDeferrals(): number {
    const left = this.#deferrals;
    this.#deferrals = 0;
    return left;
  }

  /** How often `sessionEnd` came, by supplement. */
  endsOf(session: Session): ReadonlyMap<string, number> {
    return this.#ends.get(session) ?? new Map<string, number>();
  }

  /** It has registered an SDP handler. */
  get handles(): boolean {
    return this.handlerNames.size > 0;
  }

  /** The service as the plug-in is given it. */
  serviceFor(service: SessionService): SessionService {
    return standingIn(service, {
      registerSupplement: (supplement) => service.registerSupplement(this.#wrapSupplement(supplement)),
      registerSdpHandler: (handler, kind) => service.registerSdpHandler(this.#wrapHandler(handler as SdpHandler), kind), // sound: as the service itself
    });
  }

  /** A service at which its SDP handlers are registered, unwatched, and its supplements are not. */
  handlersFor(service: SessionService): SessionService {
    return standingIn(service, {
      registerSupplement: () => registration(() => undefined),
      registerSdpHandler: (handler, kind) => service.registerSdpHandler(handler, kind),
    });
  }

  /** Runs what registers it, or takes it back, as part of it. */
  run<T>(what: 'registering' | 'unregistering', work: () => T): T {
    return this.#floating.run(what, work);
  }

  #wrapSupplement(supplement: Supplement): Supplement {
    this.names.add(supplement.name);
    return wrapped(supplement, HOOKS, (key, hook, given) => this.#run(supplement.name, key, hook, given));
  }

  #wrapHandler(handler: SdpHandler): SdpHandler {
    this.handlerNames.add(handler.name);
    return wrapped(handler, HANDLER_HOOKS, (key, hook, given) => this.#runStream(handler.name, key, hook, given));
  }

  /** What it throws may be told to the caller of a verb alone: it is a fault here. */
  #runStream(name: string, key: WatchedHook, hook: AnyHook, given: unknown[]): unknown {
    const what = `${key} of ${name}`;
    const failed = (cause: unknown): void => this.fault(`${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`);
    this.runs[key] = (this.runs[key] ?? 0) + 1;
    this.#watch(given[0] as Session);
    if (this.#retired.has(given[0] as Session)) this.fault(`${what} runs on a session that began after it was unregistered`);
    try {
      const result = this.#floating.run(what, () => hook(...given));
      if (isPromise(result)) result.then(undefined, failed);
      return result;
    } catch (cause) {
      failed(cause);
      throw cause;
    }
  }

  #run(name: string, key: HookName, hook: AnyHook, given: unknown[]): unknown {
    if (!this.step()) return undefined;
    this.runs[key] = (this.runs[key] ?? 0) + 1;
    const what = `${key} of ${name}`;
    const session = key === 'admitSession' ? undefined : (given[0] as Session);
    if (session !== undefined && this.#retired.has(session)) this.fault(`${what} runs on a session that began after it was unregistered`);
    if (session !== undefined) this.#watch(session);
    if (session !== undefined && key === 'sessionEnd') this.#ended(session, name);
    const leaving = key === 'outgoingRequest' || key === 'outgoingResponse' ? (given[1] as Leaving) : undefined;
    const before = leaving === undefined ? [] : [...leaving.headers.list.entries()];
    const result = this.#floating.run(what, () => hook(...given));
    if (leaving !== undefined) this.#judge(what, before, leaving.headers.list);
    return result;
  }

  #judge(what: string, before: readonly (readonly [string, string])[], after: HeaderList): void {
    for (const [field, value] of written(before, after.entries())) {
      const fault = faultOf(field, value);
      if (fault !== undefined) this.fault(`${what} ${fault}`);
    }
    const loss = lossOf(before, after);
    if (loss !== undefined) this.fault(`${what} ${loss}`);
  }

  /** Counts what holds its end back. */
  #watch(session: Session): void {
    if (this.#watched.has(session)) return;
    this.#watched.add(session);
    const defer = session.deferEnd.bind(session);
    const deferEnd = (): Disposable => {
      const deferral = defer();
      let open = true;
      this.#deferrals += 1;
      const dispose = (): void => {
        if (open) this.#deferrals -= 1;
        open = false;
        deferral[Symbol.dispose]();
      };
      return { [Symbol.dispose]: dispose };
    };
    Object.defineProperty(session, 'deferEnd', { value: deferEnd });
  }

  #ended(session: Session, name: string): void {
    let ends = this.#ends.get(session);
    if (ends === undefined) this.#ends.set(session, (ends = new Map()));
    ends.set(name, (ends.get(name) ?? 0) + 1);
  }
}

/** A plug-in whose hooks are run by `run`; all else is its own. */
function wrapped<P extends object, K extends WatchedHook>(
  plugin: P,
  hooks: readonly K[],
  run: (key: K, hook: AnyHook, given: unknown[]) => unknown,
): P {
  const made = new Map<PropertyKey, AnyHook>();
  return new Proxy(plugin, {
    get: (target, name): unknown => {
      const value: unknown = Reflect.get(target, name, target);
      const key = hooks.find((hook) => hook === name);
      if (key === undefined || typeof value !== 'function') return value;
      let hook = made.get(key);
      if (hook === undefined) made.set(key, (hook = (...given) => run(key, (value as AnyHook).bind(target), given)));
      return hook;
    },
  });
}

/** The same service, but for two verbs. */
function standingIn(service: SessionService, verbs: Pick<SessionService, 'registerSupplement' | 'registerSdpHandler'>): SessionService {
  return new Proxy(service, {
    get: (target, key): unknown => {
      if (key === 'registerSupplement' || key === 'registerSdpHandler') return verbs[key];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as AnyHook).bind(target) : value;
    },
  });
}

/** A draft as the core makes it. */
interface Leaving {
  readonly headers: { readonly list: HeaderList };
}
