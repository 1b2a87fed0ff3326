/** The resolver of this machine, over node:dns. It asks DNS servers and nobody else: /etc/hosts is `Network.lookup`'s. */
import { SipError } from '@jackfield/base';
import { Resolver as DnsResolver } from 'node:dns/promises';
import { positive } from '../positive.ts';
import type { AddressRecord, NaptrRecord, Resolver, SrvRecord } from './resolver.ts';

/** For `nodeResolver`. Out of range: SIP_OPTION. */
export interface NodeResolverOptions {
  /** Numeric, each with `:port` where that is not 53; IPv6 in brackets then. Default: the system's, as they are when the resolver is made. */
  readonly servers?: readonly string[] | undefined;
  /** ms until a server that does not answer is asked again, growing with each try; 1500. */
  readonly timeoutMs?: number | undefined;
  /** How often every server is asked; 2. */
  readonly tries?: number | undefined;
}

class NodeResolver implements Resolver {
  readonly #dns: DnsResolver;
  /** Queries that somebody waits for. */
  #waitedFor = 0;

  constructor(dns: DnsResolver) {
    this.#dns = dns;
  }

  resolveNaptr(name: string, signal?: AbortSignal): Promise<readonly NaptrRecord[]> {
    return this.#run(this.#dns.resolveNaptr(name), signal);
  }

  resolveSrv(name: string, signal?: AbortSignal): Promise<readonly SrvRecord[]> {
    return this.#run(this.#dns.resolveSrv(name), signal);
  }

  resolveA(name: string, signal?: AbortSignal): Promise<readonly AddressRecord[]> {
    return this.#run(this.#dns.resolve4(name, { ttl: true }), signal);
  }

  resolveAaaa(name: string, signal?: AbortSignal): Promise<readonly AddressRecord[]> {
    return this.#run(this.#dns.resolve6(name, { ttl: true }), signal);
  }

  /** node:dns gives up all queries of a resolver or none: all, when nobody waits for any. */
  #run<T>(query: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    let waitedFor = true;
    const over = (): void => {
      if (!waitedFor) return;
      waitedFor = false;
      this.#waitedFor -= 1;
      signal?.removeEventListener('abort', aborted);
    };
    const aborted = (): void => {
      over();
      if (this.#waitedFor === 0) this.#dns.cancel();
    };
    this.#waitedFor += 1;
    signal?.addEventListener('abort', aborted);
    return query.finally(over);
  }
}

/** @throws SIP_OPTION for a server that is no numeric address, and for numbers that are no positive integers. */
export function nodeResolver(options: NodeResolverOptions = {}): Resolver {
  const { servers } = options;
  const dns = new DnsResolver({
    timeout: positive('timeoutMs', options.timeoutMs, 1500),
    tries: positive('tries', options.tries, 2),
  });
  if (servers !== undefined) {
    try {
      dns.setServers(servers);
    } catch (cause) {
      throw new SipError('SIP_OPTION', `servers wants numeric addresses, got ${servers.join(', ')}`, { option: 'servers' }, { cause });
    }
  }
  return new NodeResolver(dns);
}
