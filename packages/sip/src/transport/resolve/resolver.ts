/** What locating a server asks of DNS (RFC 3263 §4): four kinds of records. Types only; the machine's own is in node-resolver.ts. */

/** Which services a domain offers (RFC 3403 §4); those of SIP are in RFC 3263 §4.1. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
  /** Seconds; absent: nobody told. */
  readonly ttl?: number | undefined;
}

/** Which host offers a service (RFC 2782). */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** The target; `'.'` or empty: the service is not offered (RFC 2782). */
  readonly name: string;
  /** Seconds; absent: nobody told. */
  readonly ttl?: number | undefined;
}

/** A or AAAA. */
export interface AddressRecord {
  /** Numeric. */
  readonly address: string;
  /** Seconds; absent: nobody told. */
  readonly ttl?: number | undefined;
}

/**
 * Asked by the stack, once at a time for a name and kind; what it answers is kept. Names come in lower case and without a final dot. No such record: an
 * empty list. A rejection, as node:dns has it for that too, counts as none. `signal` aborts when the answer is not waited for any more; it need not be
 * heeded. What is no such record is thrown away by the stack.
 */
export interface Resolver {
  resolveNaptr(name: string, signal?: AbortSignal): PromiseLike<readonly NaptrRecord[]>;
  resolveSrv(name: string, signal?: AbortSignal): PromiseLike<readonly SrvRecord[]>;
  resolveA(name: string, signal?: AbortSignal): PromiseLike<readonly AddressRecord[]>;
  resolveAaaa(name: string, signal?: AbortSignal): PromiseLike<readonly AddressRecord[]>;
}
