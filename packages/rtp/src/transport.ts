/** What a stream needs of any way to carry packets: UDP here, DTLS or a relay elsewhere. Interfaces only. */
import type { RtpPacket } from './packet.ts';
import type { RtcpCompound } from './rtcp.ts';

/**
 * Which source we believe (RFC 4961, and the packets of strangers).
 * `'none'`: the negotiated address, any port; we send to the negotiated port.
 * `'port'`: the negotiated address; the first valid packet decides the port, and we send there: for peers behind a NAT that keeps the address.
 * `'address'`: the first valid packet decides both: whoever is first is believed.
 */
export type Latching = 'none' | 'port' | 'address';

/** The other side, as its description says. */
export interface RemoteMedia {
  /** Numeric; a name, `0.0.0.0` or `::` counts as nowhere: nothing is sent and nothing accepted. */
  readonly host: string;
  readonly port: number;
  /** Where its RTCP goes (RFC 3605); absent: `port` + 1 on the same host, or `port` itself with `rtcpMux`. */
  readonly rtcpHost?: string | undefined;
  readonly rtcpPort?: number | undefined;
  /** RTP and RTCP share the port (RFC 5761). */
  readonly rtcpMux?: boolean | undefined;
  /** What may arrive, under our numbers, telephone-event included. */
  readonly payloadTypes: readonly number[];
  /** Absent: as the ports were made. */
  readonly latch?: Latching | undefined;
}

/** Who hears what arrives. Not called after `close`. */
export interface MediaReceiver {
  packet(packet: RtpPacket): void;
  control(compound: RtcpCompound): void;
}

/** Of one stream: made by `RtpPorts.open`, or of your own, as over DTLS. */
export interface MediaTransport {
  /** What a description shows in c=. */
  readonly localAddress: string;
  /** What it shows in m=. */
  readonly port: number;
  /** Where RTCP is taken while the two share no port. */
  readonly rtcpPort: number;
  /** Carries nothing, ever: a stream on it arms no timer. */
  readonly inert: boolean;
  readonly closed: boolean;
  /** Set for a new peer or a new address; what was learned stays while host and port stay. Undefined: nowhere. */
  setRemote(remote: RemoteMedia | undefined): void;
  /** One receiver at a time; undefined takes it off. */
  setReceiver(receiver: MediaReceiver | undefined): void;
  /** A whole RTP packet. Without a remote side, or after `close`, it is dropped. */
  send(packet: Uint8Array): void;
  /** A whole RTCP compound packet. */
  sendControl(compound: Uint8Array): void;
  /** Gives the ports back, once; later calls do nothing. No callback fires after it. */
  close(): void;
}
