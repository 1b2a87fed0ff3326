/** Numeric addresses and networks in CIDR notation, looked up by what lies in them: one look per length of prefix, however many networks. */
import type { SipError } from '@jackfield/base';
import { optionError } from './option-range.ts';

interface Numeric {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

interface Network extends Numeric {
  readonly prefix: number;
}

const MAPPED = 0xffffn; // ::ffff:0:0/96: an IPv4 peer of a socket for both families

/** A numeric address, without brackets; a zone is left aside. Undefined for any other text. */
function readAddress(text: string): Numeric | undefined {
  const address = text.split('%', 1)[0]!;
  if (!address.includes(':')) {
    const value = readIpv4(address);
    return value === undefined ? undefined : { bits: 32, value };
  }
  const value = readIpv6(address);
  if (value === undefined) return undefined;
  return value >> 32n === MAPPED ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

function readIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function readIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(groupsOf)));
  const count = head!.length + (tail?.length ?? 0);
  if (tail === undefined ? count !== 8 : count > 7) return undefined;
  const groups = tail === undefined ? head! : [...head!, ...Array.from({ length: 8 - count }, () => '0'), ...tail];
  let value = 0n;
  for (const group of groups) {
    if (!/^[\da-f]{1,4}$/i.test(group)) return undefined;
    value = (value << 16n) | BigInt(`0x${group}`);
  }
  return value;
}

/** Dotted ends (`::ffff:192.0.2.1`) are two groups. */
function groupsOf(group: string): string[] {
  const dotted = group.includes('.') ? readIpv4(group) : undefined;
  return dotted === undefined ? [group] : [(dotted >> 16n).toString(16), (dotted & 0xffffn).toString(16)];
}

function readNetwork(text: string, option: string): Network {
  const [host = '', length, ...rest] = text.split('/');
  const address = readAddress(host);
  const misuse = (): SipError => optionError(option, `${option} wants numeric addresses, or networks such as 10.0.0.0/8, got ${text}`);
  if (address === undefined || rest.length > 0) throw misuse();
  if (length === undefined) return { ...address, prefix: address.bits };
  const whole = host.includes(':') ? 128 : 32;
  const prefix = Number(length) - (whole - address.bits); // of a mapped address the first 96 bits are taken for granted
  if (!/^\d{1,3}$/.test(length) || prefix > address.bits || prefix < 0) throw misuse();
  return { ...address, prefix };
}

/** A host of a URI in the form that is compared: an IPv6 reference has many (RFC 4291 §2.2), whose case does not count either. */
export function hostKey(host: string): string {
  const value = host.startsWith('[') ? readIpv6(host.slice(1, -1)) : undefined;
  return value === undefined ? host.toLowerCase() : `[${value.toString(16)}]`;
}

/** What hangs on networks, the narrowest first. */
export class Networks<T> {
  readonly #exact = new Map<string, T[]>();
  /** By bits and prefix, longest first. */
  readonly #levels: { readonly bits: number; readonly prefix: number; readonly at: Map<bigint, T[]> }[] = [];

  get size(): number {
    return this.#exact.size + this.#levels.length;
  }

  /** @throws SESSION_OPTION for a text that is no network. */
  add(text: string, item: T, option: string): void {
    const network = readNetwork(text, option);
    const { bits, prefix, value } = network;
    if (prefix === bits) {
      const key = keyOf(network);
      const there = this.#exact.get(key);
      if (there === undefined) this.#exact.set(key, [item]);
      else there.push(item);
      return;
    }
    let level = this.#levels.find((other) => other.bits === bits && other.prefix === prefix);
    if (level === undefined) {
      level = { bits, prefix, at: new Map() };
      this.#levels.push(level);
      this.#levels.sort((a, b) => b.prefix - a.prefix);
    }
    const start = value >> BigInt(bits - prefix);
    const there = level.at.get(start);
    if (there === undefined) level.at.set(start, [item]);
    else there.push(item);
  }

  /** The first thing that fits, of the networks that `host` lies in. */
  find(host: string, fits: (item: T) => boolean = () => true): T | undefined {
    if (this.size === 0) return undefined;
    const address = readAddress(host);
    if (address === undefined) return undefined;
    const exact = this.#exact.get(keyOf(address))?.find(fits);
    if (exact !== undefined) return exact;
    for (const { bits, prefix, at } of this.#levels) {
      if (bits !== address.bits) continue;
      const found = at.get(address.value >> BigInt(bits - prefix))?.find(fits);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

const keyOf = ({ bits, value }: Numeric): string => `${bits} ${value}`;

/** A set of networks. @throws SESSION_OPTION */
export function networksOf(texts: readonly string[], option: string): Networks<true> {
  const networks = new Networks<true>();
  for (const text of texts) networks.add(text, true, option);
  return networks;
}
