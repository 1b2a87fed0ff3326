/** The walk of one URI through DNS (RFC 3263 §4.1, §4.2): a list of what is still to be asked, from which targets come one by one. */
import { isPromise, type Clock, type Random } from '@jackfield/base';
import type { Awaitable } from '../../messages/model.ts';
import type { Target, TransportKind } from '../transport.ts';
import type { Directory } from './directory.ts';
import { keyOf, type Failures } from './failures.ts';
import { DEFAULT_PORTS, SERVICES, defaultKind, hasFamily, kindsOf, type Bound } from './kinds.ts';
import { dnsName, isLocalName } from './names.ts';
import { chooseRules } from './naptr.ts';
import type { LocateLimits } from './options.ts';
import type { NaptrRecord, SrvRecord } from './resolver.ts';
import { orderSrv } from './srv.ts';

/** Replacements of NAPTR records that lead to further NAPTR records. */
const MAX_HOPS = 4;

export interface Means {
  readonly directory: Directory;
  readonly failures: Failures;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: LocateLimits;
}

/** What is known of the URI. */
export interface Wanted {
  /** A name for DNS. */
  readonly host: string;
  readonly port: number | undefined;
  /** From `transport=`. */
  readonly kind: TransportKind | undefined;
  readonly secure: boolean;
  /** Whom a certificate has to be of. */
  readonly identity: string;
}

type Step =
  | { readonly ask: 'naptr'; readonly name: string; readonly hops: number }
  | { readonly ask: 'srv'; readonly name: string; readonly kind: TransportKind }
  /** SRV records of every transport, unless NAPTR records led to something. */
  | { readonly ask: 'services' }
  | { readonly ask: 'addresses'; readonly name: string; readonly kind: TransportKind; readonly port: number }
  /** Addresses of the domain itself, unless it said where else. */
  | { readonly ask: 'domain'; readonly kind: TransportKind };

export class Search {
  readonly #means: Means;
  readonly #wanted: Wanted;
  readonly #listeners: readonly Bound[];
  /** Last first. */
  readonly #steps: Step[] = [];
  /** Last first. */
  readonly #found: Target[] = [];
  readonly #seen = new Set<string>();
  /** Those that failed lately. */
  readonly #later: Target[] = [];
  /** There are SRV records, be it one that says that there is no service, or the domain named a host: it is not guessed at any more. */
  #served = false;
  #queries = 0;
  #waitedMs = 0;

  constructor(means: Means, wanted: Wanted, listeners: readonly Bound[]) {
    this.#means = means;
    this.#wanted = wanted;
    this.#listeners = listeners;
    const { host, port, secure } = wanted;
    const kind = wanted.kind ?? defaultKind(listeners, secure, port);
    if (kind === undefined) return;
    if (port !== undefined) this.#steps.push({ ask: 'addresses', name: host, kind, port });
    else {
      this.#steps.push({ ask: 'domain', kind });
      if (means.directory.srv === undefined || isLocalName(host)) return;
      if (wanted.kind === undefined) this.#steps.push({ ask: 'services' }, { ask: 'naptr', name: host, hops: 0 });
      else this.#steps.push({ ask: 'srv', name: SERVICES[kind] + host, kind });
    }
  }

  /** The next target; those that failed lately come last. Not to be called again before it has settled. */
  next(): Awaitable<Target | undefined> {
    for (;;) {
      const target = this.#found.pop();
      if (target !== undefined) {
        if (this.#isNew(target)) return target;
        continue;
      }
      const step = this.#steps.pop();
      if (step === undefined) return this.#later.shift();
      const done = this.#take(step);
      if (isPromise(done)) return this.#nextAfter(done);
    }
  }

  async #nextAfter(done: PromiseLike<void>): Promise<Target | undefined> {
    const begun = this.#means.clock.now();
    await done;
    this.#waitedMs += this.#means.clock.now() - begun;
    return this.next();
  }

  #take(step: Step): Awaitable<void> {
    const { directory } = this.#means;
    const { host } = this.#wanted;
    switch (step.ask) {
      case 'naptr':
        return this.#mayAsk() ? after(directory.naptr!.get(step.name), (records) => this.#naptr(records, step.hops)) : undefined;
      case 'srv':
        return this.#mayAsk() ? after(directory.srv!.get(step.name), (records) => this.#srv(records, step.kind)) : undefined;
      case 'services':
        if (this.#served) return undefined;
        return this.#push(kindsOf(this.#listeners, this.#wanted.secure).map((kind) => ({ ask: 'srv', name: SERVICES[kind] + host, kind })));
      case 'addresses':
        return this.#mayAsk() ? this.#addresses(step.name, step.kind, step.port) : undefined;
      case 'domain': // the last resort is asked for, however long the others took
        return this.#served ? undefined : this.#addresses(host, step.kind, DEFAULT_PORTS[step.kind]);
    }
  }

  #mayAsk(): boolean {
    const { waitMs, maxQueries } = this.#means.limits;
    this.#queries += 1;
    return this.#queries <= maxQueries && this.#waitedMs < waitMs;
  }

  #naptr(records: readonly NaptrRecord[], hops: number): void {
    const steps: Step[] = [];
    for (const rule of chooseRules(records, kindsOf(this.#listeners, this.#wanted.secure))) {
      if (rule.next === 'srv') steps.push({ ask: 'srv', name: rule.name, kind: rule.kind });
      else if (rule.next === 'addresses') {
        this.#served = true;
        steps.push({ ask: 'addresses', name: rule.name, kind: rule.kind, port: DEFAULT_PORTS[rule.kind] });
      } else if (hops < MAX_HOPS) steps.push({ ask: 'naptr', name: rule.name, hops: hops + 1 });
    }
    this.#push(steps);
  }

  #srv(records: readonly SrvRecord[], kind: TransportKind): void {
    if (records.length === 0) return;
    this.#served = true;
    const steps: Step[] = [];
    for (const { name, port } of orderSrv(records, this.#means.random)) {
      const target = dnsName(name); // the root, as which "not offered" is written, is none
      if (target !== undefined && port !== 0) steps.push({ ask: 'addresses', name: target, kind, port });
    }
    this.#push(steps);
  }

  #addresses(name: string, kind: TransportKind, port: number): Awaitable<void> {
    const ipv4 = hasFamily(this.#listeners, kind, false);
    const ipv6 = hasFamily(this.#listeners, kind, true);
    const { identity } = this.#wanted;
    return after(this.#means.directory.addresses(name, ipv4, ipv6), (hosts) => {
      for (const host of hosts.toReversed()) this.#found.push(targetOf(kind, host, port, identity));
    });
  }

  #push(steps: readonly Step[]): void {
    for (const step of steps.toReversed()) this.#steps.push(step);
  }

  #isNew(target: Target): boolean {
    const key = keyOf(target);
    if (this.#seen.has(key)) return false;
    if (this.#seen.size >= this.#means.limits.maxTargets) {
      this.#steps.length = 0;
      this.#found.length = 0;
      return false;
    }
    this.#seen.add(key);
    if (!this.#means.failures.has(key)) return true;
    this.#later.push(target);
    return false;
  }
}

/** The name goes along where the peer hears it, or proves it. */
export const targetOf = (kind: TransportKind, host: string, port: number, identity: string): Target =>
  kind === 'UDP' || kind === 'TCP' || identity === host ? { kind, host, port } : { kind, host, port, name: identity };

const after = <T>(value: Awaitable<T>, then: (value: T) => void): Awaitable<void> => (isPromise(value) ? value.then(then) : then(value));
