/** Q.850 causes and SIP statuses, each from the other: practice of gateways, and RFC 3398 §7.2.4.1 and §8.2.6.1 where practice is silent. Pure. */
import type { Reason } from './values/reason.ts';

const STATUS_OF: ReadonlyMap<number, number> = new Map([
  [1, 404],
  [2, 404],
  [3, 404],
  [17, 486],
  [18, 408],
  [19, 480],
  [20, 480],
  [21, 403],
  [22, 410],
  [23, 302],
  [27, 502],
  [28, 484],
  [29, 501],
  [31, 480],
  [34, 503],
  [38, 500],
  [42, 503],
  [58, 488],
  [66, 503],
  [127, 500],
]);

const CAUSE_OF: ReadonlyMap<number, number> = new Map([
  [302, 23],
  [400, 41],
  [401, 21],
  [402, 21],
  [403, 21],
  [404, 1],
  [405, 63],
  [406, 79],
  [407, 21],
  [408, 18],
  [410, 22],
  [415, 79],
  [480, 19],
  [481, 41],
  [482, 25],
  [483, 25],
  [484, 28],
  [485, 1],
  [486, 17],
  [487, 16],
  [488, 58],
  [500, 38],
  [501, 29],
  [502, 27],
  [503, 34],
  [504, 102],
  [600, 17],
  [603, 21],
  [604, 1],
  [606, 58],
]);

/** The final status that refuses a call for this Q.850 cause; `otherwise` (603 unless given) for a cause without one of its own. */
export function statusOfCause(cause: number, otherwise = 603): number {
  return STATUS_OF.get(cause) ?? otherwise;
}

/** The Q.850 cause that a final SIP status stands for: 16 (normal clearing) for a 2xx, 127 (interworking) where nothing closer is known. */
export function causeOfStatus(status: number): number {
  return CAUSE_OF.get(status) ?? (status >= 200 && status < 300 ? 16 : 127);
}

/** Why something ended, as a Q.850 cause: what a Q.850 reason says, else a SIP reason, else the final status. Undefined when there is none of them. */
export function causeOf(reasons: readonly Reason[] | undefined, status?: number): number | undefined {
  const q850 = saidBy(reasons, 'Q.850');
  if (q850 !== undefined) return q850;
  const final = saidBy(reasons, 'SIP') ?? status;
  return final === undefined ? undefined : causeOfStatus(final);
}

function saidBy(reasons: readonly Reason[] | undefined, protocol: string): number | undefined {
  if (reasons !== undefined)
    for (const reason of reasons) if (reason.protocol === protocol && reason.cause !== undefined) return reason.cause;
  return undefined;
}
