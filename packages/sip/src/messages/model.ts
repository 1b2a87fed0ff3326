/** What a message looks like to a program: the shapes that upper floors and plug-ins lean on. Types only; the classes behind them live beside this file. */
import type { Address } from '@jackfield/base';

/** A value, or a promise of one: a value at once costs no turn of the loop. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Upper case as a rule, and compared with its case (RFC 3261 §7.1). Any other token is a method, too. */
export type Method =
  | 'INVITE'
  | 'ACK'
  | 'BYE'
  | 'CANCEL'
  | 'PRACK'
  | 'UPDATE'
  | 'INFO'
  | 'REFER'
  | 'NOTIFY'
  | 'OPTIONS'
  | 'MESSAGE'
  | 'SUBSCRIBE'
  | 'PUBLISH'
  | 'REGISTER'
  | (string & {});

/** `scheme` is lower-case; `user` is as on the wire, escapes kept; `host` is as written, an IPv6 reference with its brackets, empty for schemes without one. */
export interface Uri {
  /** `sip`, `sips`, `tel` … */
  readonly scheme: string;
  readonly user?: string | undefined;
  readonly host: string;
  toString(): string;
}

/** A URI with the name that people read, as From, To and Contact have it (RFC 3261 §20.10). */
export interface NameAddr {
  readonly uri: Uri;
  /** Quotes and escapes undone. */
  readonly displayName?: string | undefined;
}

/** Case-insensitive, ordered, repeated fields kept apart, unread fields as they came. */
export interface ReadonlyHeaders {
  /** Of the first field of that name, long form or short; folds are one space, and a list in one field stays whole. */
  get(name: string): string | undefined;
  /** Every field of this name, in order. */
  getAll(name: string): readonly string[];
  /** Each once, in the order in which they appear, as RFCs spell them; unknown ones as they are spelt first. What the stack writes itself is not there before a message leaves. */
  names(): Iterable<string>;
}

/** @throws SIP_HEADER_SYNTAX for a name that is no token, or a value with CR, LF or NUL; SIP_HEADER_LENGTH for one above 65535 characters, or the 1025th field. */
export interface Headers extends ReadonlyHeaders {
  /** In place of every field of this name. */
  set(name: string, value: string): void;
  /** Behind the fields of this name. */
  add(name: string, value: string): void;
  /** True when there was one. */
  delete(name: string): boolean;
}
/** Values by name; a list makes a field of each. Written in the order of the keys. */
export type HeaderInit = Readonly<Record<string, string | readonly string[]>>;

/** `type` is lower-case, without parameters. */
export interface Body {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly bytes: Uint8Array;
}

/** Who made a message: the peer, the application, or the core itself (PRACK, refresh, the 200 to BYE, a local 408 …). */
export type Origin = 'remote' | 'application' | 'core';

/** The way a request came: what its sender cannot choose. */
export interface Source {
  readonly kind: 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';
  /** Where its packets come from; numeric, IPv6 without brackets. */
  readonly remote: Address;
  /** Encrypted on this hop. */
  readonly secure: boolean;
  /** Over TLS, whom its certificate proves the sender to be (RFC 5922 §7.1); of one that has none, nobody. */
  readonly peerNames?: readonly string[] | undefined;
}

/** A request of the peer, as filters, services and plug-ins see it. It does not change. */
export interface IncomingRequest {
  /** As written: case counts. */
  readonly method: Method;
  /** True for a request outside a dialog. */
  readonly initial: boolean;
  /** Request-URI. */
  readonly uri: Uri;
  /** As they came; the topmost Via has `received` and `rport` in it. */
  readonly headers: ReadonlyHeaders;
  /** Undefined where there are no bytes. */
  readonly body?: Body | undefined;
  /** Aborts when the request has been answered, cancelled, or its session has ended; made on first read. */
  readonly signal: AbortSignal;
  /** Undefined for a request that no transport brought, as in a test. */
  readonly source?: Source | undefined;
}

/** A response, of the peer or made here when none came (`origin: 'core'`). */
export interface IncomingResponse {
  /** 100 to 699. */
  readonly status: number;
  /** Reason phrase, as it came; means nothing to programs. */
  readonly reason: string;
  /** As they came. */
  readonly headers: ReadonlyHeaders;
  /** Undefined where there are no bytes. */
  readonly body?: Body | undefined;
  /** Ours, as it was sent. */
  readonly request: OutgoingRequest;
  /** In which it came, or which it makes: of forks, each its own. */
  readonly dialog: DialogView;
  /** `core`: nobody sent it, it stands for a timeout or a failed transport. */
  readonly origin: Origin;
}

/** Via, CSeq, Route, Max-Forwards, Content-Length, credentials, and Contact in those that carry one, are the stack's: written per attempt, after the hooks. */
export interface OutgoingRequest {
  /** Upper case for those of the RFCs. */
  readonly method: Method;
  /** May be edited in hooks and filters, and no more when it has left. */
  readonly headers: Headers;
  /** Who wants it sent: the application, or the core. */
  readonly origin: Origin;
  /** As for `IncomingRequest`. */
  readonly initial: boolean;
  /** 1, and up each time it is built anew (after 491, or 500 with Retry-After). */
  readonly attempt: number;
}

/** A response before it leaves: its headers may be edited, its status not. */
export interface OutgoingResponse {
  /** Decided by now; hooks change headers only. */
  readonly status: number;
  /** May be edited in hooks and filters, and no more when it has left. */
  readonly headers: Headers;
  /** What it answers. */
  readonly request: IncomingRequest;
  /** Who decided it: the application or a plug-in, or the core. */
  readonly origin: Origin;
}

/** A dialog as plug-ins see it (RFC 3261 §12). Before there is one, tags and sets are those known so far. */
export interface DialogView {
  /** Of every message in it. */
  readonly callId: string;
  /** Ours. */
  readonly localTag: string;
  /** Undefined until the peer has answered, and of a peer that sends none. */
  readonly remoteTag: string | undefined;
  /** Where requests inside the dialog go: the peer's Contact (RFC 3261 §12.1). Undefined before there is a dialog. */
  readonly remoteTarget?: Uri | undefined;
  /** Methods of the peer's last Allow; empty when it said none. */
  readonly remoteAllow: ReadonlySet<string>;
  /** Option tags of the peer's last Supported; empty when it said none. */
  readonly remoteSupported: ReadonlySet<string>;
}

/** `live`: what is held now (transactions, dialogs, connections, timers …), all 0 when idle. `total`: counted since the start (messages, drops by cause …). */
export interface Stats {
  readonly live: Readonly<Record<string, number>>;
  readonly total: Readonly<Record<string, number>>;
}

/** One listener: for programs that pass such options through. */
export interface ListenOptions {
  /** Absent: every address of the host, IPv4 and, where it has that, IPv6: a listener for each, at one port. `0.0.0.0` and `::` are one family each. */
  readonly host?: string | undefined;
  /** 0: any free one. */
  readonly port: number;
  /** What peers are shown in Via, Contact and c= instead of the local address. Without `host`, a numeric one is shown to peers of its family alone. */
  readonly advertise?: string | undefined;
}
