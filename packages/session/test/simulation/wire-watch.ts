/** Reads every packet of a simulated network and says which promises of RFC 3261 it breaks: one final response per request, an ACK for every copy of a 2xx. */
import type { Address } from '@jackfield/base';
import type { NetworkEvent, SimulatedNetwork } from '@jackfield/base/testing';
import type { DialogView } from '@jackfield/session';
import { ExchangeWatch } from './exchange-watch.ts';
import { field, tagOf } from './fields.ts';

interface Heard {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly stream: boolean;
}

interface Success {
  readonly what: string;
  readonly first: number;
  /** When the copy that was not acknowledged yet came, and the ordinal of its event. */
  open: number | undefined;
  /** One copy was. */
  acknowledged: boolean;
}

/** A copy of a 2xx that comes later than this finds no client transaction any more (RFC 6026 §8.4: 64·T1), nor does one that follows a CANCEL by it. */
const ACCEPTED_MS = 31_000;
/** Slow handlers (5 s each) and slow applications (5 s) stand between a 2xx and its ACK. */
const ACK_MS = 25_000;

export class WireWatch {
  readonly #network: SimulatedNetwork;
  readonly #requests = new Map<string, Heard>();
  readonly #finals = new Map<string, { readonly text: string; readonly at: number }>();
  readonly #successes = new Map<string, Success>();
  /** When an INVITE or a CANCEL with this Call-ID and CSeq left a host for the first time. */
  readonly #left = new Map<string, number>();
  /** When a callee made its 2xx, by Call-ID and its tag: over a stream the first copy may leave much later, when there is a connection. */
  readonly #accepted = new Map<string, number>();
  /** Callees whose first 2xx waits for its ACK, by host and Call-ID: when it was made. They must not send BYE (RFC 3261 §15). */
  readonly #answered = new Map<string, number | 'acknowledged'>();
  /** Dialogs in which a host sent BYE, by host, Call-ID and the tag of the other. A copy of a 2xx that is acknowledged need not be once more then. */
  readonly #ended = new Set<string>();
  readonly #complaints: string[] = [];
  readonly #exchanges = new ExchangeWatch();
  /** Elements between the parties: they acknowledge nothing themselves. */
  readonly between = new Set<string>();

  constructor(network: SimulatedNetwork) {
    this.#network = network;
    network.tap((event) => this.#see(event));
  }

  accepted({ callId, localTag }: DialogView): void {
    this.#accepted.set(`${callId} ${localTag}`, this.#network.clock.now());
  }

  /** Connections of `one`, or those with `other`, are broken now: what came by them cannot be answered by them any more. */
  cut(one: string, other: string | undefined): void {
    for (const [key, { stream, from, to }] of this.#requests) {
      const between = from === one ? to : to === one ? from : undefined;
      if (stream && between !== undefined && (other === undefined || between === other) && !this.#finals.has(key))
        this.#requests.delete(key);
    }
    this.#exchanges.cut();
  }

  /** What was broken, now that all is over. */
  complaints(): string[] {
    const open = [...this.#requests].filter(([key]) => !this.#finals.has(key)).map(([, { what }]) => `${what} was never answered`);
    const deaf = [...this.#successes.values()]
      .filter(({ open: at }) => at !== undefined && this.#network.clock.now() - at > ACK_MS)
      .map(({ what }) => `${what}: a copy was never acknowledged`);
    return [...this.#complaints, ...this.#exchanges.complaints(this.#network.clock.now()), ...open, ...deaf];
  }

  #see({ kind, what, at, from, to, bytes }: NetworkEvent): void {
    if (what === 'lost' || (what === 'delivered' && this.between.has(to.host))) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    if (!text.includes('\r\nCSeq: ')) return;
    const branch = field(text, ';branch=', ';\r');
    const [sequence, method] = field(text, '\r\nCSeq: ', '\r').split(' ') as [string, string];
    const callId = field(text, '\r\nCall-ID: ', '\r');
    const call = `${callId} ${sequence}`;
    const status = text.startsWith('SIP/2.0 ') ? Number(text.slice(8, 11)) : undefined;
    const datagram = kind === 'datagram';
    if (!this.between.has(what === 'sent' ? from.host : to.host))
      this.#exchanges.see({ what, datagram, at, from: from.host, to: to.host, text, branch, method, sequence, callId, status });
    if (status !== undefined) {
      const answered = `${from.host} ${callId}`;
      if (what === 'sent' && method === 'INVITE' && status >= 200 && status < 300 && !this.#left.has(`by ${answered}`)) {
        if (!this.#answered.has(answered)) this.#answered.set(answered, this.#accepted.get(`${callId} ${tagOf(text)}`) ?? at);
      }
      if (what === 'sent' && status >= 200 && !this.between.has(from.host))
        this.#final(`${from.host} ${branch} ${method}`, status, text, at);
      if (what === 'delivered' && datagram && method === 'INVITE' && status >= 200 && status < 300)
        this.#success(call, tagOf(text), at, to);
      return;
    }
    if (method === 'ACK') {
      const answered = `${to.host} ${callId}`;
      if (what === 'delivered' && this.#answered.has(answered)) this.#answered.set(answered, 'acknowledged');
      if (what === 'sent') this.#acknowledged(`${from.host} ${call} ${tagOf(text)}`);
      return;
    }
    if (what === 'delivered')
      this.#requests.set(`${to.host} ${branch} ${method}`, {
        what: `${method} of ${from.host} (${branch})`,
        from: from.host,
        to: to.host,
        stream: !datagram,
      });
    if (what === 'sent' && method === 'INVITE') this.#left.set(`by ${from.host} ${callId}`, at);
    const waits = this.#answered.get(`${from.host} ${callId}`);
    if (what === 'sent' && method === 'BYE' && typeof waits === 'number' && at - waits < ACCEPTED_MS) {
      this.#complaints.push(`BYE of ${from.host} before the ACK`);
    }
    if (what === 'sent' && method === 'BYE') this.#ended.add(`${from.host} ${callId} ${tagOf(text)}`);
    const deed = `${method} ${from.host} ${call}`; // an element between them sends its own
    if (what === 'sent' && (method === 'CANCEL' || method === 'INVITE') && !this.#left.has(deed)) this.#left.set(deed, at);
  }

  /** A copy of the request that comes when its transaction has gone, 64·T1 after its answer, is another request. */
  #final(key: string, status: number, text: string, at: number): void {
    const before = this.#finals.get(key);
    if (before === undefined) this.#finals.set(key, { text, at });
    else if (before.text !== text && at - before.at < ACCEPTED_MS)
      this.#complaints.push(`two final responses, ${before.text.slice(8, 11)} and ${status}, to ${key}`);
  }

  #success(call: string, tag: string, at: number, to: Address): void {
    const key = `${to.host} ${call} ${tag}`;
    const known = this.#successes.get(key);
    if (known === undefined) {
      const left = this.#left.get(`CANCEL ${to.host} ${call}`) ?? this.#left.get(`INVITE ${to.host} ${call}`) ?? at;
      if (at - left > ACCEPTED_MS) return;
      this.#successes.set(key, { what: `the 2xx to ${call}`, first: at, open: at, acknowledged: false });
    } else if (at - known.first < ACCEPTED_MS && !(known.acknowledged && this.#ended.has(`${to.host} ${call.split(' ')[0]} ${tag}`)))
      known.open ??= at;
  }

  #acknowledged(key: string): void {
    const known = this.#successes.get(key);
    if (known === undefined) return;
    known.open = undefined;
    known.acknowledged = true;
  }
}
