/** A stack at 192.0.2.1:5060 (UDP and TCP) and a scripted peer at 192.0.2.2:5060 on a simulated network; time is turned by hand. */
import { buildResponse, createSipStack, HeaderList, parseUri, tcp, udp } from '@jackfield/sip';
import type {
  ClientTransaction,
  ClientTransactionUser,
  DialogUser,
  Flow,
  Method,
  Party,
  RequestHandle,
  ServerTransaction,
  SipCore,
  SipRequest,
  SipResponse,
  SipStackOptions,
  Way,
} from '@jackfield/sip';
import { ManualClock, RawPeer, SeededRandom, SimulatedNetwork } from '@jackfield/sip/testing';
import type { NetworkConditions, RequestScript, SimulatedHost } from '@jackfield/sip/testing';

export const US = '192.0.2.1';
export const PEER = '192.0.2.2';

export interface Rig {
  readonly clock: ManualClock;
  readonly network: SimulatedNetwork;
  readonly core: SipCore;
  readonly here: SimulatedHost;
  readonly there: SimulatedHost;
  readonly peer: RawPeer;
  /** What the peer hears next, within `ms`. */
  readonly hear: {
    (what: number, ms?: number): Promise<SipResponse>;
    (what: string, ms?: number): Promise<SipRequest>;
  };
  /** `what` arrives at us, and everything that follows at once happens. */
  readonly say: (what: string | Uint8Array) => Promise<void>;
}

export async function rig(
  options: Partial<SipStackOptions> & { readonly seed?: number; readonly conditions?: Partial<NetworkConditions> } = {},
): Promise<Rig> {
  const { seed = 1, conditions = {}, ...stackOptions } = options;
  const clock = new ManualClock();
  const network = new SimulatedNetwork({ clock, random: seed, conditions });
  const here = network.host(US);
  const there = network.host(PEER);
  const core = createSipStack({
    transports: [udp({ host: US, port: 5060 }), tcp({ host: US, port: 5060 })],
    clock,
    random: new SeededRandom(seed),
    network: here,
    ...stackOptions,
  });
  await core.listen();
  const peer = await RawPeer.bind(there, { host: PEER, port: 5060 });
  const hear = async (what: number | string, ms = 5): Promise<SipRequest | SipResponse> => {
    const heard: Promise<SipRequest | SipResponse> = typeof what === 'number' ? peer.expect(what) : peer.expect(what);
    heard.catch(() => undefined);
    await clock.advance(ms);
    return Promise.race([heard, Promise.reject(new Error(`${what} did not come within ${ms} ms`))]);
  };
  const say = async (what: string | Uint8Array): Promise<void> => {
    peer.send(what, { host: US, port: 5060 });
    await clock.advance(5);
  };
  return { clock, network, core, here, there, peer, hear: hear as Rig['hear'], say };
}

let calls = 0;

/** What a caller at the peer's side writes. */
export function script(peer: RawPeer, more: Partial<RequestScript> = {}): RequestScript {
  calls += 1;
  return {
    uri: `sip:us@${US}`,
    via: peer.sentBy,
    branch: `z9hG4bK-${calls}`,
    from: `<sip:peer@example.com>;tag=peer-${calls}`,
    to: `<sip:us@${US}>`,
    callId: `call-${calls}@${peer.host}`,
    cseq: 1,
    contact: peer.contact(),
    ...more,
  };
}

/** Takes INVITEs, and writes down what its dialogs hear. */
export class Usage implements DialogUser {
  readonly name = 'usage';
  readonly methods: readonly Method[] = ['INVITE'];
  readonly taken: ServerTransaction[] = [];
  readonly requests: ServerTransaction[] = [];
  readonly acks: SipRequest[] = [];
  readonly lost: Flow[] = [];
  readonly news: string[] = [];
  readonly core: SipCore;
  /** Done with each INVITE; nothing unless given. */
  readonly answer: (transaction: ServerTransaction, usage: Usage) => void;

  constructor(core: SipCore, answer: (transaction: ServerTransaction, usage: Usage) => void = () => undefined) {
    this.core = core;
    this.answer = answer;
    core.registerUsage(this);
  }

  take(transaction: ServerTransaction): boolean {
    this.taken.push(transaction);
    transaction.user = {
      acknowledged: () => this.news.push('acknowledged'),
      failed: (cause) => this.news.push(`failed ${cause}`),
      terminated: () => this.news.push('terminated'),
    };
    this.answer(transaction, this);
    return true;
  }

  request(transaction: ServerTransaction): void {
    this.requests.push(transaction);
  }

  ack(request: SipRequest): void {
    this.acks.push(request);
  }

  flowLost(flow: Flow): void {
    this.lost.push(flow);
  }
}

/** For {@link Usage}: a 200 that makes a dialog, and confirms it. */
export function accept(transaction: ServerTransaction, usage: Usage): void {
  const { core } = usage;
  const { request, flow } = transaction;
  const dialog = core.dialogs.fromRequest(transaction, 'us', usage);
  const response = buildResponse(request, 200, { toTag: 'us', headers: { Contact: core.contactFor(flow, request) } });
  transaction.respond(response);
  dialog.confirm(response);
}

/** Hears about a request of ours. */
export class Hearer implements ClientTransactionUser {
  readonly responses: SipResponse[] = [];
  readonly news: string[] = [];
  transaction: ClientTransaction | undefined;
  onResponse: ((response: SipResponse, transaction: ClientTransaction) => void) | undefined;

  response(response: SipResponse, transaction: ClientTransaction): void {
    this.responses.push(response);
    this.news.push(String(response.status));
    this.onResponse?.(response, transaction);
  }

  failed(cause: 'timeout' | 'transport'): void {
    this.news.push(`failed ${cause}`);
  }

  started(transaction: ClientTransaction): void {
    this.transaction = transaction;
  }

  terminated(): void {
    this.news.push('terminated');
  }
}

/** A request of ours that is sent once. */
export function send(
  core: SipCore,
  method: Method,
  target: string,
  way: Way,
  user: ClientTransactionUser,
  routes: readonly Party[] = [],
): RequestHandle {
  const headers = new HeaderList({ From: `<sip:us@${US}>;tag=us`, To: `<${target}>`, 'Call-ID': `our-call@${US}` });
  return core.startInitial(method, parseUri(target)!, { headers, routes, repeats: 0, nextSequence: () => 1 }, way, user);
}

/** Sends an INVITE to the peer (UDP unless its URI says otherwise). */
export async function call(
  core: SipCore,
  hearer: Hearer,
  target = `sip:peer@${PEER}`,
  routes: readonly Party[] = [],
): Promise<ClientTransaction> {
  const way = await core.wayTo(parseUri(target)!, routes);
  return send(core, 'INVITE', target, way, hearer, routes).transaction!;
}

/** Of {@link remains}, when nothing does. */
export const LISTENERS = { listeners: 2 };

/** Turns the clock until all is over; what is then left of live things. */
export async function remains({ clock, core }: Rig): Promise<Record<string, number>> {
  await clock.advance(200_000);
  return Object.fromEntries(Object.entries(core.stats().live).filter(([, count]) => count !== 0));
}
