/** Payload types as two sides agreed on them: a number on the wire, and what it stands for (RFC 3551 §3). Negotiates nothing. */

/** A number of RTP packets and the codec behind it. */
export interface PayloadType {
  /** 0 to 127. */
  readonly payloadType: number;
  /** Encoding name as in a=rtpmap; its case does not count. */
  readonly name: string;
  /** Of its timestamps, Hz. */
  readonly clockRate: number;
}

const EVENTS = 'telephone-event';

export function isEvents({ name }: PayloadType): boolean {
  return name === EVENTS || (name.length === EVENTS.length && name.toLowerCase() === EVENTS);
}

/** What a number stands for. A handful is listed, and each stream has its own list: a walk along it is as fast as a table, and a table is kept for nothing. */
export function typeOf(types: readonly PayloadType[], payloadType: number): PayloadType | undefined {
  for (const type of types) if (type.payloadType === payloadType) return type;
  return undefined;
}

/** The number under which the other list has the same encoding. */
export function sameEncoding(types: readonly PayloadType[], wanted: PayloadType): PayloadType | undefined {
  return types.find((type) => type.clockRate === wanted.clockRate && type.name.toLowerCase() === wanted.name.toLowerCase());
}

/** Telephone-event at the codec's own clock rate, for they share timestamps (RFC 4733 §2.5.1.2); at another rate if that is all there is. */
export function eventsBeside(types: readonly PayloadType[], codec: PayloadType | undefined): PayloadType | undefined {
  const events = types.filter(isEvents);
  return events.find((type) => type.clockRate === codec?.clockRate) ?? events[0];
}
