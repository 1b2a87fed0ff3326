/** Whose packets count: those of the negotiated address, and what the first valid one teaches about it (symmetric RTP, RFC 4961). Sees no packet itself. */
import { SocketAddress, isIPv4, isIPv6 } from 'node:net';
import type { Latching } from './transport.ts';

/** One remote place, for RTP or for RTCP. `host` and `port` are where to send. */
export class SourceFilter {
  readonly negotiatedHost: string;
  readonly negotiatedPort: number;
  readonly latch: Latching;
  host: string;
  port: number;
  #learned = false;
  /** As the socket spells it, so that the plain path compares two equal strings. */
  #spelled: string;

  constructor(host: string, port: number, latch: Latching) {
    this.negotiatedHost = host;
    this.negotiatedPort = port;
    this.latch = latch;
    this.host = host;
    this.port = port;
    this.#spelled = host;
  }

  /** Whether a packet from there may be looked at. */
  accepts(host: string, port: number): boolean {
    if (this.#learned || this.latch !== 'address') {
      if (host !== this.#spelled) {
        if (canonicalHost(host) !== this.host) return false;
        this.#spelled = host;
      }
      return this.latch === 'none' || !this.#learned || port === this.port;
    }
    return true;
  }

  /** A packet from there was valid: it decides, once. */
  learn(host: string, port: number): void {
    if (this.#learned || this.latch === 'none') return;
    this.#learned = true;
    this.port = port;
    if (this.latch === 'address') {
      this.#spelled = host;
      this.host = canonicalHost(host) ?? host;
    }
  }
}

/** One spelling per address: IPv6 shortened, IPv4 in IPv6 as IPv4. Undefined for what is no address, and for the unspecified one. */
export function canonicalHost(host: string): string | undefined {
  if (isIPv4(host)) return host === '0.0.0.0' ? undefined : host;
  if (!isIPv6(host)) return undefined;
  const zone = host.indexOf('%');
  const { address } = new SocketAddress({ address: zone < 0 ? host : host.slice(0, zone), family: 'ipv6' });
  if (address === '::') return undefined;
  const mapped = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : undefined;
  if (mapped !== undefined) return mapped;
  return zone < 0 ? address : address + host.slice(zone);
}
