/** The streams of one leg, made ready to be offered or answered on another (RFC 3725). */
import type { Description } from '@jackfield/sdp';
import type { StreamInit } from '../contract/media.ts';
import type { Body } from '@jackfield/sip';
import { readSdp, sdpOf } from './sdp-body.ts';

/**
 * Each section of a description with the c= line that holds for it, for `media` of `sendReinvite`, `answerOffer`, `accept` or `invite`.
 *
 * @param source - a description, or the body of a message that carries one
 * @throws SESSION_NEGOTIATION when the body holds no readable description
 */
export function passThrough(source: Description | Body): readonly StreamInit[] {
  const description = 'sections' in source ? source : readSdp(sdpOf(source) ?? new Uint8Array());
  const connection = description.lines.find((line) => line.startsWith('c='));
  return description.sections.map((section) => {
    const own = section.lines.some((line) => line.startsWith('c='));
    const lines = own || connection === undefined ? section.lines : [connection, ...section.lines];
    return { kind: section.kind, section: { ...section, lines } };
  });
}
