/**
 * RTP and RTCP over a pair of UDP sockets (RFC 3550 §11, RFC 5761 for both on one). Packets count when they are whole, of an agreed payload
 * type and from the place we believe; every other is dropped and counted, and the remote side learns nothing of it. Takes no ports itself.
 */
import type { DatagramReceiver, DatagramSocket } from '@jackfield/base';
import type { RtpCounters } from './counters.ts';
import { readRtp } from './packet.ts';
import { looksLikeRtcp, readRtcp } from './rtcp.ts';
import { SourceFilter, canonicalHost } from './source-filter.ts';
import type { Latching, MediaReceiver, MediaTransport, RemoteMedia } from './transport.ts';

export class UdpTransport implements MediaTransport {
  readonly inert = false;
  readonly localAddress: string;
  readonly port: number;
  readonly rtcpPort: number;
  readonly #counters: RtpCounters;
  readonly #latch: Latching;
  readonly #release: () => void;
  #media: DatagramSocket | undefined;
  #control: DatagramSocket | undefined;
  #receiver: MediaReceiver | undefined;
  #remote: RemoteMedia | undefined;
  #from: SourceFilter | undefined;
  #controlFrom: SourceFilter | undefined;
  /** By payload type, 1 where agreed. */
  readonly #agreed = new Uint8Array(128);
  #closed = false;

  /** @param release - gives the ports back; called once. */
  constructor(localAddress: string, port: number, latch: Latching, counters: RtpCounters, release: () => void) {
    this.localAddress = localAddress;
    this.port = port;
    this.rtcpPort = port + 1;
    this.#latch = latch;
    this.#counters = counters;
    this.#release = release;
  }

  /** Hands over the bound sockets, whose receivers are `mediaReceiver` and `controlReceiver`. */
  attach(media: DatagramSocket, control: DatagramSocket): void {
    this.#media = media;
    this.#control = control;
  }

  get closed(): boolean {
    return this.#closed;
  }

  setReceiver(receiver: MediaReceiver | undefined): void {
    if (!this.#closed) this.#receiver = receiver;
  }

  setRemote(remote: RemoteMedia | undefined): void {
    if (this.#closed) return;
    this.#remote = remote;
    this.#agreed.fill(0);
    const host = remote === undefined ? undefined : canonicalHost(remote.host);
    if (remote === undefined || host === undefined || remote.port === 0) {
      this.#from = this.#controlFrom = undefined;
      return;
    }
    for (const type of remote.payloadTypes) if (type >= 0 && type < 128) this.#agreed[type] = 1;
    const latch = remote.latch ?? this.#latch;
    const kept = sameFilter(this.#from, host, remote.port, latch);
    this.#from = kept ?? new SourceFilter(host, remote.port, latch);
    if (remote.rtcpMux === true) {
      this.#controlFrom = undefined;
      return;
    }
    const controlHost = (remote.rtcpHost === undefined ? undefined : canonicalHost(remote.rtcpHost)) ?? this.#from.host;
    const controlPort = remote.rtcpPort ?? remote.port + 1;
    const controlLatch = latch === 'none' ? 'none' : 'port'; // RTCP follows the address that RTP has settled, and moves none
    this.#controlFrom =
      sameFilter(this.#controlFrom, controlHost, controlPort, controlLatch) ?? new SourceFilter(controlHost, controlPort, controlLatch);
  }

  send(packet: Uint8Array): void {
    const to = this.#from;
    if (to === undefined || this.#media === undefined) {
      this.#counters.unsent += 1;
      return;
    }
    this.#counters.packetsOut += 1;
    this.#media.send(packet, to.port, to.host);
  }

  sendControl(compound: Uint8Array): void {
    const mux = this.#remote?.rtcpMux === true;
    const to = mux ? this.#from : this.#controlFrom;
    const socket = mux ? this.#media : this.#control;
    if (to === undefined || socket === undefined || to.port > 65535) {
      this.#counters.unsent += 1;
      return;
    }
    this.#counters.controlOut += 1;
    socket.send(compound, to.port, to.host);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const [media, control] = [this.#media, this.#control];
    this.#media = this.#control = this.#receiver = this.#remote = this.#from = this.#controlFrom = undefined;
    media?.close();
    control?.close();
    this.#release();
  }

  readonly mediaReceiver: DatagramReceiver = {
    message: (bytes, host, port) => this.#mediaArrived(bytes, host, port),
    error: () => this.#failed(),
  };

  readonly controlReceiver: DatagramReceiver = {
    message: (bytes, host, port) => this.#controlArrived(bytes, this.#controlFrom, host, port),
    error: () => this.#failed(),
  };

  #mediaArrived(bytes: Uint8Array, host: string, port: number): void {
    if (this.#closed) return; // a datagram that was read before the socket closed
    const counters = this.#counters;
    const from = this.#from;
    if (from === undefined) {
      counters.droppedEarly += 1;
      return;
    }
    if (!from.accepts(host, port)) {
      counters.droppedSource += 1;
      return;
    }
    if (looksLikeRtcp(bytes)) {
      this.#controlArrived(bytes, this.#remote?.rtcpMux === true ? from : undefined, host, port);
      return;
    }
    const packet = readRtp(bytes);
    if (packet === undefined) {
      counters.droppedMalformed += 1;
      return;
    }
    if (this.#agreed[packet.payloadType] !== 1) {
      counters.droppedPayloadType += 1;
      return;
    }
    const before = from.host;
    from.learn(host, port);
    const control = this.#controlFrom;
    if (from.host !== before && control !== undefined && control.negotiatedHost === before) {
      this.#controlFrom = new SourceFilter(from.host, control.negotiatedPort, control.latch);
    }
    counters.packetsIn += 1;
    this.#receiver?.packet(packet);
  }

  #controlArrived(bytes: Uint8Array, from: SourceFilter | undefined, host: string, port: number): void {
    if (this.#closed) return;
    const compound = from !== undefined && from.accepts(host, port) ? readRtcp(bytes) : undefined;
    if (from === undefined || compound === undefined) {
      this.#counters.droppedControl += 1;
      return;
    }
    if (from !== this.#from) from.learn(host, port); // on a shared port, RTP alone decides
    this.#counters.controlIn += 1;
    this.#receiver?.control(compound);
  }

  #failed(): void {
    if (!this.#closed) this.#counters.socketErrors += 1;
  }
}

function sameFilter(filter: SourceFilter | undefined, host: string, port: number, latch: Latching): SourceFilter | undefined {
  return filter?.negotiatedHost === host && filter.negotiatedPort === port && filter.latch === latch ? filter : undefined;
}
