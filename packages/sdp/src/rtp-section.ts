/** m= lines of RTP streams as we write them, for an offer or an answer (RFC 3264 §5.1, §6.1, §8.3). Chooses no codec and opens no port. */
import { codecFormats, codecLines, type Codec } from './codec.ts';
import { matchAnswer } from './match-codecs.ts';
import { remembered } from './remember.ts';
import type { Direction, MediaSection } from './model.ts';

/** For `rtpSection`. Outside the grammar: SDP_SECTION_FIELD. */
export interface RtpSectionInit {
  /** `audio`, `video` … */
  readonly kind: string;
  readonly protocol: string;
  /** 0: the line is declined. */
  readonly port: number;
  /** Where we take RTCP, when it is not `port` + 1. */
  readonly rtcpPort?: number | undefined;
  readonly rtcpMux?: boolean | undefined;
  readonly codecs: readonly Codec[];
  readonly direction: Direction;
  /** Other lines, whole, between the codecs' and the direction: `a=ptime:20`. */
  readonly lines?: readonly string[] | undefined;
}

const FIRST_DYNAMIC = 96;
const LAST_DYNAMIC = 127;

/** The section of a stream of ours. c= and a=mid are left to whoever puts the description together. */
export function rtpSection(init: RtpSectionInit): MediaSection {
  const { kind, port, protocol, codecs, rtcpPort } = init;
  const said = saidOf(codecs, undefined);
  const lines = [...said.lines, ...(init.lines ?? []), `a=${init.direction}`];
  if (rtcpPort !== undefined && rtcpPort !== port + 1) lines.push(`a=rtcp:${rtcpPort}`);
  if (init.rtcpMux === true) lines.push('a=rtcp-mux');
  return { kind, port, protocol, formats: said.formats, lines };
}

const saidOf = remembered((codecs: readonly Codec[]) => ({ lines: codecLines(codecs), formats: codecFormats(codecs) }));

/**
 * The codecs of an offer. First those that our side said before, in that order and under the same numbers, then the others. A number that stood for
 * one codec in this stream stands for no other later (RFC 3264 §8.3.2): one that is taken is replaced by a free one of 96 to 127.
 *
 * @param said - what our descriptions of this stream have listed so far, the latest first; empty before the first.
 */
export function offerCodecs(supported: readonly Codec[], said: readonly Codec[] = []): readonly Codec[] {
  const taken = new Set(said.map((codec) => codec.payloadType));
  const left = new Set(supported);
  const offered: Codec[] = [];
  for (const { local, remote } of matchAnswer(supported, said)) {
    if (left.delete(local)) offered.push({ ...local, payloadType: remote.payloadType });
  }
  for (const codec of left) {
    const payloadType = taken.has(codec.payloadType) ? freeNumber(taken, supported) : codec.payloadType;
    if (payloadType === undefined) continue;
    taken.add(payloadType);
    offered.push({ ...codec, payloadType });
  }
  return offered;
}

/** One that neither stood for something nor is any codec's own. */
function freeNumber(taken: ReadonlySet<number>, supported: readonly Codec[]): number | undefined {
  for (let number = FIRST_DYNAMIC; number <= LAST_DYNAMIC; number += 1) {
    if (!taken.has(number) && !supported.some((codec) => codec.payloadType === number)) return number;
  }
  return undefined;
}
