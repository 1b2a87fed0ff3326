/** The tester's side: sends by UDP and by TCP, a batch at a time, and after each asks whether anybody is still there. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket as Connection } from 'node:net';
import { requestText } from '@jackfield/sip/testing';

const PATIENCE_MS = 1000;
const BATCH = 25; // what a socket's buffer holds for sure

export class Tester {
  readonly #socket: Socket = createSocket('udp4');
  readonly #waiting = new Map<string, (message: string) => void>();
  #machine = 0;
  #asked = 0;
  port = 0;
  /** The longest that the machine let us wait for the answer to OPTIONS, ms. */
  slowest = 0;

  /** @returns the port it sends from */
  async bind(): Promise<number> {
    this.#socket.on('message', (bytes) => {
      const message = bytes.toString('latin1');
      const callId = /^Call-ID: (.*)$/m.exec(message)?.[1]?.trim();
      if (message.startsWith('SIP/2.0 1') || callId === undefined) return;
      this.#waiting.get(callId)?.(message);
    });
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    return (this.port = this.#socket.address().port);
  }

  aim(port: number): void {
    this.#machine = port;
  }

  get via(): string {
    return `127.0.0.1:${this.port}`;
  }

  send(message: string | Buffer): void {
    this.#socket.send(message, this.#machine, '127.0.0.1');
  }

  /** The final response that comes, which has to come within a second. */
  async exchange(text: string): Promise<string> {
    const callId = /^Call-ID: (.*)\r$/m.exec(text)![1]!;
    const begun = performance.now();
    const answer = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`no answer within ${PATIENCE_MS} ms to ${text.slice(0, text.indexOf('\r'))}`)),
        PATIENCE_MS,
      );
      this.#waiting.set(callId, (message) => {
        clearTimeout(late);
        resolve(message);
      });
      this.send(text);
    }).finally(() => this.#waiting.delete(callId));
    this.slowest = Math.max(this.slowest, performance.now() - begun);
    return answer;
  }

  /** @returns the status line */
  async options(): Promise<string> {
    const id = `options-${(this.#asked += 1)}`;
    const answer = await this.exchange(
      requestText('OPTIONS', {
        uri: `sip:127.0.0.1:${this.#machine}`,
        via: this.via,
        branch: `z9hG4bK-${id}`,
        from: '<sip:tester@127.0.0.1>;tag=t',
        to: `<sip:127.0.0.1:${this.#machine}>`,
        callId: id,
        cseq: 1,
      }),
    );
    return answer.slice(0, answer.indexOf('\r'));
  }

  /** The two at the same time. */
  async flood(byUdp: readonly Buffer[], byTcp: readonly Buffer[]): Promise<void> {
    for (let at = 0; at < Math.max(byUdp.length, byTcp.length); at += BATCH) {
      for (const message of byUdp.slice(at, at + BATCH)) this.send(message);
      const connections = await Promise.all(byTcp.slice(at, at + BATCH).map((message) => this.#stream(message)));
      await this.options();
      for (const connection of connections) connection.destroy();
    }
  }

  close(): void {
    this.#socket.close();
  }

  /** Connected, and all of it handed over. */
  async #stream(message: Buffer): Promise<Connection> {
    const connection = connect(this.#machine, '127.0.0.1');
    connection.on('error', () => {}); // the machine may hang up on what it cannot read
    connection.resume();
    await once(connection, 'connect');
    await new Promise<void>((resolve) => {
      connection.write(message, () => resolve());
    });
    return connection;
  }
}
