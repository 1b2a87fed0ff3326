/** The connections of one listener, by the address that they lead to, and by that which the peer gave as an alias (RFC 5923). */
import type { Address } from '@jackfield/base';
import { nameOf } from './certificate-names.ts';
import type { ConnectionFlow } from './connection-flow.ts';
import type { Target } from './transport.ts';

const keyOf = ({ host, port }: Address): string => `${host}:${port}`;

export class FlowTable {
  /** The latest to an address; those before it hang on it. */
  readonly #byRemote = new Map<string, ConnectionFlow>();
  readonly #byAlias = new Map<string, ConnectionFlow>();
  readonly #all = new Set<ConnectionFlow>();

  get all(): ReadonlySet<ConnectionFlow> {
    return this.#all;
  }

  add(flow: ConnectionFlow): void {
    const key = keyOf(flow.remote);
    flow.older = this.#byRemote.get(key);
    this.#byRemote.set(key, flow);
    this.#all.add(flow);
  }

  /** In place of another that gave the same, and of what it gave before. */
  alias(flow: ConnectionFlow, port: number): void {
    this.#dropAlias(flow);
    flow.aliasPort = port;
    this.#byAlias.set(`${flow.remote.host}:${port}`, flow);
  }

  /** The latest that may be used toward the target. */
  find(target: Target): ConnectionFlow | undefined {
    const key = keyOf(target);
    const latest = this.#byRemote.get(key);
    const alias = this.#byAlias.size === 0 ? undefined : this.#byAlias.get(key);
    if (latest === undefined && alias === undefined) return undefined;
    if (latest !== undefined && !latest.secure) return latest;
    const name = nameOf(target);
    for (let flow = latest; flow !== undefined; flow = flow.older) if (flow.reaches(name)) return flow;
    return alias?.reaches(name) === true ? alias : undefined;
  }

  delete(flow: ConnectionFlow): void {
    this.#all.delete(flow);
    this.#dropAlias(flow);
    const key = keyOf(flow.remote);
    const latest = this.#byRemote.get(key);
    if (latest === flow) {
      if (flow.older === undefined) this.#byRemote.delete(key);
      else this.#byRemote.set(key, flow.older);
    } else {
      for (let other = latest; other !== undefined; other = other.older) if (other.older === flow) other.older = flow.older;
    }
    flow.older = undefined;
  }

  #dropAlias(flow: ConnectionFlow): void {
    const key = `${flow.remote.host}:${flow.aliasPort}`;
    if (flow.aliasPort !== 0 && this.#byAlias.get(key) === flow) this.#byAlias.delete(key);
    flow.aliasPort = 0;
  }
}
