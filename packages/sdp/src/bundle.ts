/** Sections that share the transport of another (RFC 8843 §7.1.3, RFC 9143): the port is that of the tagged section, and so is all that is said of the transport. */
import type { MediaSection } from './model.ts';

/** Of the categories IDENTICAL and TRANSPORT of RFC 8859, in sections of media; `rtcp-rsize` goes with RTCP, which is one for all. */
const OF_TRANSPORT: ReadonlySet<string> = new Set([
  'bundle-only',
  'candidate',
  'crypto',
  'dtls-id',
  'end-of-candidates',
  'fingerprint',
  'ice-mismatch',
  'ice-options',
  'ice-pacing',
  'ice-pwd',
  'ice-ufrag',
  'remote-candidates',
  'rtcp',
  'rtcp-mux',
  'rtcp-mux-only',
  'rtcp-rsize',
  'setup',
  'tls-id',
]);

/** The section as a member of a bundle says it in an answer or a later offer: with the port of `tagged`, and nothing of the transport. */
export function bundledSection(section: MediaSection, tagged: MediaSection): MediaSection {
  return { ...section, port: tagged.port, lines: section.lines.filter((line) => !isOfTransport(line)) };
}

/** The whole session-level line: `a=group:BUNDLE 0 1` (RFC 5888 §5). */
export function groupLine(semantics: string, mids: readonly string[]): string {
  return `a=group:${semantics} ${mids.join(' ')}`;
}

function isOfTransport(line: string): boolean {
  if (!line.startsWith('a=')) return false;
  const colon = line.indexOf(':');
  return OF_TRANSPORT.has(line.slice(2, colon === -1 ? undefined : colon));
}
