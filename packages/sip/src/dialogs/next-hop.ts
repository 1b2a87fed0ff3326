/** From a URI to a flow (RFC 3261 §8.1.2, §18.1.1): the targets in the order they were located, the first that can be reached. */
import { SipError } from '@jackfield/base';
import type { Awaitable, Uri } from '../messages/model.ts';
import type { TransportLayer } from '../transport/layer.ts';
import type { Flow, Target } from '../transport/transport.ts';

export const isPromise = <T>(value: Awaitable<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** A value at once where nothing has to be waited for. Rejects `SIP_UNREACHABLE`, with the last failure as cause. */
export function flowToward(transport: TransportLayer, uri: Uri): Awaitable<Flow> {
  const targets = transport.locate(uri);
  if (isPromise(targets)) return targets.then((found) => openFirst(transport, found, uri));
  return openFirst(transport, targets, uri);
}

function openFirst(transport: TransportLayer, targets: readonly Target[], uri: Uri): Awaitable<Flow> {
  const first = targets[0];
  if (first === undefined) return Promise.reject(unreachable(uri, undefined));
  const flow = transport.open(first);
  return isPromise(flow) ? tryOthers(transport, flow, targets, uri) : flow;
}

async function tryOthers(transport: TransportLayer, opening: PromiseLike<Flow>, targets: readonly Target[], uri: Uri): Promise<Flow> {
  let failure: unknown;
  for (let at = 0; at < targets.length; at += 1) {
    try {
      return await (at === 0 ? opening : transport.open(targets[at]!));
    } catch (error) {
      failure = error;
    }
  }
  throw unreachable(uri, failure);
}

const unreachable = (uri: Uri, cause: unknown): SipError =>
  new SipError('SIP_UNREACHABLE', `nothing reaches ${uri.toString()}`, { target: uri.toString() }, { cause });
