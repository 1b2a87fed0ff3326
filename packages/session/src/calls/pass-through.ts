/** The streams of one leg, made ready to be offered or answered on another (RFC 3725). */
import { attributeValue, direction, withDirection, type Description, type MediaSection } from '@jackfield/sdp';
import type { StreamInit } from '../contract/media.ts';
import type { Body } from '@jackfield/sip';
import { readSdp, sdpOf } from './sdp-body.ts';

/**
 * Attributes that hold for each stream when they stand at session level, unless it has its own: RFC 4145 §4, RFC 4567 §3, RFC 8122 §5, RFC 8285 §5,
 * RFC 8839 §5, RFC 8842 §5. The direction is another.
 */
const DEFAULTS: readonly string[] = [
  'connection',
  'extmap',
  'extmap-allow-mixed',
  'fingerprint',
  'ice-options',
  'ice-pwd',
  'ice-ufrag',
  'key-mgmt',
  'setup',
  'tls-id',
];

/**
 * Each section of a description with what the session's lines say for it (c=, the direction, keys and ICE), for `media` of `sendReinvite`, `answerOffer`,
 * `accept` or `invite`.
 *
 * Of a call that came in, some SDP handler has to claim the streams: an offer that nobody claims is 488 before the driver is asked. Offers that its peer makes
 * later are answered by the core, with the section given last and the direction turned round; `mediaChanged` tells of them.
 *
 * @param source - a description, or the body of a message that carries one
 * @throws SESSION_NEGOTIATION when the body holds no readable description
 */
export function passThrough(source: Description | Body): readonly StreamInit[] {
  const description = 'sections' in source ? source : readSdp(sdpOf(source) ?? new Uint8Array());
  return description.sections.map((section) => ({ kind: section.kind, section: standingAlone(section, description) }));
}

function standingAlone(section: MediaSection, description: Description): MediaSection {
  const lines = [...section.lines];
  const attributes = description.lines.filter((line) => isDefault(line, section));
  if (attributes.length > 0)
    lines.splice(
      placeOf(lines, (line) => line.startsWith('a=')),
      0,
      ...attributes,
    );
  const connection = lines.some(isConnection) ? undefined : description.lines.find(isConnection);
  if (connection !== undefined)
    lines.splice(
      placeOf(lines, (line) => !line.startsWith('i=')),
      0,
      connection,
    );
  return withDirection({ ...section, lines }, direction(section, description));
}

const isConnection = (line: string): boolean => line.startsWith('c=');
const isDefault = (line: string, section: MediaSection): boolean =>
  DEFAULTS.some((name) => (line === `a=${name}` || line.startsWith(`a=${name}:`)) && attributeValue(section, name) === undefined);

/** Of the first line that is so; else the end. */
function placeOf(lines: readonly string[], isSo: (line: string) => boolean): number {
  const at = lines.findIndex(isSo);
  return at === -1 ? lines.length : at;
}
