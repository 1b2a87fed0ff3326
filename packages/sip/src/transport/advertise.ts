/** What peers are shown in place of the address that we have: behind a NAT it is another, and mostly not for those on our side of it. */
import { BlockList, isIP } from 'node:net';
import { SipError, type Address } from '@jackfield/base';
import { isIpv6, isWildcard, withoutBrackets, withoutZone } from './addresses.ts';
import { checkShown } from './place.ts';
import { failures } from './plugin-failures.ts';

/** What one peer is shown: a name or a numeric address. Without `port`, that of the listener. */
export interface Shown {
  readonly host: string;
  readonly port?: number | undefined;
}

/** What a flow shows its peer. */
export interface Advertised extends Address {
  /** Where that is not an address of ours: the one behind it, maybe a wildcard. */
  readonly behind?: string | undefined;
}

/**
 * For all peers; or asked for each, by its numeric address, once while it is remembered: undefined gives it the local address, and
 * so does what is no host, which is told on the channel `jackfield:sip:error`.
 */
export type Advertise = string | ((remote: string) => Shown | undefined);

/** What a listener at `local` shows the peer at `remote` in place of its address; undefined: nothing. A text is not shown to the family that a wildcard at `local` is not of. */
export function shownInstead(advertise: Advertise | undefined, local: Address, remote: string): Advertised | undefined {
  if (advertise === undefined) return undefined;
  if (typeof advertise === 'function') return ask(advertise, local, remote);
  const host = withoutBrackets(advertise);
  return isWildcard(local.host) && isIP(host) !== 0 && isIpv6(host) !== isIpv6(local.host)
    ? undefined
    : { host, port: local.port, behind: local.host };
}

function ask(advertise: (remote: string) => Shown | undefined, local: Address, remote: string): Advertised | undefined {
  try {
    const shown = advertise(remote);
    if (shown === undefined) return undefined;
    checkShown('advertise', shown);
    return { host: withoutBrackets(shown.host), port: shown.port ?? local.port, behind: local.host };
  } catch (error) {
    if (failures.hasSubscribers) failures.publish({ owner: 'advertise', error });
    return undefined;
  }
}

/**
 * Shows `shown` to peers outside `networks`, and the local address to those inside.
 *
 * @param networks - in CIDR notation: `10.0.0.0/8`, `fd00::/8`.
 * @throws SIP_OPTION for a text that is no network, or a host or port that is none.
 */
export function advertiseOutside(networks: readonly string[], shown: Shown): (remote: string) => Shown | undefined {
  checkShown('shown', shown);
  const inside = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    const family = isIP(address);
    const bits = Number(prefix);
    if (family === 0 || !/^\d+$/.test(prefix) || bits > (family === 6 ? 128 : 32))
      throw new SipError('SIP_OPTION', `advertiseOutside wants networks such as 10.0.0.0/8, got ${network}`, { option: 'networks' });
    inside.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  }
  return (remote) => (inside.check(withoutZone(remote), isIpv6(remote) ? 'ipv6' : 'ipv4') ? undefined : shown);
}
