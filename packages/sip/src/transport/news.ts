/** What the transport floor tells on `node:diagnostics_channel`: messages as they pass, what is thrown away, and connections. */
import { Diagnostics, type Address } from '@jackfield/base';
import type { DropCause, Flow, SipMessage } from './transport.ts';

/** `jackfield:sip:message:in` and `:out`: a message as it passes; in: parsed, before anybody has acted on it; out: before it is handed to the socket. */
export interface PassingMessage {
  readonly message: SipMessage;
  /** As on the wire, of a secure transport as before encryption; not to be changed. */
  readonly bytes: Uint8Array;
  readonly flow: Flow;
  /** Whose it is, by identity: what `createSipStack` gave. */
  readonly stack: object;
  /** ms of that stack's clock. */
  readonly at: number;
}

/** `jackfield:sip:drop`: something was thrown away or refused. */
export interface Drop {
  readonly cause: DropCause;
  readonly remote: Address;
  /** What was dropped, where it was a message or a part of one. */
  readonly bytes: Uint8Array | undefined;
  readonly stack: object;
}

/** Why a connection ended: `local`, the stack closed it; `peer`, in order; `failed`, by an error; else why it was cut. */
export type ConnectionEnd = 'local' | 'peer' | 'failed' | DropCause;

/** `jackfield:sip:connection`: a connection is there, or is there no more. An attempt that failed is told as `closed` alone. */
export type ConnectionNews =
  | { readonly event: 'opened'; readonly flow: Flow; readonly direction: 'incoming' | 'outgoing' }
  | { readonly event: 'closed'; readonly flow: Flow; readonly cause: ConnectionEnd; readonly error: Error | undefined };

export const messageIn = new Diagnostics<PassingMessage>('sip:message:in');
export const messageOut = new Diagnostics<PassingMessage>('sip:message:out');
export const drops = new Diagnostics<Drop>('sip:drop');
export const connections = new Diagnostics<ConnectionNews>('sip:connection');
