/** Telephone events on the wire (RFC 4733 §2.3): blocks of four octets, and the names of the keys. Event and DTMF state live in the neighbours. */
import { uint16 } from './packet.ts';

/** One block of a packet. */
export interface EventBlock {
  readonly event: number;
  readonly end: boolean;
  /** dBm0 without the sign, 0 (loudest) to 63. */
  readonly volume: number;
  /** In timestamp units, since the packet's timestamp for the first block. */
  readonly duration: number;
}

/** Keys, events 0 to 15 in this order. */
export type DtmfDigit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#' | 'A' | 'B' | 'C' | 'D';

/** In the order of their codes, 0 to 15 (RFC 4733 §3.2). */
const DIGITS = '0123456789*#ABCD';

export function digitOf(event: number): DtmfDigit | undefined {
  return DIGITS[event] as DtmfDigit | undefined; // sound: every character of DIGITS is one
}

/** Letters count in either case. */
export function eventOf(digit: string): number | undefined {
  const at = digit.length === 1 ? DIGITS.indexOf(digit.toUpperCase()) : -1;
  return at < 0 ? undefined : at;
}

/** Blocks are contiguous in time (§2.5.1.5). An empty list for a payload that is cut short. Never throws. */
export function readEvents(payload: Uint8Array): readonly EventBlock[] {
  if (payload.length % 4 !== 0) return [];
  const blocks: EventBlock[] = [];
  for (let at = 0; at < payload.length; at += 4) {
    const second = payload[at + 1]!;
    blocks.push({ event: payload[at]!, end: second >= 0x80, volume: second & 0x3f, duration: uint16(payload, at + 2) });
  }
  return blocks;
}

export function writeEvent(block: EventBlock): Uint8Array {
  return Uint8Array.of(block.event, (block.end ? 0x80 : 0) | block.volume, block.duration >>> 8, block.duration & 0xff);
}
