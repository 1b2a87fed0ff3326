/**
 * Where a URI leads (RFC 3263 §4): numeric hosts here and at once; names by NAPTR, SRV, A and AAAA records in resolve/. `maddr` is followed in place of
 * the host (RFC 3261 §16.6, §18.1.1) by whoever sends a request there; that responses are not sent to the one in a Via is layer.ts's.
 */
import { SipError, type Clock, type Network, type Random } from '@jackfield/base';
import { isIP } from 'node:net';
import type { Uri } from '../messages/model.ts';
import { SipUri, parseUri } from '../messages/uri.ts';
import { isIpv6, withoutBrackets } from './addresses.ts';
import { Directory } from './resolve/directory.ts';
import { Failures } from './resolve/failures.ts';
import { DEFAULT_PORTS, defaultKind, hasFamily, hasKind, kindAsked, type Bound } from './resolve/kinds.ts';
import { dnsName, isNobodys } from './resolve/names.ts';
import { locateLimits, type LocateOptions } from './resolve/options.ts';
import type { Resolver } from './resolve/resolver.ts';
import { Search, targetOf, type Means } from './resolve/search.ts';
import { Targets } from './resolve/targets.ts';
import type { Target } from './transport.ts';

export interface LocatorOptions {
  /** Absent: no NAPTR and no SRV, and addresses by `network.lookup`. */
  readonly resolver: Resolver | undefined;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly locating?: LocateOptions | undefined;
}

const OPENING_BRACKET = 91;
/** Nothing is looked for in a host that has none. */
const bare = (host: string): string => (host.charCodeAt(0) === OPENING_BRACKET ? withoutBrackets(host) : host);

const NOWHERE = new Targets(undefined);

export class Locator {
  readonly #means: Means;

  /** @throws SIP_OPTION for a limit out of its range, and for a resolver that lacks a method. */
  constructor({ resolver, network, clock, random, locating }: LocatorOptions) {
    if (resolver !== undefined) assertResolver(resolver);
    const limits = locateLimits(locating);
    const directory = new Directory(resolver, network, clock, limits);
    this.#means = { directory, failures: new Failures(clock, limits), clock, random, limits };
  }

  /** Of one response whose connection is gone. */
  get maxReturnTargets(): number {
    return this.#means.limits.maxReturnTargets;
  }

  /** Only what one of `listeners` can reach; none for other schemes, and for what is neither a number nor a name. */
  targets(uri: Uri, listeners: readonly Bound[]): Targets {
    const sip = uri instanceof SipUri ? uri : parseUri(uri.toString());
    if (!(sip instanceof SipUri)) return NOWHERE;
    const secure = sip.scheme === 'sips';
    const asked = sip.transport;
    const kind = asked === undefined ? undefined : kindAsked(asked, secure);
    if (asked !== undefined && (kind === undefined || !hasKind(listeners, kind))) return NOWHERE;
    const identity = bare(sip.host);
    const maddr = sip.carries('maddr') ? sip.parameters.get('maddr') : undefined;
    const host = maddr === undefined ? identity : bare(maddr);
    const { port } = sip;
    if (isIP(host) !== 0) {
      const by = kind ?? defaultKind(listeners, secure, port);
      if (by === undefined || !hasFamily(listeners, by, isIpv6(host))) return NOWHERE;
      return new Targets(targetOf(by, host, port ?? DEFAULT_PORTS[by], identity));
    }
    const name = dnsName(host);
    if (name === undefined || isNobodys(name)) return NOWHERE;
    return new Targets(undefined, new Search(this.#means, { host: name, port, kind, secure, identity }, listeners));
  }

  /** It is tried last where there are others, for `ms` (Retry-After of a 503, say) or `failedMs`. */
  markFailed(target: Target, ms?: number): void {
    this.#means.failures.mark(target, ms);
  }

  /** Whoever waits hears that there is nothing. */
  close(): void {
    this.#means.directory.close();
  }
}

function assertResolver(resolver: Resolver): void {
  for (const method of ['resolveNaptr', 'resolveSrv', 'resolveA', 'resolveAaaa'] as const)
    if (typeof resolver[method] !== 'function') throw new SipError('SIP_OPTION', `resolver has no ${method}`, { option: 'resolver' });
}
