/** Where a server's media gets its ports: pairs out of one range, bound on the given network, or handed out as numbers only. Counts what is alive. */
import { SipError, type Clock, type DatagramSocket, type Random } from '@jackfield/base';
import { CountingClock } from './counting-clock.ts';
import { RtpCounters, type RtpStats } from './counters.ts';
import { nodeDatagrams, type DatagramNetwork } from './node-network.ts';
import { NullTransport } from './null-transport.ts';
import { Pacer } from './pacer.ts';
import { DEFAULT_RANGE, PortPool, type PortRange } from './port-pool.ts';
import { RtpStream } from './stream.ts';
import type { StreamOptions, StreamWorld } from './stream-options.ts';
import type { Latching, MediaTransport } from './transport.ts';
import { UdpTransport } from './udp-transport.ts';

/** For `createRtpPorts`. */
export interface RtpPortsOptions {
  /** Of the pace of all streams. */
  readonly clock: Clock;
  /** Of ports, SSRCs and first timestamps. */
  readonly random: Random;
  /** Both inclusive; default 16384 to 32767. */
  readonly range?: PortRange | undefined;
  /** Absent: the machine's. */
  readonly network?: DatagramNetwork | undefined;
  /** What to bind in any case; default: the `bindAddress` of the stream, which is the address that descriptions show, or the one behind it. */
  readonly host?: string | undefined;
  /** For remotes that name none; default `'port'`. */
  readonly latch?: Latching | undefined;
}

/** One per server, for all its calls. */
export interface RtpPorts {
  /**
   * A pair of ports of our own. Closing the transport gives it back.
   *
   * @param localAddress - the one that descriptions show
   * @param bindAddress - where the sockets are, where that is another (behind a NAT); maybe a wildcard
   * @throws {@link SipError} `RTP_PORTS_EXHAUSTED`, `RTP_BIND_FAILED`; as a rejection where sockets are opened.
   */
  open(localAddress: string, bindAddress?: string): MediaTransport | Promise<MediaTransport>;
  /** A stream over that transport, counted and paced here. */
  stream(transport: MediaTransport, options: StreamOptions): RtpStream;
  stats(): RtpStats;
}

/** Pairs that another program holds before we give up. */
const BIND_ATTEMPTS = 16;

/** Ports with sockets. @throws {@link SipError} `RTP_PORT_RANGE`. */
export function createRtpPorts(options: RtpPortsOptions): RtpPorts {
  const pool = new PortPool(options.range ?? DEFAULT_RANGE, options.random);
  const network = options.network ?? nodeDatagrams();
  const desk = new Desk(options.clock, options.random);

  async function open(localAddress: string, bindAddress = localAddress): Promise<MediaTransport> {
    const host = options.host ?? bindAddress;
    const busy: number[] = []; // held until the search is over, so that it walks on
    try {
      while (busy.length < BIND_ATTEMPTS) {
        const port = pool.take();
        if (port === undefined) break;
        const transport = new UdpTransport(localAddress, port, options.latch ?? 'port', desk.counters, () => pool.release(port));
        if (await bindPair(network, host, port, transport)) return transport;
        busy.push(port);
      }
    } finally {
      for (const port of busy) pool.release(port);
    }
    const { first, last } = pool.range;
    throw new SipError('RTP_PORTS_EXHAUSTED', `no free pair of ports in ${first} to ${last}`, { first, last, tried: busy.length });
  }

  return desk.ports(open, () => pool.live);
}

/** For `nullPorts`: ports that are numbers only. */
export interface NullPortsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Both inclusive; default 16384 to 32767. */
  readonly range?: PortRange | undefined;
}

/** Numbers without sockets: for servers that pass media by, and for measuring signalling. Never exhausted: a number stands for nothing. */
export function nullPorts(options: NullPortsOptions): RtpPorts {
  const pool = new PortPool(options.range ?? DEFAULT_RANGE, options.random);
  let live = 0;
  const desk = new Desk(options.clock, options.random);
  const close = (): void => void (live -= 1);
  return desk.ports(
    (localAddress) => {
      const port = pool.take()!;
      pool.release(port); // the walk goes on all the same
      live += 1;
      return new NullTransport(localAddress, port, close);
    },
    () => live,
  );
}

/** False when another program holds one of the two. @throws {@link SipError} `RTP_BIND_FAILED` for any other refusal. */
async function bindPair(network: DatagramNetwork, host: string, port: number, transport: UdpTransport): Promise<boolean> {
  let media: DatagramSocket | undefined;
  try {
    media = await network.bindDatagram({ host, port }, transport.mediaReceiver);
    transport.attach(media, await network.bindDatagram({ host, port: port + 1 }, transport.controlReceiver));
    return true;
  } catch (cause) {
    media?.close();
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') return false;
    transport.close();
    throw new SipError('RTP_BIND_FAILED', `cannot bind ${host} port ${port} or ${port + 1}`, { host, port }, { cause });
  }
}

/** What both kinds of ports share: one pacer, one set of counters. */
class Desk {
  readonly counters = new RtpCounters();
  readonly #clock: CountingClock;
  readonly #random: Random;
  readonly #pacer: Pacer;
  #streams = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = new CountingClock(clock);
    this.#random = random;
    this.#pacer = new Pacer(this.#clock);
  }

  ports(open: RtpPorts['open'], live: () => number): RtpPorts {
    const left = (): void => void (this.#streams -= 1);
    const world: StreamWorld = { clock: this.#clock, random: this.#random, pacer: this.#pacer, counters: this.counters, left };
    return {
      open,
      stream: (transport, options) => {
        const stream = new RtpStream(transport, options, world);
        this.#streams += 1;
        return stream;
      },
      stats: () => ({ live: { ports: live(), streams: this.#streams, timers: this.#clock.live }, total: this.counters.copy() }),
    };
  }
}
