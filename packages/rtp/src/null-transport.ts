/** A transport that is two numbers: it opens nothing, sends nothing and hears nothing. */
import type { MediaTransport } from './transport.ts';

export class NullTransport implements MediaTransport {
  readonly inert = true;
  readonly localAddress: string;
  readonly port: number;
  readonly rtcpPort: number;
  readonly #release: () => void;
  #closed = false;

  constructor(localAddress: string, port: number, release: () => void) {
    this.localAddress = localAddress;
    this.port = port;
    this.rtcpPort = port + 1;
    this.#release = release;
  }

  get closed(): boolean {
    return this.#closed;
  }

  setRemote(): void {}
  setReceiver(): void {}
  send(): void {}
  sendControl(): void {}

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#release();
  }
}
