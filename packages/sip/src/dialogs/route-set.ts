/** Where a request inside a dialog goes (RFC 3261 §12.2.1.1, §16.12): loose and strict routers. Pure. */
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Uri } from '../messages/model.ts';
import type { Party } from '../messages/name-addr.ts';
import { parseNameAddrList } from '../messages/name-addr.ts';
import { detached } from '../messages/tokens.ts';
import { SipUri } from '../messages/uri.ts';
import { asSips, isSips } from './sips.ts';

export interface Routing {
  readonly requestUri: Uri;
  /** Values of the Route header, first hop first. */
  readonly routes: readonly string[];
  /** What is located and sent to. */
  readonly nextHop: Uri;
}

const NO_ROUTES: readonly Party[] = [];

/** The Record-Route of a message as route set: as it came for the side that was called, reversed for the caller (§12.1.1, §12.1.2). */
export function routeSetOf(message: SipRequest | SipResponse, role: 'uac' | 'uas'): readonly Party[] {
  const recorded = message.recordRoutes;
  if (recorded.length === 0) return NO_ROUTES;
  const kept = parseNameAddrList(recorded.map((party) => detached(party.toString()))) ?? NO_ROUTES;
  return role === 'uac' ? kept.toReversed() : kept;
}

const isLoose = (uri: Uri): boolean => uri instanceof SipUri && uri.lr;

/** Without what a Request-URI must not carry (§19.1.1, table 1), wherever it came from: a Contact, a router, a program. */
function asRequestUri(uri: Uri): Uri {
  if (!(uri instanceof SipUri)) return uri;
  if (uri.headers === undefined && !uri.carries('method')) return uri;
  return uri.with({ headers: undefined, parameters: { method: undefined } });
}

/** What is located for a request to `target` by way of `route`: where the target is `sips`, nothing leaves in the clear (§8.1.2). */
export const hopTo = (target: Uri, route: Uri | undefined): Uri => {
  if (route === undefined) return target;
  return isSips(target) ? asSips(route) : route;
};

/** Request-URI, Route and next hop of a request to `target` over `routeSet`. */
export function routeTo(target: Uri, routeSet: readonly Party[]): Routing {
  const first = routeSet[0];
  if (first === undefined || isLoose(first.uri)) {
    const toTarget = asRequestUri(target);
    if (first === undefined) return { requestUri: toTarget, routes: [], nextHop: toTarget };
    return { requestUri: toTarget, routes: routeSet.map((route) => route.toString()), nextHop: hopTo(target, first.uri) };
  }
  const requestUri = asRequestUri(first.uri);
  return {
    requestUri,
    routes: [...routeSet.slice(1).map((route) => route.toString()), `<${target.toString()}>`],
    nextHop: hopTo(target, requestUri),
  };
}
