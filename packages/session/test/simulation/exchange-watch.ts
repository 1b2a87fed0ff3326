/**
 * What the parties' descriptions and reliable responses owe one another, read from the wire: one version of a description is one description (RFC 4566 §5.2),
 * an answer has the lines of its offer (RFC 3264 §6), offers do not cross (RFC 3261 §14.2, RFC 3311 §5.2), and a 2xx waits for the PRACK of what the exchange
 * hangs on, which itself is not waited for longer than 64·T1 (RFC 3262 §3).
 */
import { field, tagOf } from './fields.ts';

/** A message between parties, or with an element between them. */
export interface Message {
  readonly what: 'sent' | 'delivered';
  /** By UDP: over a stream what was sent need not have left. */
  readonly datagram: boolean;
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly branch: string;
  readonly method: string;
  /** CSeq number. */
  readonly sequence: string;
  readonly callId: string;
  /** Undefined: a request. */
  readonly status: number | undefined;
}

/** A request of a party; of an open one, what it offers may have no answer. */
interface Ours {
  readonly what: string;
  readonly at: number;
  readonly dialog: string;
  readonly invite: boolean;
  /** It has no final response. */
  open: boolean;
  /** Its exchange is not through. */
  offering: boolean;
}

/** An INVITE or an UPDATE that came for a party, and has no 2xx yet. */
interface Theirs {
  readonly offer: string | undefined;
  /** In a dialog. */
  readonly inside: boolean;
}

interface Reliable {
  readonly what: string;
  readonly branch: string;
  readonly at: number;
  readonly described: boolean;
  /** When its PRACK came. */
  acknowledged: number | undefined;
}

/** What carries a description, or acknowledges one. */
const EXCHANGING: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'PRACK', 'ACK']);
/** 64·T1. Who waited that long has given a request of his up, and does not tell. */
const GIVE_UP_MS = 32_000;
/** Slow hooks, and processes that stand still, come before what is due then. */
const SLOW_MS = 25_000;

export class ExchangeWatch {
  readonly #complaints: string[] = [];
  /** Bytes of descriptions by host, Call-ID, and id and version of `o=`. */
  readonly #descriptions = new Map<string, string>();
  /** By host and branch. */
  readonly #ours = new Map<string, Ours>();
  readonly #theirs = new Map<string, Theirs | 'answered'>();
  /** By host, Call-ID, own tag, RSeq and CSeq. */
  readonly #reliable = new Map<string, Reliable>();
  /** Final responses to INVITE, by host and branch: when they left. */
  readonly #finals = new Map<string, number>();

  see(message: Message): void {
    const { what, text, method, status } = message;
    if (!EXCHANGING.has(method) || status === 100) return;
    const body = text.slice(text.indexOf('\r\n\r\n') + 4);
    const sdp = body.startsWith('v=0') ? body : undefined;
    if (what === 'sent' && sdp !== undefined) this.#version(message, sdp);
    if (status === undefined) {
      if (what === 'sent') this.#asked(message, sdp);
      else this.#heard(message, sdp);
    } else if (what === 'sent') this.#answered(message, status, sdp);
    else this.#told(message, status, sdp);
  }

  /** Connections with it are broken: what was asked by them fails at once. */
  cut(): void {
    for (const ours of this.#ours.values()) ours.open = false;
  }

  /** What was broken, now that all is over. */
  complaints(now: number): string[] {
    const late = [...this.#reliable.values()].filter(({ branch, at, acknowledged }) => {
      const over = Math.min(acknowledged ?? now, this.#finals.get(branch) ?? now);
      return over - at > GIVE_UP_MS + SLOW_MS;
    });
    return [...this.#complaints, ...late.map(({ what }) => `${what} is waited for longer than 64·T1`)];
  }

  #version({ from, callId }: Message, sdp: string): void {
    const [, id, version] = field(sdp, '\r\no=', '\r').split(' ');
    const key = `${from} ${callId} ${id} ${version}`;
    const before = this.#descriptions.get(key);
    if (before === undefined) this.#descriptions.set(key, sdp);
    else if (before !== sdp) this.#complaints.push(`${from} has two descriptions of the version ${version}`);
  }

  #asked({ from, at, text, method, branch, callId, datagram }: Message, sdp: string | undefined): void {
    const key = `${from} ${branch}`;
    if (!datagram || (method !== 'INVITE' && !(method === 'UPDATE' && sdp !== undefined)) || this.#ours.has(key)) return;
    const dialog = `${from} ${callId} ${tagOf(text, 'From')} ${tagOf(text, 'To')}`;
    this.#ours.set(key, { what: method, at, dialog, invite: method === 'INVITE', open: true, offering: sdp !== undefined });
  }

  #heard({ to, at, text, method, branch, callId }: Message, sdp: string | undefined): void {
    if (method === 'PRACK') {
      const [response, sequence] = field(text, '\r\nRAck: ', '\r').split(' ');
      const open = this.#reliable.get(`${to} ${callId} ${tagOf(text, 'To')} ${response} ${sequence}`);
      if (open !== undefined) open.acknowledged ??= at;
    }
    if (method !== 'INVITE' && sdp === undefined) return;
    const key = `${to} ${branch} ${method}`;
    if (!this.#theirs.has(key)) this.#theirs.set(key, { offer: sdp, inside: tagOf(text, 'To') !== '' });
  }

  #answered(message: Message, status: number, sdp: string | undefined): void {
    const { from, method, branch, text, callId, sequence, at } = message;
    const key = `${from} ${branch}`;
    if (method === 'INVITE' && status < 200) {
      const number = text.includes('\r\nRSeq: ') ? field(text, '\r\nRSeq: ', '\r') : undefined;
      const open = `${from} ${callId} ${tagOf(text, 'To')} ${number} ${sequence}`;
      if (number === undefined || !message.datagram || this.#reliable.has(open)) return;
      const what = `the PRACK for ${status} ${number} of ${from}`;
      this.#reliable.set(open, { what, branch: key, at, described: sdp !== undefined, acknowledged: undefined });
      return;
    }
    if (status < 200) return;
    if (method === 'INVITE') {
      if (this.#finals.has(key)) return;
      this.#finals.set(key, at);
    }
    const request = this.#theirs.get(`${from} ${branch} ${method}`);
    this.#theirs.set(`${from} ${branch} ${method}`, 'answered');
    if (status >= 300 || request === undefined || request === 'answered') return;
    if (method === 'INVITE') this.#waited(key, from);
    if (request.offer !== undefined && sdp !== undefined) this.#fits(request.offer, sdp, `${status} of ${from} to ${method}`);
    if (request.inside && (method === 'INVITE' || method === 'UPDATE')) this.#crosses(message);
  }

  #waited(branch: string, from: string): void {
    for (const { branch: of, described, acknowledged } of this.#reliable.values()) {
      if (of === branch && described && acknowledged === undefined)
        this.#complaints.push(`${from} accepts before the PRACK for its description`);
    }
  }

  /** As many lines, in their places: what is declined in the offer is in the answer. */
  #fits(offer: string, answer: string, what: string): void {
    const [asked, given] = [offer, answer].map((sdp) => sdp.split('\r\nm=').slice(1));
    const wrong =
      asked!.length !== given!.length ||
      asked!.some((line, at) => {
        const [mine, other] = [line.split(' ', 2), given![at]!.split(' ', 2)];
        return mine[0] !== other[0] || (mine[1] === '0' && other[1] !== '0');
      });
    if (wrong) this.#complaints.push(`${what}: the answer has other lines than the offer`);
  }

  /** An INVITE of theirs meets none of ours, an offer in an UPDATE no offer of ours that has no answer. */
  #crosses({ from, text, callId, method, at }: Message): void {
    const first = `${from} ${callId} ${tagOf(text, 'To')} `;
    const dialog = first + tagOf(text, 'From');
    for (const ours of this.#ours.values()) {
      const meets = ours.open && (ours.dialog === dialog || ours.dialog === first);
      if (!meets || at - ours.at >= GIVE_UP_MS || !(ours.offering || (method === 'INVITE' && ours.invite))) continue;
      this.#complaints.push(`${from} accepts ${method} while its ${ours.what} is open`);
    }
  }

  #told({ to, text, method, branch }: Message, status: number, sdp: string | undefined): void {
    const ours = this.#ours.get(`${to} ${branch}`);
    if (ours === undefined) return;
    if (status >= 200) ours.open = false;
    else if (method === 'INVITE' && sdp !== undefined && text.includes('\r\nRSeq: ')) ours.offering = false;
  }
}
