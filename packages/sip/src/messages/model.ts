/** What a message looks like to a program: the shapes that upper floors and plug-ins lean on. Types only; the classes behind them live beside this file. */
import type { Address } from '@jackfield/base';

export type Awaitable<T> = T | PromiseLike<T>;

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
  readonly scheme: string;
  readonly user?: string | undefined;
  readonly host: string;
  toString(): string;
}

export interface NameAddr {
  readonly uri: Uri;
  readonly displayName?: string | undefined;
}

/** Case-insensitive, ordered, repeated fields kept apart, unread fields as they came. */
export interface ReadonlyHeaders {
  get(name: string): string | undefined;
  getAll(name: string): readonly string[];
}

/** @throws SIP_HEADER_SYNTAX for a name that is no token, or a value with CR, LF or NUL; SIP_HEADER_LENGTH for one above 65535 characters, or the 1025th field. */
export interface Headers extends ReadonlyHeaders {
  set(name: string, value: string): void;
  add(name: string, value: string): void;
  delete(name: string): boolean;
}
export type HeaderInit = Readonly<Record<string, string | readonly string[]>>;

/** `type` is lower-case, without parameters. */
export interface Body {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly bytes: Uint8Array;
}

/** Who made a message: the peer, the application, or the core itself (PRACK, refresh, the 200 to BYE, a local 408 …). */
export type Origin = 'remote' | 'application' | 'core';

/** `signal` aborts when the request has been answered, cancelled, or its session has ended; made on first read. */
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

export interface IncomingRequest {
  readonly method: Method;
  /** True for a request outside a dialog. */
  readonly initial: boolean;
  readonly uri: Uri;
  readonly headers: ReadonlyHeaders;
  readonly body?: Body | undefined;
  readonly signal: AbortSignal;
  /** Undefined for a request that no transport brought, as in a test. */
  readonly source?: Source | undefined;
}

export interface IncomingResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: ReadonlyHeaders;
  readonly body?: Body | undefined;
  readonly request: OutgoingRequest;
  readonly dialog: DialogView;
  readonly origin: Origin;
}

/** Via, CSeq, Contact, Route, Max-Forwards, Content-Length and credentials are the stack's: written per attempt, after the hooks. */
export interface OutgoingRequest {
  readonly method: Method;
  readonly headers: Headers;
  readonly origin: Origin;
  /** As for `IncomingRequest`. */
  readonly initial: boolean;
  /** 1, and up each time it is built anew (after 491, or 500 with Retry-After). */
  readonly attempt: number;
}

export interface OutgoingResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly request: IncomingRequest;
  readonly origin: Origin;
}

export interface DialogView {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string | undefined;
  /** Where requests inside the dialog go: the peer's Contact (RFC 3261 §12.1). Undefined before there is a dialog. */
  readonly remoteTarget?: Uri | undefined;
  readonly remoteAllow: ReadonlySet<string>;
  readonly remoteSupported: ReadonlySet<string>;
}

/** `live`: what is held now (transactions, dialogs, connections, timers …), all 0 when idle. `total`: counted since the start (messages, drops by cause …). */
export interface Stats {
  readonly live: Readonly<Record<string, number>>;
  readonly total: Readonly<Record<string, number>>;
}

export interface ListenOptions {
  /** Absent: every address of the host, IPv4 and, where it has that, IPv6: a listener for each, at one port. `0.0.0.0` and `::` are one family each. */
  readonly host?: string | undefined;
  readonly port: number;
  /** What peers are shown in Via, Contact and c= instead of the local address. Without `host`, a numeric one is shown to peers of its family alone. */
  readonly advertise?: string | undefined;
}
