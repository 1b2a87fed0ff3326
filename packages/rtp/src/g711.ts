/**
 * G.711, both laws (RFC 3551 §4.5.14), between octets and linear samples of 16 bits. One table look-up per sample; the tables are made on
 * first use. No silence suppression, no concealment.
 */

type Encode = (sample: number) => number;
type Decode = (octet: number) => number;

class Law {
  readonly #encode: Encode;
  readonly #decode: Decode;
  #octets: Uint8Array | undefined;
  #samples: Int16Array | undefined;

  constructor(encode: Encode, decode: Decode) {
    this.#encode = encode;
    this.#decode = decode;
  }

  encode(samples: Int16Array): Uint8Array {
    const table = (this.#octets ??= Uint8Array.from({ length: 65536 }, (_, bits) => this.#encode((bits << 16) >> 16)));
    const octets = new Uint8Array(samples.length);
    for (let at = 0; at < samples.length; at += 1) octets[at] = table[samples[at]! & 0xffff]!;
    return octets;
  }

  decode(octets: Uint8Array): Int16Array {
    const table = (this.#samples ??= Int16Array.from({ length: 256 }, (_, octet) => this.#decode(octet)));
    const samples = new Int16Array(octets.length);
    for (let at = 0; at < octets.length; at += 1) samples[at] = table[octets[at]!]!;
    return samples;
  }
}

/** The laws give a sample its segment by the place of its highest bit. */
const highestBit = (value: number): number => 31 - Math.clz32(value);

const MU_BIAS = 132;
const MU_CLIP = 32635;

const muLaw = new Law(
  (sample) => {
    const magnitude = Math.min(Math.abs(sample), MU_CLIP) + MU_BIAS;
    const segment = highestBit(magnitude) - 7;
    return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
  },
  (octet) => {
    const bits = ~octet & 0xff;
    const magnitude = ((((bits & 0x0f) << 3) + MU_BIAS) << ((bits >> 4) & 0x07)) - MU_BIAS;
    return bits >= 0x80 ? -magnitude : magnitude;
  },
);

/** Every other bit of an A-law octet travels inverted. */
const A_INVERSION = 0x55;

const aLaw = new Law(
  (sample) => {
    const magnitude = (sample < 0 ? ~sample : sample) >> 4;
    const segment = magnitude < 16 ? 0 : highestBit(magnitude) - 3;
    const step = segment < 2 ? magnitude & 0x0f : (magnitude >> (segment - 1)) & 0x0f;
    return ((sample < 0 ? 0 : 0x80) | (segment << 4) | step) ^ A_INVERSION;
  },
  (octet) => {
    const bits = octet ^ A_INVERSION;
    const segment = (bits >> 4) & 0x07;
    const step = ((bits & 0x0f) << 4) + 8;
    const magnitude = segment === 0 ? step : (step + 256) << (segment - 1);
    return bits >= 0x80 ? magnitude : -magnitude;
  },
);

/** Samples to PCMU. */
export const encodePcmu = (samples: Int16Array): Uint8Array => muLaw.encode(samples);
/** PCMU to samples. */
export const decodePcmu = (octets: Uint8Array): Int16Array => muLaw.decode(octets);
/** Samples to PCMA. */
export const encodePcma = (samples: Int16Array): Uint8Array => aLaw.encode(samples);
/** PCMA to samples. */
export const decodePcma = (octets: Uint8Array): Int16Array => aLaw.decode(octets);
