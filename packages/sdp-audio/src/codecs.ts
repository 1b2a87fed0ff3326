/** Codecs that audio streams speak: what SDP says of them, and how samples become payload (RFC 3551 §4.5.14, RFC 4733 §2.4.1). */
import { decodePcma, decodePcmu, encodePcma, encodePcmu } from '@jackfield/rtp';
import { defineCodec, type Codec } from '@jackfield/sdp';

/** For `codecs` of `registerAudio`. What SDP cannot carry: SDP_CODEC_FIELD. */
export interface AudioCodec {
  /** Encoding name; its case does not count. */
  readonly name: string;
  /** Hz, of the RTP timestamp, and of the samples that `encode` takes and `decode` gives: mono, 16 bits. */
  readonly clockRate: number;
  /** What we offer it under; absent: a free number from 96. In an answer the offer's number counts. */
  readonly payloadType?: number | undefined;
  /** Our parameters, as on the wire. */
  readonly fmtp?: string | undefined;
  /** Without the two, its packets can be echoed and counted, and no more. */
  readonly encode?: ((samples: Int16Array) => Uint8Array) | undefined;
  readonly decode?: ((payload: Uint8Array) => Int16Array) | undefined;
}

/** G.711 µ-law. */
export const PCMU: AudioCodec = { name: 'PCMU', clockRate: 8000, payloadType: 0, encode: encodePcmu, decode: decodePcmu };
/** G.711 A-law. */
export const PCMA: AudioCodec = { name: 'PCMA', clockRate: 8000, payloadType: 8, encode: encodePcma, decode: decodePcma };
/** Keys beside a codec of 8000 Hz, under the number that most telephones use. */
export const TELEPHONE_EVENT: AudioCodec = { name: 'telephone-event', clockRate: 8000, payloadType: 101, fmtp: '0-15' };

export const DEFAULT_CODECS: readonly AudioCodec[] = [PCMU, PCMA, TELEPHONE_EVENT];

const FIRST_DYNAMIC = 96;
const EVENTS = TELEPHONE_EVENT.name;
const same = (
  a: { readonly name: string; readonly clockRate: number },
  b: { readonly name: string; readonly clockRate: number },
): boolean => a.clockRate === b.clockRate && a.name.toLowerCase() === b.name.toLowerCase();

/** Keys go beside whatever codec an endpoint is configured for. */
export const isEvents = ({ name }: { readonly name: string }): boolean =>
  name === EVENTS || (name.length === EVENTS.length && name.toLowerCase() === EVENTS);

/** The codecs of one handler, numbered. */
export class CodecTable {
  /** As SDP says them, best first. */
  readonly listed: readonly Codec[];
  readonly #codecs: readonly AudioCodec[];

  /** @throws SipError `SDP_CODEC_FIELD` for a codec that SDP cannot say. */
  constructor(codecs: readonly AudioCodec[]) {
    const fixed = new Set(codecs.map((codec) => codec.payloadType));
    let free = FIRST_DYNAMIC;
    const number = (codec: AudioCodec): number => {
      if (codec.payloadType !== undefined) return codec.payloadType;
      while (fixed.has(free)) free += 1;
      return free++;
    };
    this.#codecs = codecs;
    this.listed = codecs.map((codec) =>
      defineCodec({ payloadType: number(codec), name: codec.name, clockRate: codec.clockRate, fmtp: codec.fmtp }),
    );
  }

  find(wanted: { readonly name: string; readonly clockRate: number }): AudioCodec | undefined {
    return this.#codecs.find((codec) => same(codec, wanted));
  }
}
