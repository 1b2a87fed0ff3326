/** Who sends on a stream, and hold (RFC 8866 §6.7, RFC 3264 §5.1, §6.1, §8.4). A description speaks for its own side: the peer's sendonly is our recvonly. */
import { connectionAddress, isUnspecified } from './connection.ts';
import type { Description, Direction, Lines, MediaSection } from './model.ts';

const REVERSED: Readonly<Record<Direction, Direction>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** The section's own direction; else the session's; else sendrecv. Of several in one place the last counts. Only the bare word does: `a=sendrecv:x` is something else. */
export function direction(section: MediaSection, description?: Description): Direction {
  return lastDirection(section) ?? (description === undefined ? undefined : lastDirection(description)) ?? 'sendrecv';
}

/** The same stream seen from the other side. */
export function reversed(seen: Direction): Direction {
  return REVERSED[seen];
}

/** What an answer may say to an offered direction when we want `wanted`: never more than the offer leaves (RFC 3264 §6.1). */
export function answerDirection(offered: Direction, wanted: Direction): Direction {
  return toDirection(sends(wanted) && receives(offered), receives(wanted) && sends(offered));
}

/** May `answer` answer `offer`? The answerer sends only what the offerer receives, and the other way round. */
export function isLegalAnswer(offer: Direction, answer: Direction): boolean {
  return answerDirection(offer, answer) === answer;
}

/** Did the section's owner put the other side on hold: it sends only or nothing, or names no address to send to (RFC 3264 §8.4, RFC 6157 §4.2)? */
export function isHeld(section: MediaSection, description?: Description): boolean {
  if (!receives(direction(section, description))) return true;
  const connection = connectionAddress(section, description);
  return connection !== undefined && isUnspecified(connection.address);
}

/** The section with this one direction, written out, in the place of the first it had. */
export function withDirection(section: MediaSection, wanted: Direction): MediaSection {
  const lines: string[] = [];
  let placed = false;
  for (const line of section.lines) {
    if (toDirectionLine(line) === undefined) lines.push(line);
    else if (!placed) {
      lines.push(`a=${wanted}`);
      placed = true;
    }
  }
  if (!placed) lines.push(`a=${wanted}`);
  return { ...section, lines };
}

const sends = (seen: Direction): boolean => seen === 'sendrecv' || seen === 'sendonly';
const receives = (seen: Direction): boolean => seen === 'sendrecv' || seen === 'recvonly';

function toDirection(sending: boolean, receiving: boolean): Direction {
  if (sending) return receiving ? 'sendrecv' : 'sendonly';
  return receiving ? 'recvonly' : 'inactive';
}

function lastDirection(holder: Lines): Direction | undefined {
  for (let at = holder.lines.length - 1; at >= 0; at -= 1) {
    const found = toDirectionLine(holder.lines[at]!);
    if (found !== undefined) return found;
  }
  return undefined;
}

function toDirectionLine(line: string): Direction | undefined {
  switch (line) {
    case 'a=sendrecv':
      return 'sendrecv';
    case 'a=sendonly':
      return 'sendonly';
    case 'a=recvonly':
      return 'recvonly';
    case 'a=inactive':
      return 'inactive';
    default: // some phones leave a blank behind the word
      return line.charCodeAt(line.length - 1) === 32 ? toDirectionLine(line.trimEnd()) : undefined;
  }
}
