/** Are two descriptions the same, line by line? What RFC 3264 §8 asks before a version may stay. Order counts; meaning is not looked at. */
import type { Description, MediaSection } from './model.ts';

/** The same m= line and the same lines below it. */
export function sameMedia(a: MediaSection, b: MediaSection): boolean {
  return (
    a === b ||
    (a.kind === b.kind &&
      a.port === b.port &&
      a.portCount === b.portCount &&
      a.protocol === b.protocol &&
      sameTexts(a.formats, b.formats) &&
      sameTexts(a.lines, b.lines))
  );
}

/** The same but for the o= line, which says which version it is and not what it says. */
export function sameDescription(a: Description, b: Description): boolean {
  if (a === b) return true;
  if (a.sections.length !== b.sections.length) return false;
  for (let at = 0; at < a.sections.length; at += 1) if (!sameMedia(a.sections[at]!, b.sections[at]!)) return false;
  return sameTexts(a.lines.filter(isNoOrigin), b.lines.filter(isNoOrigin));
}

const isNoOrigin = (line: string): boolean => !line.startsWith('o=');

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
