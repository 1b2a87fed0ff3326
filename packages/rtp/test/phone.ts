/** A peer's telephone on the simulated network: a socket that keeps what it hears, and sends packets byte by byte as a test wants them. */
import type { DatagramSocket } from '@jackfield/base';
import type { SimulatedHost } from '@jackfield/base/testing';
import { readRtp, writeRtp, type RtpPacket } from '../src/packet.ts';

export class Phone {
  readonly heard: RtpPacket[] = [];
  #socket!: DatagramSocket;
  readonly #to: { readonly host: string; readonly port: number };

  private constructor(to: { readonly host: string; readonly port: number }) {
    this.#to = to;
  }

  static async at(
    host: SimulatedHost,
    address: string,
    port: number,
    to: { readonly host: string; readonly port: number },
  ): Promise<Phone> {
    const phone = new Phone(to);
    phone.#socket = await host.bindDatagram(
      { host: address, port },
      {
        message: (bytes) => {
          const packet = readRtp(bytes);
          if (packet !== undefined && (bytes[1]! < 192 || bytes[1]! > 223)) phone.heard.push(packet);
        },
        error: () => {},
      },
    );
    return phone;
  }

  say(payloadType: number, sequence: number, timestamp: number, payload: Uint8Array, marker = false): void {
    this.#socket.send(writeRtp(marker, payloadType, sequence, timestamp, 77, payload), this.#to.port, this.#to.host);
  }

  /** Takes what was heard since last asked. */
  take(): RtpPacket[] {
    return this.heard.splice(0);
  }
}
