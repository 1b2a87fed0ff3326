/** A peer's telephone on the simulated network: a socket that keeps what it hears, and sends packets as a test wants them. No codec, no RTCP. */
import type { Address, DatagramSocket } from '@jackfield/base';
import type { SimulatedHost } from '@jackfield/base/testing';
import { readRtp, writeRtp, type RtpPacket } from '../packet.ts';

const SSRC = 77;
/** Second bytes of RTCP (RFC 5761 §4). */
const [RTCP_FIRST, RTCP_LAST] = [192, 223];

/** A telephone at one port of a simulated host. */
export class Phone {
  /** RTP that came, in order; {@link Phone.take} empties it. */
  readonly heard: RtpPacket[] = [];
  readonly #to: Address;
  #socket: DatagramSocket | undefined;

  private constructor(to: Address) {
    this.#to = to;
  }

  /** A phone at `address` and `port` of `host`, that speaks to `to`. Rejects as a bind does. */
  static async at(host: SimulatedHost, address: string, port: number, to: Address): Promise<Phone> {
    const phone = new Phone(to);
    phone.#socket = await host.bindDatagram({ host: address, port }, { message: (bytes) => phone.#hear(bytes), error() {} });
    return phone;
  }

  say(payloadType: number, sequence: number, timestamp: number, payload: Uint8Array, marker = false): void {
    this.#socket?.send(writeRtp(marker, payloadType, sequence, timestamp, SSRC, payload), this.#to.port, this.#to.host);
  }

  /** What was heard since last asked. */
  take(): RtpPacket[] {
    return this.heard.splice(0);
  }

  #hear(bytes: Uint8Array): void {
    const packet = readRtp(bytes);
    if (packet !== undefined && (bytes[1]! < RTCP_FIRST || bytes[1]! > RTCP_LAST)) this.heard.push(packet);
  }
}
