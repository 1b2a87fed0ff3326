/** A `Description` to text or bytes, with CRLF line ends (RFC 8866 §5). What is written can be parsed: a line that would break out of its place is refused. */
import { SipError } from '@jackfield/base';
import { isOneLine, isToken, isTokenCode, isVisible } from './characters.ts';
import type { Description, MediaSection } from './model.ts';

/**
 * @throws SipError `SDP_LINE_SYNTAX` for a line that is no `x=value`, is an m= line, or holds CR, LF or NUL;
 * `SDP_SECTION_FIELD` for a kind, port, protocol or format that an m= line cannot carry.
 */
export function writeDescription(description: Description): string {
  let text = writeLines(description.lines);
  for (const section of description.sections) text += writeMedia(section) + writeLines(section.lines);
  return text;
}

/** What `writeDescription` gave, as it was. For texts of others there is `parseDescription`. */
export function readWritten(text: string): Description {
  const session: string[] = [];
  const sections: MediaSection[] = [];
  let lines = session;
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\r\n', at);
    const line = text.slice(at, end);
    at = end + 2;
    if (!line.startsWith('m=')) lines.push(line);
    else sections.push(readWrittenMedia(line, (lines = [])));
  }
  return { lines: session, sections };
}

function readWrittenMedia(line: string, lines: readonly string[]): MediaSection {
  const [kind = '', place = '', protocol = '', ...formats] = line.slice(2).split(' ');
  const slash = place.indexOf('/');
  if (slash < 0) return { kind, port: Number(place), protocol, formats, lines };
  return { kind, port: Number(place.slice(0, slash)), portCount: Number(place.slice(slash + 1)), protocol, formats, lines };
}

/** The same as UTF-8 bytes: the body of a message. */
export function encodeDescription(description: Description): Uint8Array {
  return Buffer.from(writeDescription(description), 'utf8');
}

function writeLines(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) {
    if (line.charCodeAt(1) !== 61 || line.charCodeAt(0) === 109 || !isOneLine(line)) {
      throw new SipError('SDP_LINE_SYNTAX', `this cannot be a line of a description: ${JSON.stringify(line)}`, { line });
    }
    text += line + '\r\n';
  }
  return text;
}

function writeMedia(section: MediaSection): string {
  const { kind, port, portCount, protocol, formats } = section;
  if (!isToken(kind)) throw refused('kind', kind);
  if (!isPort(port)) throw refused('port', String(port));
  if (portCount !== undefined && (!isPort(portCount) || portCount === 0)) throw refused('portCount', String(portCount));
  if (!isProtocol(protocol)) throw refused('protocol', protocol);
  if (formats.length === 0 && port !== 0) throw refused('formats', '');
  let text = `m=${kind} ${port}${portCount === undefined ? '' : `/${portCount}`} ${protocol}`;
  for (const format of formats) {
    if (!isVisible(format)) throw refused('formats', format);
    text += ' ' + format;
  }
  return text + '\r\n';
}

const isPort = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 65_535;

function isProtocol(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!isTokenCode(code) && code !== 47) return false;
  }
  return text !== '';
}

function refused(field: 'kind' | 'port' | 'portCount' | 'protocol' | 'formats', value: string): SipError<'SDP_SECTION_FIELD'> {
  return new SipError('SDP_SECTION_FIELD', `an m= line cannot have the ${field} ${JSON.stringify(value)}`, { field, value });
}
