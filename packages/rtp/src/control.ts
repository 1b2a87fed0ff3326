/**
 * The RTCP side of a stream (RFC 3550 §6): a report every 5 s, give or take half, what the peer reports of us, and a BYE at the end. The pace
 * is that of two participants; it does not scale to groups (§6.3).
 */
import type { Clock, Random } from '@jackfield/base';
import type { Outgoing } from './outgoing.ts';
import type { Reception } from './reception.ts';
import { writeRtcp, type ReportBlock, type RtcpCompound } from './rtcp.ts';
import type { MediaTransport } from './transport.ts';

/** What the peer hears of us, as it last said. */
export interface RemoteView {
  /** Share of our packets that it lost in its last interval, 0 to 1. */
  readonly fractionLost: number;
  readonly lost: number;
  readonly jitterMs: number;
  /** Undefined until it has answered a report of ours. */
  readonly roundTripMs: number | undefined;
}

const INTERVAL_MS = 5000;
/** Seconds from 1900 to 1970. */
const NTP_EPOCH = 2_208_988_800;

export interface ControlWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: MediaTransport;
  readonly outgoing: Outgoing;
  readonly cname: string;
  /** What arrives now, and the rate of its timestamps, Hz. */
  readonly reception: () => Reception | undefined;
  readonly rate: () => number;
}

export class Control {
  readonly #world: ControlWorld;
  #timer: Disposable | undefined;
  #sentBefore = 0;
  /** The peer's last sender report: whose, its middle NTP bits, and when it came. */
  #lastReport: { readonly ssrc: number; readonly middle: number; readonly at: number } | undefined;
  #view: RemoteView | undefined;
  #stopped = false;

  constructor(world: ControlWorld) {
    this.#world = world;
    if (!world.transport.inert) this.#arm(INTERVAL_MS / 2);
  }

  get view(): RemoteView | undefined {
    return this.#view;
  }

  received(compound: RtcpCompound): void {
    const { clock, outgoing } = this.#world;
    const at = clock.now();
    for (const report of compound.reports) {
      if (report.sender !== undefined) {
        const middle = ((report.sender.ntpSeconds << 16) | (report.sender.ntpFraction >>> 16)) >>> 0;
        this.#lastReport = { ssrc: report.ssrc, middle, at };
      }
      for (const block of report.blocks) {
        if (block.ssrc !== outgoing.ssrc) continue;
        const round = (middleNtp(at) - block.lastReport - block.delaySinceLastReport) | 0;
        this.#view = {
          fractionLost: block.fractionLost / 256,
          lost: block.lost,
          jitterMs: (block.jitter * 1000) / this.#world.rate(),
          roundTripMs: block.lastReport === 0 || round < 0 ? this.#view?.roundTripMs : (round * 1000) / 65536,
        };
      }
    }
  }

  /** Says BYE when anything was said before, and arms nothing more. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
    if (!this.#world.transport.inert && this.#world.outgoing.packets > 0) this.#report(true);
  }

  #arm(meanMs: number): void {
    const ms = Math.round(meanMs / 2) + this.#world.random.integer(meanMs); // half to one and a half of the mean, against lockstep
    this.#timer = this.#world.clock.after(ms, () => {
      this.#report(false);
      this.#arm(INTERVAL_MS);
    });
  }

  #report(bye: boolean): void {
    const { clock, transport, outgoing, cname } = this.#world;
    const at = clock.now();
    const sending = outgoing.packets !== this.#sentBefore;
    this.#sentBefore = outgoing.packets;
    const sender = sending
      ? {
          ntpSeconds: ntpSeconds(at),
          ntpFraction: ntpFraction(at),
          timestamp: outgoing.now(),
          packets: outgoing.packets,
          octets: outgoing.octets,
        }
      : undefined;
    transport.sendControl(writeRtcp({ ssrc: outgoing.ssrc, sender, blocks: this.#blocks(at) }, cname, bye));
  }

  #blocks(at: number): readonly ReportBlock[] {
    const reception = this.#world.reception();
    if (reception === undefined) return [];
    const last = this.#lastReport?.ssrc === reception.ssrc ? this.#lastReport : undefined;
    return [
      {
        ssrc: reception.ssrc,
        fractionLost: reception.takeFractionLost(),
        lost: reception.lost,
        highestSequence: reception.highestSequence,
        jitter: reception.jitter,
        lastReport: last?.middle ?? 0,
        delaySinceLastReport: last === undefined ? 0 : Math.round(((at - last.at) * 65536) / 1000),
      },
    ];
  }
}

const ntpSeconds = (ms: number): number => (Math.floor(ms / 1000) + NTP_EPOCH) % 2 ** 32;
const ntpFraction = (ms: number): number => Math.floor(((ms % 1000) * 2 ** 32) / 1000);
const middleNtp = (ms: number): number => ((ntpSeconds(ms) << 16) | (ntpFraction(ms) >>> 16)) >>> 0;
