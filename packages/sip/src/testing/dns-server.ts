/** A DNS server for tests, by UDP on loopback: it answers from a zone, and misbehaves when it is told to. */
import type { DatagramSocket, Network } from '@jackfield/base';
import { nodeNetwork } from '../transport/node-network.ts';
import { readQuery, writeRecord, writeReply, type Query } from './dns-wire.ts';
import { Zone, type ZoneTable } from './zone.ts';

/**
 * `silent`: no answer. `servfail`: answer code 2. `forged-id`: the answer, under another id. `forged-question`: the answer, to another question.
 * `forged-port`: the answer, from another port.
 * `truncated`: half of it, marked so. `cut`: half of it, not marked. `compression-loop`: names that point at themselves. `null-rdata`: records without
 * content. `garbage`: bytes at random.
 */
export type Misbehaviour =
  | 'silent'
  | 'servfail'
  | 'forged-id'
  | 'forged-question'
  | 'forged-port'
  | 'truncated'
  | 'cut'
  | 'compression-loop'
  | 'null-rdata'
  | 'garbage';

/** For `DnsServer.listen`. */
export interface DnsServerOptions {
  readonly zone?: Zone | ZoneTable | undefined;
  /** This machine's unless given. */
  readonly network?: Network | undefined;
  /** 127.0.0.1. */
  readonly host?: string | undefined;
  /** 0: any free one. */
  readonly port?: number | undefined;
}

const SERVFAIL = 2;
const NXDOMAIN = 3;
const HEADER_BYTES = 12;
/** A name that begins and ends at its own first byte, which lies behind the question. */
const pointerTo = (offset: number): Uint8Array => Uint8Array.of(0xc0 | (offset >> 8), offset & 0xff);

/** Real DNS packets: for tests of `nodeResolver` and of what misbehaving servers do. For anything else, `ZoneResolver` needs no socket. */
export class DnsServer {
  /** What it answers from; may change while it runs. */
  readonly zone: Zone;
  /** What was asked, in order, copies included: `SRV _sip._udp.example.com`. */
  readonly queries: string[] = [];
  /** Of every answer from now on; undefined: none. */
  misbehaviour: Misbehaviour | undefined;
  readonly #network: Network;
  #socket: DatagramSocket | undefined;

  private constructor(zone: Zone, network: Network) {
    this.zone = zone;
    this.#network = network;
  }

  /** Resolves when it is bound; it runs until `close()`. */
  static async listen(options: DnsServerOptions = {}): Promise<DnsServer> {
    const { zone, network = nodeNetwork(), host = '127.0.0.1', port = 0 } = options;
    const server = new DnsServer(zone instanceof Zone ? zone : new Zone(zone), network);
    server.#socket = await network.bindDatagram(
      { host, port },
      { message: (bytes, from, fromPort) => server.#take(bytes, from, fromPort), error: () => undefined },
    );
    return server;
  }

  /** For `servers` of `nodeResolver()`. */
  get address(): string {
    const { host, port } = this.#socket!.local;
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  }

  close(): void {
    this.#socket!.close();
  }

  #take(bytes: Uint8Array, host: string, port: number): void {
    const query = readQuery(bytes);
    if (query === undefined) return;
    this.queries.push(`${query.type ?? 'other'} ${query.name}`);
    const answer = this.#answer(query);
    if (answer === undefined) return;
    if (this.misbehaviour === 'forged-port') void this.#fromElsewhere(answer, port, host);
    else this.#socket!.send(answer, port, host);
  }

  async #fromElsewhere(answer: Uint8Array, port: number, host: string): Promise<void> {
    const place = { host: this.#socket!.local.host, port: 0 };
    const socket = await this.#network.bindDatagram(place, { message: () => undefined, error: () => undefined });
    socket.send(answer, port, host);
    socket.close();
  }

  #answer({ id, name, type, question }: Query): Uint8Array | undefined {
    const how = this.misbehaviour;
    if (how === 'silent') return undefined;
    if (how === 'servfail') return writeReply({ id, question, rcode: SERVFAIL });
    const found = type === undefined ? [] : this.zone.find(name, type);
    const own = HEADER_BYTES + question.length;
    const records = found.map((one) => {
      if (how === 'compression-loop') return writeRecord(one.name, one.record, { owner: pointerTo(own) });
      return writeRecord(one.name, one.record, how === 'null-rdata' ? { data: new Uint8Array(0) } : {});
    });
    const rcode = this.zone.has(name) ? 0 : NXDOMAIN;
    if (how === 'forged-id') return writeReply({ id: id ^ 0x5555, question, rcode, records });
    if (how === 'forged-question') return writeReply({ id, question: otherThan(question), rcode, records });
    if (how === 'truncated') return writeReply({ id, question, rcode, records: records.slice(0, records.length >> 1), truncated: true });
    const whole = writeReply({ id, question, rcode, records });
    if (how === 'cut') return whole.subarray(0, whole.length >> 1);
    return how === 'garbage' ? whole.map((byte, at) => (at < 2 ? byte : (byte * 167 + at * 59) & 0xff)) : whole;
  }
}

/** The same question about a name that differs in a letter. */
function otherThan(question: Uint8Array): Uint8Array {
  const other = Uint8Array.from(question);
  other[1] = other[1] === 120 ? 121 : 120;
  return other;
}
