/** Names that DNS may be asked for, and those it may not (RFC 1123 §2.1, RFC 3261 §25.1, RFC 6761 §6.3, RFC 6762 §3). */

const MAX_NAME = 253;
const MAX_LABEL = 63;
const DOT = 46;
const HYPHEN = 45;

/**
 * In lower case and without a final dot; undefined for what is no name: empty or long labels, other characters than letters, digits, hyphens and
 * underscores (which SRV uses), a last label that does not begin with a letter: the system's look-up reads such as numbers (`0x7f.1`).
 */
export function dnsName(text: string): string | undefined {
  const end = text.endsWith('.') ? text.length - 1 : text.length;
  if (end === 0 || end > MAX_NAME) return undefined;
  let label = 0;
  for (let at = 0; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (at === label || at - label > MAX_LABEL || text.charCodeAt(at - 1) === HYPHEN) return undefined;
      label = at + 1;
    } else if (!isLetter(code) && !isDigit(code) && code !== 95 && (code !== HYPHEN || at === label)) return undefined;
  }
  if (end === label || end - label > MAX_LABEL || text.charCodeAt(end - 1) === HYPHEN || !isLetter(text.charCodeAt(label)))
    return undefined;
  return text.slice(0, end).toLowerCase();
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);

/** Names of this machine and this link, of which no DNS server knows. */
export const isLocalName = (name: string): boolean => name === 'localhost' || name.endsWith('.localhost') || name.endsWith('.local');

/** Names that nobody has, as browsers write them into Contact (RFC 6761 §6.4, RFC 7118 §5). */
export const isNobodys = (name: string): boolean => name === 'invalid' || name.endsWith('.invalid');
