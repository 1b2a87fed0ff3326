/** A plug-in under watch: every supplement that it registers is wrapped, so that each hook is seen as it runs, and what it wrote is judged. */
import type { HeaderList } from '@jackfield/sip';
import type { SessionService } from '../contract/service.ts';
import type { Session } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';
import { HOOKS, type HookName } from '../plugins/supplement-registry.ts';
import type { FloatingWork } from './floating-work.ts';
import { faultOf, written } from './written-headers.ts';

type AnyHook = (...given: unknown[]) => unknown;

const isHook = (key: PropertyKey): key is HookName => (HOOKS as readonly PropertyKey[]).includes(key);

/** What was seen of a plug-in in one or many worlds. */
export class WatchedPlugin {
  /** Of the supplements it registered. */
  readonly names = new Set<string>();
  /** How often each of their hooks ran. */
  readonly runs: Partial<Record<HookName, number>> = {};
  /** Once each, with where it was first seen. */
  readonly faults = new Map<string, string>();
  readonly #floating: FloatingWork;
  #scenario = '';
  #retired = new WeakSet<Session>();
  #ends = new WeakMap<Session, Map<string, number>>();

  constructor(floating: FloatingWork) {
    this.#floating = floating;
  }

  begin(scenario: string): void {
    this.#scenario = scenario;
  }

  fault(text: string): void {
    if (!this.faults.has(text)) this.faults.set(text, this.#scenario);
  }

  /** From now on a hook on this session is a fault: it began when the plug-in was unregistered. */
  retire(session: Session): void {
    this.#retired.add(session);
  }

  /** How often `sessionEnd` came, by supplement. */
  endsOf(session: Session): ReadonlyMap<string, number> {
    return this.#ends.get(session) ?? new Map<string, number>();
  }

  /** The service as the plug-in is given it. */
  serviceFor(service: SessionService): SessionService {
    return new Proxy(service, {
      get: (target, key): unknown => {
        if (key === 'registerSupplement') return (supplement: Supplement) => target.registerSupplement(this.#wrap(supplement));
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value as AnyHook).bind(target) : value;
      },
    });
  }

  /** Runs what registers it, as part of it. */
  run<T>(work: () => T): T {
    return this.#floating.run('registering', work);
  }

  #wrap(supplement: Supplement): Supplement {
    const { name } = supplement;
    this.names.add(name);
    const wrapped = new Map<HookName, AnyHook>();
    return new Proxy(supplement, {
      get: (target, key): unknown => {
        const value: unknown = Reflect.get(target, key, target);
        if (!isHook(key) || typeof value !== 'function') return value;
        let hook = wrapped.get(key);
        if (hook === undefined) wrapped.set(key, (hook = (...given) => this.#run(name, key, (value as AnyHook).bind(target), given)));
        return hook;
      },
    });
  }

  #run(name: string, key: HookName, hook: AnyHook, given: unknown[]): unknown {
    this.runs[key] = (this.runs[key] ?? 0) + 1;
    const what = `${key} of ${name}`;
    const session = key === 'admitSession' ? undefined : (given[0] as Session);
    if (session !== undefined && this.#retired.has(session)) this.fault(`${what} runs on a session that began after it was unregistered`);
    if (session !== undefined && key === 'sessionEnd') this.#ended(session, name);
    const leaving = key === 'outgoingRequest' || key === 'outgoingResponse' ? (given[1] as Leaving) : undefined;
    const before = leaving === undefined ? [] : [...leaving.headers.list.entries()];
    const result = this.#floating.run(what, () => hook(...given));
    if (leaving !== undefined) {
      for (const [field, value] of written(before, leaving.headers.list.entries())) {
        const fault = faultOf(field, value);
        if (fault !== undefined) this.fault(`${what} ${fault}`);
      }
    }
    return result;
  }

  #ended(session: Session, name: string): void {
    let ends = this.#ends.get(session);
    if (ends === undefined) this.#ends.set(session, (ends = new Map()));
    ends.set(name, (ends.get(name) ?? 0) + 1);
  }
}

/** A draft as the core makes it. */
interface Leaving {
  readonly headers: { readonly list: HeaderList };
}
