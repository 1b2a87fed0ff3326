/** Reads a WAV file as a whole into linear samples: PCM of 16 bits, or G.711, one channel. Resamples nothing and writes nothing. */
import { SipError } from '@jackfield/base';
import { decodePcma, decodePcmu } from './g711.ts';

/** What `readWav` gives: mono, linear. */
export interface WavAudio {
  /** Samples per second. */
  readonly rate: number;
  readonly samples: Int16Array;
}

const PCM = 1;
const A_LAW = 6;
const MU_LAW = 7;
const EXTENSIBLE = 0xfffe;

const unsupported = (reason: string): SipError =>
  new SipError('RTP_WAV_UNSUPPORTED', `this WAV file cannot be read: ${reason}`, { reason });

/** @throws {@link SipError} `RTP_WAV_UNSUPPORTED`, with the reason. A data chunk that is cut short gives what there is. */
export function readWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || name(0) !== 'RIFF' || name(8) !== 'WAVE') throw unsupported('no RIFF WAVE header');
  let format: { readonly kind: number; readonly rate: number; readonly bits: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const [id, length, body] = [name(at), view.getUint32(at + 4, true), at + 8];
    if (id === 'fmt ') {
      if (length < 16 || body + length > bytes.length) throw unsupported('a short format chunk');
      const kind = view.getUint16(body, true);
      if (view.getUint16(body + 2, true) !== 1) throw unsupported('more than one channel');
      format = {
        kind: kind === EXTENSIBLE && length >= 26 ? view.getUint16(body + 24, true) : kind,
        rate: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    } else if (id === 'data') {
      if (format === undefined) throw unsupported('data before its format');
      return { rate: format.rate, samples: decode(format.kind, format.bits, bytes.subarray(body, body + length)) };
    }
    at = body + length + (length % 2); // chunks begin on even offsets
  }
  throw unsupported('no data chunk');
}

function decode(kind: number, bits: number, data: Uint8Array): Int16Array {
  if (kind === MU_LAW && bits === 8) return decodePcmu(data);
  if (kind === A_LAW && bits === 8) return decodePcma(data);
  if (kind !== PCM || bits !== 16) throw unsupported(`format ${kind} of ${bits} bits`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Int16Array.from({ length: data.length >> 1 }, (_, at) => view.getInt16(at * 2, true));
}
