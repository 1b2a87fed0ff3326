/**
 * What peers may have at work here at a time, each and all together, and how fast they may bring more: counts alone, one entry a source, gone
 * with the last that it counts where sources are many. What stands inside a dialog has an allowance of its own, so that a flood of calls stops nobody's BYE.
 */
import type { Clock } from '@jackfield/base';
import { positive } from '../transport/positive.ts';

/** Part of `limits` of `createSipStack`. Past one, a request is 503 with Retry-After or dropped, and counted. */
export interface LoadLimits {
  /** Server transactions without a final response, or without the ACK to one: so many outside dialogs, and as many inside; default 50,000. */
  readonly maxTransactions?: number | undefined;
  /** Of them, those of one source (a host; of IPv6 a /64 network), each kind again; default 10,000: a carrier may bring all its calls from one. */
  readonly maxTransactionsPerHost?: number | undefined;
  /** INVITEs of `maxTransactions` outside dialogs: calls that ring, or were refused and wait for the ACK; default 20,000. */
  readonly maxPendingInvites?: number | undefined;
  /** Of them, those of one source; default 10,000. */
  readonly maxPendingInvitesPerHost?: number | undefined;
  /** New requests outside dialogs in a second; default: any number. */
  readonly maxRequestsPerSecond?: number | undefined;
  /** Of them, those of one source; default: any number. */
  readonly maxRequestsPerSecondPerHost?: number | undefined;
  /** s, Retry-After of what is refused for load; default 5. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Which of them a request went past; `overload:<limit>` in the stats. */
export type LoadLimit =
  'transactions' | 'host-transactions' | 'invites' | 'host-invites' | 'rate' | 'host-rate' | 'dialogs' | 'host-dialogs';

/** What one source has at work. */
export class SourceLoad {
  readonly source: string;
  outside = 0;
  invites = 0;
  inside = 0;

  constructor(source: string) {
    this.source = source;
  }

  get idle(): boolean {
    return this.inside === 0 && this.outside === 0;
  }
}

const WINDOW_MS = 1000;
const MAX_IDLE_SOURCES = 1024;
/** Sources whose requests of this second are counted: past it, further ones are seen by the limit for all. */
const MAX_COUNTED_SOURCES = 65_536;

export class Load {
  readonly retryAfter: string;
  readonly #clock: Clock;
  readonly #maxTransactions: number;
  readonly #maxTransactionsPerHost: number;
  readonly #maxInvites: number;
  readonly #maxInvitesPerHost: number;
  readonly #maxRate: number;
  readonly #maxRatePerHost: number;
  /** Those with nothing at work stay while there is room: most come again at once. */
  readonly #bySource = new Map<string, SourceLoad>();
  #last: SourceLoad | undefined;
  #busy = 0;
  #outside = 0;
  #inside = 0;
  #invites = 0;
  #window = 0;
  #inWindow = 0;
  readonly #inWindowBySource = new Map<string, number>();

  /** @throws SIP_OPTION for a limit that is no positive integer. */
  constructor(clock: Clock, limits: LoadLimits = {}) {
    this.#clock = clock;
    this.#maxTransactions = positive('maxTransactions', limits.maxTransactions, 50_000);
    this.#maxTransactionsPerHost = positive('maxTransactionsPerHost', limits.maxTransactionsPerHost, 10_000);
    this.#maxInvites = positive('maxPendingInvites', limits.maxPendingInvites, 20_000);
    this.#maxInvitesPerHost = positive('maxPendingInvitesPerHost', limits.maxPendingInvitesPerHost, 10_000);
    this.#maxRate = positive('maxRequestsPerSecond', limits.maxRequestsPerSecond, Infinity);
    this.#maxRatePerHost = positive('maxRequestsPerSecondPerHost', limits.maxRequestsPerSecondPerHost, Infinity);
    this.retryAfter = String(positive('retryAfterSeconds', limits.retryAfterSeconds, 5));
  }

  /** INVITEs outside dialogs that are at work. */
  get invites(): number {
    return this.#invites;
  }

  /** Sources that have something at work. */
  get sources(): number {
    return this.#busy;
  }

  /** One more wants to come in. @returns the limit that it would go past, or what `leave` wants: then it is in. */
  enter(source: string, invite: boolean, inside: boolean): SourceLoad | LoadLimit {
    const known = this.#last?.source === source ? this.#last : this.#bySource.get(source);
    const limit = this.#exceeded(source, known, invite, inside);
    if (limit !== undefined) return limit;
    const load = known ?? new SourceLoad(source);
    if (known === undefined) this.#bySource.set(source, load);
    this.#last = load;
    if (load.idle) this.#busy += 1;
    if (inside) {
      load.inside += 1;
      this.#inside += 1;
      return load;
    }
    load.outside += 1;
    this.#outside += 1;
    if (invite) {
      load.invites += 1;
      this.#invites += 1;
    }
    return load;
  }

  leave(load: SourceLoad, invite: boolean, inside: boolean): void {
    if (inside) {
      load.inside -= 1;
      this.#inside -= 1;
    } else {
      load.outside -= 1;
      this.#outside -= 1;
      if (invite) {
        load.invites -= 1;
        this.#invites -= 1;
      }
    }
    if (!load.idle) return;
    this.#busy -= 1;
    if (this.#bySource.size <= MAX_IDLE_SOURCES) return;
    this.#bySource.delete(load.source);
    if (this.#last === load) this.#last = undefined;
  }

  clear(): void {
    this.#bySource.clear();
    this.#last = undefined;
    this.#inWindowBySource.clear();
    this.#outside = this.#inside = this.#invites = this.#inWindow = this.#busy = 0;
  }

  #exceeded(source: string, load: SourceLoad | undefined, invite: boolean, inside: boolean): LoadLimit | undefined {
    if (inside) {
      if (this.#inside >= this.#maxTransactions) return 'dialogs';
      return load !== undefined && load.inside >= this.#maxTransactionsPerHost ? 'host-dialogs' : undefined;
    }
    if (this.#outside >= this.#maxTransactions) return 'transactions';
    if (invite && this.#invites >= this.#maxInvites) return 'invites';
    if (load !== undefined) {
      if (load.outside >= this.#maxTransactionsPerHost) return 'host-transactions';
      if (invite && load.invites >= this.#maxInvitesPerHost) return 'host-invites';
    }
    return this.#maxRate === Infinity && this.#maxRatePerHost === Infinity ? undefined : this.#tooFast(source);
  }

  /** Counts it for this second when it is not. */
  #tooFast(source: string): LoadLimit | undefined {
    const window = Math.floor(this.#clock.now() / WINDOW_MS);
    if (window !== this.#window) {
      this.#window = window;
      this.#inWindow = 0;
      this.#inWindowBySource.clear();
    }
    if (this.#inWindow >= this.#maxRate) return 'rate';
    if (this.#maxRatePerHost !== Infinity) {
      const came = this.#inWindowBySource.get(source) ?? 0;
      if (came >= this.#maxRatePerHost) return 'host-rate';
      if (came > 0 || this.#inWindowBySource.size < MAX_COUNTED_SOURCES) this.#inWindowBySource.set(source, came + 1);
    }
    this.#inWindow += 1;
    return undefined;
  }
}
