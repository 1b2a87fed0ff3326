/** What an RTP offer and its answer come to (RFC 3264 §6.1, §7, §8.4), read from the two m= lines. Judges no codec and keeps no state. */
import { readCodecs, type Codec } from './codec.ts';
import { connectionAddress, isReachable, isUnspecified } from './connection.ts';
import { answerDirection, direction, isHeld } from './direction.ts';
import { matchAnswer, type AgreedCodec } from './match-codecs.ts';
import type { Description, Direction, MediaSection } from './model.ts';
import { remembered } from './remember.ts';
import { rtcp, rtcpMux } from './transport-attributes.ts';

/** Where the owner of a section takes packets. */
export interface RtpTarget {
  /** Numeric or a name, as written. */
  readonly host: string;
  readonly port: number;
  /** Undefined: the port above, on the same host. */
  readonly rtcpPort: number | undefined;
  readonly rtcpHost: string | undefined;
}

/** What one stream may send and take from now on. */
export interface RtpAgreement {
  /** In the order of the answer, which is what the answerer prefers of what was offered; empty when nothing is common. */
  readonly codecs: readonly AgreedCodec[];
  /** The same, as the peer says them: what we send, under its numbers. */
  readonly send: readonly Codec[];
  /** As we say them: what may come. */
  readonly receive: readonly Codec[];
  /** What flows, seen from our side: both descriptions have to allow it. */
  readonly direction: Direction;
  /** The peer sends only, or nothing, or names no address. */
  readonly held: boolean;
  /** Both take RTCP on the port of RTP (RFC 5761 §5.1.1). */
  readonly rtcpMux: boolean;
  /** Where to send; undefined when the peer says nowhere: port 0, no address, or one that is unspecified. */
  readonly target: RtpTarget | undefined;
  /** The answer of the peer names a place that `localAddress` can send to, or says nowhere (`isReachable`). Of an offer, which is judged before it is taken, true. */
  readonly reachable: boolean;
  /** What our side has listed in this stream so far, the latest first: `offerCodecs` keeps to it. */
  readonly said: readonly Codec[];
}

/** Both sections of one line, after the answer. */
export interface RtpAnswered {
  readonly local: MediaSection;
  readonly remote: MediaSection;
  /** Ours in this exchange; `'offerer'` unless given: the peer's section is the answer. */
  readonly role?: 'offerer' | 'answerer' | undefined;
  /** The whole of the peer's description, for what it says for all its streams. */
  readonly description?: Description | undefined;
  /** Where our packets leave from, for `reachable`. */
  readonly localAddress?: string | undefined;
}

/** @param said - of the agreement before, on the same stream. */
export function rtpAgreement({ local, remote, role, description, localAddress }: RtpAnswered, said: readonly Codec[] = []): RtpAgreement {
  const listed = readCodecs(local);
  const agreed = matchAnswer(listed, readCodecs(remote));
  const codecs = role === 'answerer' ? inOrderOf(listed, agreed) : agreed;
  const { send, receive } = sidesOf(codecs, undefined);
  return {
    codecs,
    send,
    receive,
    direction: answerDirection(direction(remote, description), direction(local)),
    held: isHeld(remote, description),
    rtcpMux: rtcpMux(local) && rtcpMux(remote),
    target: targetOf(remote, description),
    reachable: role === 'answerer' || localAddress === undefined || isReachable(remote, description, localAddress),
    said: saidSince(listed, said),
  };
}

const sidesOf = remembered((codecs: readonly AgreedCodec[]) => ({
  send: codecs.map(({ remote }) => remote),
  receive: codecs.map(({ local }) => local),
}));

/** Both sides then send with the same codec, whichever order the offer had. */
function inOrderOf(listed: readonly Codec[], agreed: readonly AgreedCodec[]): readonly AgreedCodec[] {
  if (agreed.every(({ local }, at) => local === listed[at])) return agreed;
  return agreed.toSorted((a, b) => listed.indexOf(a.local) - listed.indexOf(b.local));
}

function targetOf(section: MediaSection, description: Description | undefined): RtpTarget | undefined {
  const host = connectionAddress(section, description)?.address;
  if (section.port === 0 || host === undefined || isUnspecified(host)) return undefined;
  const control = rtcp(section);
  return { host, port: section.port, rtcpPort: control?.port, rtcpHost: control?.address };
}

function saidSince(listed: readonly Codec[], before: readonly Codec[]): readonly Codec[] {
  const earlier = before.filter((codec) => !listed.some((now) => now.payloadType === codec.payloadType));
  return earlier.length === 0 ? listed : [...listed, ...earlier];
}
