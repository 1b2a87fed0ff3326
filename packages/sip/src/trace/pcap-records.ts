/**
 * Passing messages as records of a classic pcap file (magic a1b2c3d4, µs, LINKTYPE_RAW): a datagram each over UDP, segments of a made-up TCP
 * connection over everything else. Streams have no handshake and no acknowledgements of their own; their sequence numbers follow from the bytes.
 */
import { isIpv6, isWildcard, withoutBrackets } from '../transport/addresses.ts';
import { BoundedCache } from '../transport/bounded-cache.ts';
import type { PassingMessage } from '../transport/news.ts';
import type { Flow } from '../transport/transport.ts';
import { addressBytes, asIpv6, MAX_PAYLOAD, tcpPacket, udpPacket, type Endpoint } from './ip-packets.ts';

const LINKTYPE_RAW = 101;
const SNAP_LENGTH = 262_144;
const SIP_PORT = 5060;
const PLAIN = 50_000;
const SEGMENT = 32_768;
/** Connections whose sequence numbers are remembered; one that was forgotten begins again. */
const MAX_CONVERSATIONS = 4096;

/** Next sequence number of each side. */
interface Conversation {
  ours: number;
  theirs: number;
}

export function fileHeader(): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAP_LENGTH, 16);
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  return header;
}

export class PcapRecords {
  readonly #conversations = new BoundedCache<string, Conversation>(MAX_CONVERSATIONS);
  #id = 0;

  /**
   * The records of one message in one piece, offered to `take`. Where that gives false they do not count, and the next message follows the last
   * that did. False also for what fits no packet: a datagram over its bound, a peer without a numeric address.
   */
  write({ bytes, flow, at }: PassingMessage, outgoing: boolean, take: (records: Uint8Array) => boolean): boolean {
    const ends = endpointsOf(flow);
    if (ends === undefined) return false;
    const from = outgoing ? ends.ours : ends.theirs;
    const to = outgoing ? ends.theirs : ends.ours;
    if (flow.kind === 'UDP') return bytes.length <= MAX_PAYLOAD && take(record(at, udpPacket(from, to, bytes, this.#nextId())));

    const conversation = this.#conversation(ends.ours, ends.theirs);
    const acknowledged = outgoing ? conversation.theirs : conversation.ours;
    let sequence = outgoing ? conversation.ours : conversation.theirs;
    const records: Uint8Array[] = [];
    for (let begin = 0; begin < bytes.length; begin += SEGMENT) {
      const piece = bytes.subarray(begin, begin + SEGMENT);
      records.push(record(at, tcpPacket(from, to, piece, { sequence, acknowledged }, this.#nextId())));
      sequence = (sequence + piece.length) >>> 0;
    }
    if (!take(Buffer.concat(records))) return false;
    if (outgoing) conversation.ours = sequence;
    else conversation.theirs = sequence;
    return true;
  }

  #conversation(ours: Endpoint, theirs: Endpoint): Conversation {
    const key = `${ours.address.join('.')} ${ours.port} ${theirs.address.join('.')} ${theirs.port}`;
    let conversation = this.#conversations.get(key);
    if (conversation === undefined) this.#conversations.set(key, (conversation = { ours: 1, theirs: 1 }));
    return conversation;
  }

  #nextId(): number {
    this.#id = (this.#id + 1) & 0xffff;
    return this.#id;
  }
}

/** The two ends in one family. */
function endpointsOf(flow: Flow): { readonly ours: Endpoint; readonly theirs: Endpoint } | undefined {
  const { local, remote } = flow;
  const theirs = addressBytes(remote.host);
  const ours = addressBytes(isWildcard(local.host) ? shownHost(flow) : local.host);
  if (ours === undefined || theirs === undefined) return undefined;
  const decrypted = flow.kind !== 'UDP' && flow.kind !== 'TCP';
  const ourPort = decrypted ? SIP_PORT : local.port || flow.advertised.port; // 0: a transport that listens nowhere
  const theirPort = decrypted && remote.port < SIP_PORT ? remote.port + PLAIN : remote.port;
  const wide = ours.length !== theirs.length;
  return {
    ours: { address: wide ? asIpv6(ours) : ours, port: ourPort },
    theirs: { address: wide ? asIpv6(theirs) : theirs, port: theirPort },
  };
}

/** What the peer sees of us, unless that is a name or of the other family. */
function shownHost({ local, remote, advertised }: Flow): string {
  const host = withoutBrackets(advertised.host);
  return addressBytes(host) !== undefined && isIpv6(host) === isIpv6(remote.host) ? host : local.host;
}

function record(at: number, packet: Uint8Array): Uint8Array {
  const seconds = Math.floor(at / 1000);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(seconds >>> 0, 0);
  header.writeUInt32LE(Math.floor((at - seconds * 1000) * 1000), 4);
  header.writeUInt32LE(packet.length, 8);
  header.writeUInt32LE(packet.length, 12);
  return Buffer.concat([header, packet]);
}
