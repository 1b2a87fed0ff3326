/** By which names and addresses this machine may be called. */
import { hostname, networkInterfaces } from 'node:os';

export function namesOfMachine(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  return [hostname(), 'localhost', '127.0.0.1', '::1', ...addresses];
}

/** A host to listen on that stands for every address of its family. */
export function isWildcard(host: string | undefined): host is '0.0.0.0' | '::' | undefined {
  return host === undefined || host === '0.0.0.0' || host === '::';
}
