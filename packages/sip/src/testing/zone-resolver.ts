/** A resolver that answers from a zone, on the clock of the test: for stacks on a simulated network. */
import type { Clock } from '@jackfield/base';
import type { AddressRecord, NaptrRecord, Resolver, SrvRecord } from '../transport/resolve/resolver.ts';
import { Zone, type RecordOf, type RecordType, type ZoneTable } from './zone.ts';

/** For `ZoneResolver`. */
export interface ZoneResolverOptions {
  readonly clock?: Clock | undefined;
  /** ms that an answer takes, by the clock; 0. */
  readonly delayMs?: number | undefined;
}

/** For `resolver` of `createSipStack`. */
export class ZoneResolver implements Resolver {
  /** What it answers from; may change at any time. */
  readonly zone: Zone;
  /** What was asked, in order: `SRV _sip._udp.example.com`. */
  readonly queries: string[] = [];
  /** Called with each query, and what it throws is the answer. */
  fail: ((query: string) => void) | undefined;
  readonly #clock: Clock | undefined;
  readonly #delayMs: number;

  constructor(zone: Zone | ZoneTable = {}, options: ZoneResolverOptions = {}) {
    this.zone = zone instanceof Zone ? zone : new Zone(zone);
    this.#clock = options.clock;
    this.#delayMs = options.delayMs ?? 0;
  }

  async resolveNaptr(name: string): Promise<readonly NaptrRecord[]> {
    const found = await this.#find(name, 'NAPTR');
    return found.map(({ order = 10, preference = 10, flags = 's', service, regexp = '', replacement, ttl = 300 }) => {
      return { order, preference, flags, service, regexp, replacement, ttl };
    });
  }

  async resolveSrv(name: string): Promise<readonly SrvRecord[]> {
    const found = await this.#find(name, 'SRV');
    return found.map(({ priority = 0, weight = 0, port, target, ttl = 300 }) => ({ priority, weight, port, name: target, ttl }));
  }

  async resolveA(name: string): Promise<readonly AddressRecord[]> {
    return (await this.#find(name, 'A')).map(({ address, ttl = 300 }) => ({ address, ttl }));
  }

  async resolveAaaa(name: string): Promise<readonly AddressRecord[]> {
    return (await this.#find(name, 'AAAA')).map(({ address, ttl = 300 }) => ({ address, ttl }));
  }

  async #find<T extends RecordType>(name: string, type: T): Promise<readonly RecordOf<T>[]> {
    const query = `${type} ${name}`;
    this.queries.push(query);
    const clock = this.#clock;
    if (clock !== undefined && this.#delayMs > 0) await new Promise<void>((resolve) => void clock.after(this.#delayMs, resolve));
    this.fail?.(query);
    return this.zone.find(name, type).flatMap(({ record }) => (isOf(record, type) ? [record] : []));
  }
}

const isOf = <T extends RecordType>(record: { readonly type: RecordType }, type: T): record is RecordOf<T> => record.type === type;
