/** Fields of messages on the wire, as far as the parties of the simulation write them. */

export function field(text: string, before: string, until: string): string {
  const start = text.indexOf(before) + before.length;
  if (until.length === 1) {
    const at = text.indexOf(until, start);
    return text.slice(start, at === -1 ? text.length : at);
  }
  let end = start;
  while (end < text.length && !until.includes(text[end]!)) end += 1;
  return text.slice(start, end);
}

export function tagOf(text: string, name: 'From' | 'To' = 'To'): string {
  const value = field(text, `\r\n${name}: `, '\r');
  const at = value.lastIndexOf(';tag=');
  return at === -1 ? '' : value.slice(at + 5).split(';')[0]!;
}
