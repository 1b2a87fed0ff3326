/** All that can be asked of DNS and of the system, each kind with its answers kept. What is no address a request may go to is no answer. */
import { isPromise, type Clock, type Network } from '@jackfield/base';
import { isIPv4, isIPv6 } from 'node:net';
import type { Awaitable } from '../../messages/model.ts';
import { Answers } from './answers.ts';
import { isLocalName } from './names.ts';
import type { LocateLimits } from './options.ts';
import type { AddressRecord, NaptrRecord, Resolver, SrvRecord } from './resolver.ts';

const MAX_16 = 0xffff;

export class Directory {
  /** Absent without a resolver, with which all of DNS is. */
  readonly naptr: Answers<NaptrRecord> | undefined;
  readonly srv: Answers<SrvRecord> | undefined;
  readonly #a: Answers<AddressRecord> | undefined;
  readonly #aaaa: Answers<AddressRecord> | undefined;
  readonly #system: Answers<AddressRecord>;
  readonly #ipv6First: boolean;

  constructor(resolver: Resolver | undefined, network: Network, clock: Clock, limits: LocateLimits) {
    this.#ipv6First = limits.prefer === 'ipv6';
    const ask = async (name: string): Promise<readonly AddressRecord[]> => (await network.lookup(name)).map((address) => ({ address }));
    const accepts = ({ address }: AddressRecord): boolean => isUsable4(address) || isUsable6(address);
    this.#system = new Answers({ kind: 'lookup', ask, accepts }, clock, limits);
    if (resolver === undefined) return;
    this.naptr = new Answers(
      { kind: 'NAPTR', ask: (name, signal) => resolver.resolveNaptr(name, signal), accepts: isNaptr },
      clock,
      limits,
    );
    this.srv = new Answers({ kind: 'SRV', ask: (name, signal) => resolver.resolveSrv(name, signal), accepts: isSrv }, clock, limits);
    this.#a = new Answers(
      { kind: 'A', ask: (name, signal) => resolver.resolveA(name, signal), accepts: ({ address }) => isUsable4(address) },
      clock,
      limits,
    );
    this.#aaaa = new Answers(
      { kind: 'AAAA', ask: (name, signal) => resolver.resolveAaaa(name, signal), accepts: ({ address }) => isUsable6(address) },
      clock,
      limits,
    );
  }

  /** Of the families wanted, best first. Where DNS has none, what the system says, which knows its hosts file. */
  addresses(name: string, ipv4: boolean, ipv6: boolean): Awaitable<readonly string[]> {
    if (this.#a === undefined || this.#aaaa === undefined || isLocalName(name)) return this.#bySystem(name, ipv4, ipv6);
    const four = ipv4 ? this.#a.get(name) : undefined;
    const six = ipv6 ? this.#aaaa.get(name) : undefined;
    if (!isPromise(four) && !isPromise(six)) return this.#merged(name, four, six);
    return Promise.all([four, six]).then(([a, aaaa]) => this.#merged(name, a, aaaa));
  }

  close(): void {
    for (const answers of [this.naptr, this.srv, this.#a, this.#aaaa, this.#system]) answers?.close();
  }

  #merged(
    name: string,
    four: readonly AddressRecord[] | undefined,
    six: readonly AddressRecord[] | undefined,
  ): Awaitable<readonly string[]> {
    const [first, second] = this.#ipv6First ? [six, four] : [four, six];
    const found = [...(first ?? []), ...(second ?? [])];
    return found.length > 0 ? found.map(({ address }) => address) : this.#bySystem(name, four !== undefined, six !== undefined);
  }

  #bySystem(name: string, ipv4: boolean, ipv6: boolean): Awaitable<readonly string[]> {
    const pick = (records: readonly AddressRecord[]): readonly string[] =>
      records.map(({ address }) => address).filter((address) => (isIPv4(address) ? ipv4 : ipv6));
    const answer = this.#system.get(name);
    return isPromise(answer) ? answer.then(pick) : pick(answer);
  }
}

const isNaptr = ({ order, preference, flags, service, regexp, replacement }: NaptrRecord): boolean =>
  is16(order) && is16(preference) && [flags, service, regexp, replacement].every((text) => typeof text === 'string');

const isSrv = ({ priority, weight, port, name }: SrvRecord): boolean =>
  is16(priority) && is16(weight) && is16(port) && typeof name === 'string';

const is16 = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= MAX_16;

/** One host's: neither the wildcard's network, nor a group, nor everybody. */
function isUsable4(address: string): boolean {
  if (!isIPv4(address)) return false;
  const first = Number.parseInt(address, 10);
  return first > 0 && first < 224;
}

/** Neither a group nor of the reserved block, where the wildcard and IPv4 addresses in disguise are. */
const isUsable6 = (address: string): boolean => isIPv6(address) && (address === '::1' || !/^(?:ff|:|0{1,4}:)/i.test(address));
