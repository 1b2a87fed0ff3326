/** The network as an argument: what a transport or an RTP port asks of the host it runs on. The simulated one lives in `./testing`. */

/** Where a socket is, or where its peer is. */
export interface Address {
  /** Numeric IPv4 or IPv6, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A bound UDP socket. `send` never throws: what cannot be sent is reported to `error`. */
export interface DatagramSocket {
  /** The port is a real one also where 0 was asked for. */
  readonly local: Address;
  send(bytes: Uint8Array, port: number, host: string): void;
  close(): void;
}
/** Hears a bound UDP socket; called later, never from inside a call to it. */
export interface DatagramReceiver {
  message(bytes: Uint8Array, host: string, port: number): void;
  /** A send or the socket failed; `to` when it was one send. */
  error(error: Error, to?: Address): void;
}
/** Where to bind. */
export interface DatagramOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Bytes; absent: the system's default. */
  readonly recvBufferSize?: number | undefined;
}

/** One stream connection. After `close`, `abort` or `closed`, `send` does nothing. */
export interface StreamConnection {
  readonly local: Address;
  readonly remote: Address;
  /** Bytes that `send` took and the system has not yet: what grows when the peer does not read. */
  readonly buffered: number;
  send(bytes: Uint8Array): void;
  /** Ends it, after what was sent has left. `closed` follows when the peer has ended its side too. */
  close(): void;
  /** Ends it at once. */
  abort(): void;
}
/** Called later, never from inside a call to the connection. */
export interface StreamReceiver {
  /** Whatever has come, in pieces of any length. */
  data(bytes: Uint8Array): void;
  /** Once: the other side, an error, our own `close` or `abort` ended it. */
  closed(error?: Error): void;
}
/** A bound socket that takes connections; closing it leaves those that there are. */
export interface StreamListener {
  /** The port is a real one also where 0 was asked for. */
  readonly local: Address;
  close(): void;
}

/** The addresses and sockets of one host. A bind or connect that fails rejects with the system's error. */
export interface Network {
  bindDatagram(options: DatagramOptions, receiver: DatagramReceiver): Promise<DatagramSocket>;
  listenStream(options: Address, accept: (connection: StreamConnection) => StreamReceiver): Promise<StreamListener>;
  /** `signal` gives the attempt up; it is not looked at once connected. */
  connectStream(to: Address, receiver: StreamReceiver, signal?: AbortSignal): Promise<StreamConnection>;
  /** The local address that packets to `remoteHost` leave from: what a wildcard bind shows that peer. */
  sourceFor(remoteHost: string): string | Promise<string>;
  /** Numeric addresses of a name, best first; a numeric name gives itself. */
  lookup(name: string): Promise<readonly string[]>;
}
