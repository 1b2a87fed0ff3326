/** Declined m= lines (RFC 3264 §6, §8.2): what an answer says to a stream that it does not take, and how to tell one. */
import { attributeValue } from './attributes.ts';
import type { MediaSection } from './model.ts';

/** The answer's line for a stream that nobody takes: port 0, kind, protocol and formats echoed, nothing below it. */
export function declinedSection(offered: MediaSection): MediaSection {
  return {
    kind: offered.kind,
    port: 0,
    protocol: offered.protocol,
    formats: offered.formats.length === 0 ? ['0'] : offered.formats,
    lines: [],
  };
}

/** Port 0, and not the port 0 of a stream that is offered within a bundle only (RFC 8843 §6). */
export function isDeclined(section: MediaSection): boolean {
  return section.port === 0 && attributeValue(section, 'bundle-only') === undefined;
}
