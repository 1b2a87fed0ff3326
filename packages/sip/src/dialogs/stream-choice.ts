/**
 * Whether the stream that a dialog was last heard by leads to its next hop (RFC 3261 §12.2.1.1, §18.1.1): it ends there, or it is the next hop's own, which
 * nobody can call who is behind a NAT or a browser (RFC 5626 §4.3, RFC 7118 §5). Pure; which streams there are else, the transport layer knows.
 */
import type { Field } from '../messages/field.ts';
import type { SipRequest } from '../messages/message.ts';
import type { Uri } from '../messages/model.ts';
import { VIA } from '../messages/names.ts';
import { detached } from '../messages/tokens.ts';
import { SipUri } from '../messages/uri.ts';
import { comparableName } from '../transport/certificate-names.ts';
import { DEFAULT_PORTS, kindAsked } from '../transport/resolve/kinds.ts';
import { dnsName, isNobodys } from '../transport/resolve/names.ts';
import type { Flow } from '../transport/transport.ts';

/** Who a stream is of that the peer opened, by what the dialog heard from it. */
export interface Sender {
  /** Sent-by of the topmost Via. Undefined: we called it by this very stream, and it is at home where it says. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Nothing stands between it and us: its request had no other Via. */
  readonly alone: boolean;
}

/** Undefined for what we opened ourselves: the stream ends where it was opened to. */
export function senderOf(request: SipRequest, flow: Flow): Sender | undefined {
  if (flow.accepted !== true) return undefined;
  const { host, port } = request.via;
  return { host: host === flow.remote.host ? flow.remote.host : detached(host), port, alone: hasOneVia(request) };
}

/** Without reading them, where it can be seen. */
function hasOneVia(request: SipRequest): boolean {
  let only: Field | undefined;
  for (const field of request.headers.fields) {
    if (field.id !== VIA) continue;
    if (only !== undefined) return false;
    only = field;
  }
  const comma = only?.source.indexOf(',', only.valueStart) ?? -1;
  return comma < 0 || comma >= (only?.valueEnd ?? 0) || request.vias.length === 1;
}

/**
 * The same where the first that comes from it is the response to `request`, which was ours. Who was called by a stream of its own was not found by its
 * address: by its name, or by the port of an alias (RFC 5923), also a proxy is.
 */
export function calleeOf(request: SipRequest, flow: Flow): Sender | undefined {
  if (flow.accepted !== true) return undefined;
  const called = request.routes[0]?.uri ?? request.uri;
  const name = comparableName(called.host);
  const alone = endsAt(flow, called) || isNobodys(name) || (dnsName(name) === undefined && name !== comparableName(flow.remote.host));
  return { host: undefined, port: undefined, alone };
}

/** @param routed - `nextHop` is a route, not the Contact. */
export function leadsTo(flow: Flow, nextHop: Uri, routed: boolean, sender: Sender | undefined): boolean {
  if (!(nextHop instanceof SipUri)) return true; // there is no other way
  const secure = nextHop.scheme === 'sips';
  if ((secure && !flow.secure) || nextHop.carries('maddr') || !fits(flow, nextHop.transport, secure)) return false;
  const name = comparableName(nextHop.host);
  if (isNobodys(name) || endsAt(flow, nextHop)) return true;
  if (sender === undefined) return false;
  const neighbour = name === comparableName(flow.remote.host);
  if (routed) return neighbour && portOf(flow, nextHop) === (sender.port ?? DEFAULT_PORTS[flow.kind]);
  return sender.alone && (neighbour || sender.host === undefined || name === comparableName(sender.host) || nextHop.carries('ob'));
}

/** What names no transport means ours; who asks for plain TCP or WebSocket is not wronged by TLS. */
function fits({ kind }: Flow, transport: string | undefined, secure: boolean): boolean {
  if (transport === undefined) return true;
  const asked = kindAsked(transport, secure);
  return asked === kind || (asked === 'TCP' && kind === 'TLS') || (asked === 'WS' && kind === 'WSS');
}

/** An address alone: a name is located, and over TLS has to be proved (RFC 5922 §7.3), by whoever opens flows. */
function endsAt(flow: Flow, uri: Uri): boolean {
  const { host, port } = flow.remote;
  return portOf(flow, uri) === port && comparableName(uri.host) === comparableName(host);
}

const portOf = ({ kind }: Flow, uri: Uri): number => (uri instanceof SipUri ? uri.port : undefined) ?? DEFAULT_PORTS[kind];
