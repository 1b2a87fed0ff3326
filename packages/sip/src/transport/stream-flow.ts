/** A connection of TCP or TLS: messages are cut from the stream by Content-Length, keep-alives are CRLFs between them (RFC 5626 §4.4.1). */
import type { Address } from '@jackfield/base';
import { withAlias } from './alias.ts';
import { ConnectionFlow, type FlowOwner } from './connection-flow.ts';
import { Framer, type FramerUser } from './framer.ts';
import type { DropCause, SipMessage } from './transport.ts';

const PING = Buffer.from('\r\n\r\n');
const PONG = Buffer.from('\r\n');

export class StreamFlow extends ConnectionFlow implements FramerUser {
  readonly #framer: Framer;

  constructor(owner: FlowOwner, remote: Address, advertised: Address, name: string | undefined) {
    super(owner, remote, advertised, name);
    this.#framer = new Framer(owner.limits, this);
  }

  override send(bytes: Uint8Array, message?: SipMessage): void {
    super.send(this.owner.alias ? withAlias(bytes) : bytes, message);
  }

  // ---- from the framer

  framed(bytes: Uint8Array): void {
    this.message(bytes);
  }

  pinged(): void {
    this.host.keptAlive();
    this.write(PONG);
  }

  ponged(): void {
    this.keepAlive?.ponged();
  }

  broken(head: Uint8Array, status: number, cause: DropCause): void {
    this.host.unframed(head, status, cause, this);
    if (this.closed) return;
    this.quit(false, cause);
    this.host.flowFailed(this, undefined);
  }

  // ---- for the connection

  protected override hear(bytes: Uint8Array): void {
    this.#framer.push(bytes);
  }

  protected override begin(): void {
    // the framer sees for itself
  }

  protected override get half(): number {
    return this.#framer.half;
  }

  protected override stop(): void {
    this.#framer.stop();
  }

  /** Who opened the connection keeps it alive. */
  protected override pings(accepted: boolean): boolean {
    return !accepted;
  }

  protected override pingBySip(): void {
    this.#framer.expectPong();
    this.write(PING);
  }
}
