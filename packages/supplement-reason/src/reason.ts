/** The Reason header as values (RFC 3326 §2). Reading never throws; parameters other than cause and text are left out. */
import { SipError } from '@jackfield/base';

export interface Reason {
  /** `SIP` (cause is a status), `Q.850` (cause is one of ITU-T Q.850), or another token. */
  readonly protocol: string;
  readonly cause?: number | undefined;
  readonly text?: string | undefined;
}

const TOKEN = /^[\w\-.!%*+`'~]+$/;
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;

/** Values of all fields, in order; one without a protocol is left out, as is a cause that is no number. Control characters of a text become U+FFFD. */
export function parseReasons(fields: readonly string[]): Reason[] {
  return fields.flatMap((field) => splitOutsideQuotes(field, ',')).flatMap((value) => parseReason(value) ?? []);
}

/**
 * A reason as it stands in the header.
 *
 * @throws {@link SipError} `REASON_SYNTAX` for a protocol that is no token, a cause that is not 0 to 999, a text with control characters.
 */
export function formatReason({ protocol, cause, text }: Reason): string {
  if (!TOKEN.test(protocol)) throw new SipError('REASON_SYNTAX', `${JSON.stringify(protocol)} is no protocol`, { part: 'protocol' });
  if (cause !== undefined && !(Number.isInteger(cause) && cause >= 0 && cause <= 999)) {
    throw new SipError('REASON_SYNTAX', `a cause is 0 to 999, got ${cause}`, { part: 'cause' });
  }
  if (text !== undefined && text.search(CONTROLS) >= 0) {
    throw new SipError('REASON_SYNTAX', `the text ${JSON.stringify(text)} has control characters`, { part: 'text' });
  }
  const quoted = text === undefined ? '' : `;text="${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  return `${protocol}${cause === undefined ? '' : `;cause=${cause}`}${quoted}`;
}

function parseReason(value: string): Reason | undefined {
  const [protocol = '', ...parameters] = splitOutsideQuotes(value, ';');
  if (!TOKEN.test(protocol)) return undefined;
  let cause: number | undefined;
  let text: string | undefined;
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    const name = parameter.slice(0, Math.max(equals, 0)).trimEnd().toLowerCase();
    const said = parameter.slice(equals + 1).trimStart();
    if (name === 'cause' && /^\d{1,3}$/.test(said)) cause ??= Number(said);
    else if (name === 'text') text ??= unquoted(said);
  }
  return { protocol: canonical(protocol), cause, text };
}

/** Tokens have no case (RFC 3261 §7.3.1); these two are spelt as the RFC spells them. */
function canonical(protocol: string): string {
  const upper = protocol.toUpperCase();
  return upper === 'SIP' || upper === 'Q.850' ? upper : protocol;
}

/** A text without quotes comes from some; one whose quotes do not close counts as none. */
function unquoted(said: string): string | undefined {
  const inside = /^"((?:[^"\\]|\\.)*)"$/s.exec(said)?.[1]?.replaceAll(/\\(.)/gs, '$1');
  return (inside ?? (said.startsWith('"') ? undefined : said))?.replaceAll(CONTROLS, '\ufffd');
}

/** Trimmed, without empty pieces. */
function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const pieces: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at <= text.length; at += 1) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (character === '\\' && quoted) at += 1;
    else if (at === text.length || (character === separator && !quoted)) {
      pieces.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  if (start <= text.length) pieces.push(text.slice(start).trim()); // a backslash stood last
  return pieces.filter((piece) => piece !== '');
}
