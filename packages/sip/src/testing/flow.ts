/** A flow by which nothing leaves, for our own tests of what reads flows. */
import type { Address } from '@jackfield/base';
import type { Flow, TransportKind } from '../transport/transport.ts';

export interface FlowShape {
  readonly kind?: TransportKind | undefined;
  readonly local?: Address | undefined;
  /** The local one unless given; likewise `advertised`. */
  readonly remote?: Address | undefined;
  readonly advertised?: Address | undefined;
}

const HERE: Address = { host: '192.0.2.1', port: 5060 };

export function flowOf({ kind = 'UDP', local = HERE, remote = local, advertised = local }: FlowShape = {}): Flow {
  const flow: Flow = {
    kind,
    reliable: kind !== 'UDP',
    secure: kind === 'TLS' || kind === 'WSS',
    local,
    remote,
    advertised,
    closed: false,
    send: () => undefined,
    sibling: () => flow,
  };
  return flow;
}
