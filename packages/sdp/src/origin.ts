/** The o= line (RFC 8866 §5.2) and its version (RFC 3264 §5, §8). Numbers stay decimal strings: they reach 2^63 and JavaScript's do not. */
import { SipError } from '@jackfield/base';
import { isDigits, isToken, isVisible } from './characters.ts';
import { sameDescription } from './compare.ts';
import type { Description } from './model.ts';

/** Who made a description, and which version of it this is. */
export interface Origin {
  /** `-` when there is no user. */
  readonly username: string;
  /** Decimal. */
  readonly sessionId: string;
  /** Decimal. */
  readonly version: string;
  /** `IN`. */
  readonly networkType: string;
  /** `IP4` or `IP6`. */
  readonly addressType: string;
  readonly address: string;
}

const LARGEST = '9223372036854775807'; // 2^63 - 1

/** The origin of a description; undefined when it has no o= line, or none of this shape. */
export function readOrigin(description: Description): Origin | undefined {
  const line = description.lines.find(isOriginLine);
  const fields = line?.slice(2).split(' ');
  if (fields?.length !== 6 || !fields.every(isVisible)) return undefined;
  const [username, sessionId, version, networkType, addressType, address] = fields as [string, string, string, string, string, string];
  if (!isDigits(sessionId) || !isDigits(version)) return undefined;
  return { username, sessionId, version, networkType, addressType, address };
}

/** The whole line, `o=…`. @throws SipError `SDP_ORIGIN_FIELD` for a field that o= cannot carry, or a number of 2^63 and more. */
export function originLine(origin: Origin): string {
  const { username, sessionId, version, networkType, addressType, address } = origin;
  if (!isVisible(username)) throw refused('username', username);
  if (!isSigned64(sessionId)) throw refused('sessionId', sessionId);
  if (!isSigned64(version)) throw refused('version', version);
  if (!isToken(networkType)) throw refused('networkType', networkType);
  if (!isToken(addressType)) throw refused('addressType', addressType);
  if (!isVisible(address)) throw refused('address', address);
  return `o=${username} ${sessionId} ${version} ${networkType} ${addressType} ${address}`;
}

/** The description with this origin in the place of its own, or in the second line when it had none. @throws as `originLine`. */
export function withOrigin(description: Description, origin: Origin): Description {
  const line = originLine(origin);
  const at = description.lines.findIndex(isOriginLine);
  return { ...description, lines: at === -1 ? description.lines.toSpliced(1, 0, line) : description.lines.with(at, line) };
}

/** The same origin, one version on. @throws SipError `SDP_ORIGIN_FIELD` at 2^63 - 1; begin below 2^62 (RFC 3264 §5). */
export function nextVersion(origin: Origin): Origin {
  const { version } = origin;
  if (!isSigned64(version)) throw refused('version', version);
  if (version.length < 16) return { ...origin, version: String(Number(version) + 1) };
  const next = String(BigInt(version) + 1n);
  if (!isSigned64(next)) throw refused('version', next);
  return { ...origin, version: next };
}

/**
 * `description` with the origin it must carry after `previous` (RFC 3264 §8): that of `previous` when nothing else differs, one version on
 * when something does. Without an o= line in `previous` it comes back as it is. @throws as `nextVersion`.
 */
export function withOriginAfter(description: Description, previous: Description): Description {
  const origin = readOrigin(previous);
  if (origin === undefined) return description;
  return withOrigin(description, sameDescription(description, previous) ? origin : nextVersion(origin));
}

const isOriginLine = (line: string): boolean => line.startsWith('o=');

function isSigned64(text: string): boolean {
  return isDigits(text) && (text.length < LARGEST.length || (text.length === LARGEST.length && text <= LARGEST));
}

function refused(field: keyof Origin, value: string): SipError<'SDP_ORIGIN_FIELD'> {
  return new SipError('SDP_ORIGIN_FIELD', `an o= line cannot have the ${field} ${JSON.stringify(value)}`, { field, value });
}
