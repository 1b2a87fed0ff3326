/** A WebSocket connection (RFC 7118 §5): one WebSocket message is one SIP message, or CRLFs that keep the flow alive. */
import { ConnectionFlow } from './connection-flow.ts';
import type { Flow } from './transport.ts';

const CR = 0x0d;
const LF = 0x0a;
const PING_LENGTH = 4;
const PONG = Buffer.from('\r\n');
// small frames cost far more than the bytes that are in them
const MAX_PIECES = 1024;
const MAX_WAITING = 4096;

export class WebSocketFlow extends ConnectionFlow {
  #half = 0;
  #begun = 0;

  /** A WebSocket client listens nowhere: what was opened by the peer cannot be opened by us. */
  override sibling(): Flow {
    return this;
  }

  protected override hear(bytes: Uint8Array): void {
    if (bytes.length === 0) {
      this.keepAlive?.ponged();
      this.hasRoom(0); // for what the link answered
      return;
    }
    this.#half = 0;
    if (!isBlank(bytes)) this.message(bytes);
    else if (bytes.length >= PING_LENGTH) {
      this.host.keptAlive();
      if (this.waiting < MAX_WAITING) this.write(PONG); // else the peer has more than that to read first
    }
  }

  protected override begin(pieces: number): void {
    if (pieces > MAX_PIECES) this.cut('too-large');
    else if (this.#half === 0) this.#half = this.#begun += 1;
  }

  protected override get half(): number {
    return this.#half;
  }

  protected override stop(): void {
    // nothing is held
  }

  protected override pings(): boolean {
    return true;
  }

  protected override pingBySip(): void {
    // WebSocket has its own
  }
}

function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== CR && byte !== LF) return false;
  return true;
}
