/** How much the parser takes. Past a limit, the message is refused with the status that the RFCs name, or dropped. */
import { SipError } from '@jackfield/base';

/** For `createSipStack` (`limits`) and `parseMessage`. Whole numbers from 1 up, else SIP_OPTION. */
export interface Limits {
  /** Bytes of a message, body and all; default 65535. Past it 513, or 413 when it is the body (RFC 3261 §21.4.11, §21.5.7). Of a header, 1 MiB is read at most. */
  readonly maxMessageBytes?: number | undefined;
  /** Header fields; default 256. Past it 400. */
  readonly maxHeaders?: number | undefined;
  /** Bytes of one header field, name and folds included; default 16384. Past it 400. */
  readonly maxHeaderBytes?: number | undefined;
  /** Bytes of the Request-URI, of From and To, and of a URI in Contact; default 1024. Past it 414 for the Request-URI, else 400. */
  readonly maxUriBytes?: number | undefined;
  /** Via, Route or Record-Route values, all fields of one name together; default 128. Past it 400. */
  readonly maxListValues?: number | undefined;
  /** Bytes of a method name; default 64. Past it 400. */
  readonly maxMethodBytes?: number | undefined;
}

export type FullLimits = { readonly [K in keyof Limits]-?: number };

export const DEFAULT_LIMITS: FullLimits = {
  maxMessageBytes: 65535,
  maxHeaders: 256,
  maxHeaderBytes: 16384,
  maxUriBytes: 1024,
  maxListValues: 128,
  maxMethodBytes: 64,
};

/**
 * Limits with their defaults; a whole set comes back as it is, so whoever parses many messages makes one once.
 *
 * @throws SipError `SIP_OPTION` for a limit that is no positive integer.
 */
export function fullLimits(limits: Limits | undefined): FullLimits {
  if (limits === undefined) return DEFAULT_LIMITS;
  if (isFull(limits)) return limits;
  const full: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined) continue;
    if (!Number.isInteger(value) || value < 1)
      throw new SipError('SIP_OPTION', `${name} wants a positive integer, got ${value}`, { option: name });
    full[name] = value;
  }
  return full as FullLimits; // sound: it began as a whole one
}

function isFull(limits: Limits): limits is FullLimits {
  return (
    limits.maxMessageBytes !== undefined &&
    limits.maxHeaders !== undefined &&
    limits.maxHeaderBytes !== undefined &&
    limits.maxUriBytes !== undefined &&
    limits.maxListValues !== undefined &&
    limits.maxMethodBytes !== undefined
  );
}
