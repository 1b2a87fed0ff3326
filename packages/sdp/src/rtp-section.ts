/**
 * m= lines of RTP streams (RFC 3264 §5.1, §6.1, §8.3): written for an offer or an answer, and read for where their owner's packets go. Chooses
 * no codec and opens no port.
 */
import { codecFormats, codecLines, type Codec } from './codec.ts';
import { connectionAddress, isUnspecified } from './connection.ts';
import { answerDirection, direction } from './direction.ts';
import { matchAnswer } from './match-codecs.ts';
import type { Description, Direction, MediaSection } from './model.ts';
import { rtcp } from './transport-attributes.ts';

export interface RtpSectionInit {
  readonly kind: string;
  readonly protocol: string;
  readonly port: number;
  /** Where we take RTCP, when it is not `port` + 1. */
  readonly rtcpPort?: number | undefined;
  readonly rtcpMux?: boolean | undefined;
  readonly codecs: readonly Codec[];
  readonly direction: Direction;
  /** Other lines, whole, between the codecs' and the direction: `a=ptime:20`. */
  readonly lines?: readonly string[] | undefined;
}

/** Where the owner of a section takes packets. */
export interface RtpTarget {
  /** Numeric or a name, as written. */
  readonly host: string;
  readonly port: number;
  /** Undefined: the port above, on the same host. */
  readonly rtcpPort: number | undefined;
  readonly rtcpHost: string | undefined;
}

const FIRST_DYNAMIC = 96;
const LAST_DYNAMIC = 127;

/** The section of a stream of ours. c= and a=mid are left to whoever puts the description together. */
export function rtpSection(init: RtpSectionInit): MediaSection {
  const { kind, port, protocol, codecs, rtcpPort } = init;
  const lines = [...codecLines(codecs), ...(init.lines ?? []), `a=${init.direction}`];
  if (rtcpPort !== undefined && rtcpPort !== port + 1) lines.push(`a=rtcp:${rtcpPort}`);
  if (init.rtcpMux === true) lines.push('a=rtcp-mux');
  return { kind, port, protocol, formats: codecFormats(codecs), lines };
}

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

/** What flows, seen from our side: both descriptions have to allow it. */
export function agreedDirection(local: MediaSection, remote: MediaSection, remoteDescription?: Description): Direction {
  return answerDirection(direction(remote, remoteDescription), direction(local));
}

/** Where to send to the section's owner; undefined when it says nowhere: port 0, no address, or one that is unspecified (RFC 3264 §8.4). */
export function rtpTarget(section: MediaSection, description?: Description): RtpTarget | undefined {
  const host = connectionAddress(section, description)?.address;
  if (section.port === 0 || host === undefined || isUnspecified(host)) return undefined;
  const control = rtcp(section);
  return { host, port: section.port, rtcpPort: control?.port, rtcpHost: control?.address };
}

/** One that neither stood for something nor is any codec's own. */
function freeNumber(taken: ReadonlySet<number>, supported: readonly Codec[]): number | undefined {
  for (let number = FIRST_DYNAMIC; number <= LAST_DYNAMIC; number += 1) {
    if (!taken.has(number) && !supported.some((codec) => codec.payloadType === number)) return number;
  }
  return undefined;
}
