/** Where a request inside a dialog goes (RFC 3261 §12.2.1.1, §16.12): loose and strict routers. Pure. */
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Uri } from '../messages/model.ts';
import type { Party } from '../messages/name-addr.ts';
import { parseNameAddrList } from '../messages/name-addr.ts';
import { SipUri } from '../messages/uri.ts';

export interface Routing {
  readonly requestUri: Uri;
  /** Values of the Route header, first hop first. */
  readonly routes: readonly string[];
  /** What is located and sent to. */
  readonly nextHop: Uri;
}

/** A copy of `text` that does not keep the message alive that it was cut out of. */
export function detach(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

const NO_ROUTES: readonly Party[] = [];

/** The Record-Route of a message as route set: as it came for the side that was called, reversed for the caller (§12.1.1, §12.1.2). */
export function routeSetOf(message: SipRequest | SipResponse, role: 'uac' | 'uas'): readonly Party[] {
  const recorded = message.recordRoutes;
  if (recorded.length === 0) return NO_ROUTES;
  const kept = parseNameAddrList(recorded.map((party) => detach(party.toString()))) ?? NO_ROUTES;
  return role === 'uac' ? kept.toReversed() : kept;
}

const isLoose = (uri: Uri): boolean => uri instanceof SipUri && uri.lr;

/** Headers and the parameters that a Request-URI must not carry (§19.1.1, table 1) are taken off a strict router's URI. */
function asRequestUri(uri: Uri): Uri {
  return uri instanceof SipUri && (uri.headers !== undefined || uri.parameters.has('method'))
    ? uri.with({ headers: undefined, parameters: { method: undefined } })
    : uri;
}

/** Request-URI, Route and next hop of a request to `target` over `routeSet`. */
export function routeTo(target: Uri, routeSet: readonly Party[]): Routing {
  const first = routeSet[0];
  if (first === undefined) return { requestUri: target, routes: [], nextHop: target };
  if (isLoose(first.uri)) return { requestUri: target, routes: routeSet.map((route) => route.toString()), nextHop: first.uri };
  const requestUri = asRequestUri(first.uri);
  return { requestUri, routes: [...routeSet.slice(1).map((route) => route.toString()), `<${target.toString()}>`], nextHop: requestUri };
}
