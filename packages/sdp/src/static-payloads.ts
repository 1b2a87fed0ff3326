/** The static payload types of the audio and video profile (RFC 3551 §6, tables 4 and 5). A number means what it means for its kind of media only. */

export interface StaticPayload {
  readonly name: string;
  /** Hz. */
  readonly clockRate: number;
  readonly channels: number;
}

const payload = (name: string, clockRate: number, channels = 1): StaticPayload => ({ name, clockRate, channels });

const AUDIO: ReadonlyMap<number, StaticPayload> = new Map([
  [0, payload('PCMU', 8000)],
  [3, payload('GSM', 8000)],
  [4, payload('G723', 8000)],
  [5, payload('DVI4', 8000)],
  [6, payload('DVI4', 16_000)],
  [7, payload('LPC', 8000)],
  [8, payload('PCMA', 8000)],
  [9, payload('G722', 8000)], // 16 kHz of sound: the table's historic slip, binding since
  [10, payload('L16', 44_100, 2)],
  [11, payload('L16', 44_100)],
  [12, payload('QCELP', 8000)],
  [13, payload('CN', 8000)],
  [14, payload('MPA', 90_000)],
  [15, payload('G728', 8000)],
  [16, payload('DVI4', 11_025)],
  [17, payload('DVI4', 22_050)],
  [18, payload('G729', 8000)],
]);

const VIDEO: ReadonlyMap<number, StaticPayload> = new Map([
  [25, payload('CelB', 90_000)],
  [26, payload('JPEG', 90_000)],
  [28, payload('nv', 90_000)],
  [31, payload('H261', 90_000)],
  [32, payload('MPV', 90_000)],
  [34, payload('H263', 90_000)],
]);

const EITHER = payload('MP2T', 90_000);

/** What a number stands for without an a=rtpmap; undefined for the dynamic, reserved and unassigned ones. */
export function staticPayload(kind: string, payloadType: number): StaticPayload | undefined {
  if (kind === 'audio') return payloadType === 33 ? EITHER : AUDIO.get(payloadType);
  if (kind === 'video') return payloadType === 33 ? EITHER : VIDEO.get(payloadType);
  return undefined;
}
