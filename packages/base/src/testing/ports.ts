/** Who holds which port of a simulated host, and the errors that the system has for it. */

const FIRST_EPHEMERAL = 49152;

export const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');
export const isIpv6 = (host: string): boolean => host.includes(':');

/** An error as the system gives it. */
export function systemError(code: string, syscall: string, address: string, port: number): Error {
  return Object.assign(new Error(`${syscall} ${code} ${address}:${port}`), { code, syscall, address, port });
}

/** Who holds which port, by address: datagrams and streams each have one. */
export class Ports<T> {
  readonly #byAddress: ReadonlyMap<string, Map<number, T>>;
  #next = FIRST_EPHEMERAL;

  /** @param addresses - the host's, besides its loopback. */
  constructor(addresses: readonly string[]) {
    this.#byAddress = new Map(['127.0.0.1', '::1', ...addresses].map((address) => [address, new Map<number, T>()]));
  }

  at(address: string, port: number): T | undefined {
    return this.#byAddress.get(isLoopback(address) && !isIpv6(address) ? '127.0.0.1' : address)?.get(port);
  }

  /** A wildcard takes the port on every address of its family. @returns the port. @throws EADDRINUSE, EADDRNOTAVAIL */
  take(host: string, port: number, owner: T, syscall: string): number {
    const tables = this.#tables(host);
    if (tables.length === 0) throw systemError('EADDRNOTAVAIL', syscall, host, port);
    const free = port === 0 ? this.freePort(host) : port;
    if (tables.some((table) => table.has(free))) throw systemError('EADDRINUSE', syscall, host, port);
    for (const table of tables) table.set(free, owner);
    return free;
  }

  freePort(host: string): number {
    const tables = this.#tables(host);
    for (;;) {
      const port = this.#next;
      this.#next = port === 65535 ? FIRST_EPHEMERAL : port + 1;
      if (!tables.some((table) => table.has(port))) return port;
    }
  }

  give(host: string, port: number): void {
    for (const table of this.#tables(host)) table.delete(port);
  }

  #tables(host: string): Map<number, T>[] {
    if (host !== '0.0.0.0' && host !== '::') return [this.#byAddress.get(host)].filter((table) => table !== undefined);
    return [...this.#byAddress].filter(([address]) => isIpv6(address) === isIpv6(host)).map(([, table]) => table);
  }
}
