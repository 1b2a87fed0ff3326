/** URIs as the other folders use them: reading, which lies in uri-syntax.ts, and comparison (RFC 3261 §19.1.4, RFC 3966 §5), which is not transitive. */
import type { Uri } from './model.ts';
import type { Parameters } from './parameters.ts';
import { OtherUri, TelUri } from './other-uris.ts';
import { SipUri, parseUri } from './uri-syntax.ts';

export { OtherUri, TelUri } from './other-uris.ts';
export { SipUri, parseUri } from './uri-syntax.ts';

/** Parameters that one URI may not have alone. The RFC's prose says transport as well, by its rule on defaults and by its examples. */
const NEVER_ALONE = ['user', 'ttl', 'method', 'maddr', 'transport'] as const;

/** True when both name the same resource. A URI of another's making is compared by its text. */
export function uriEquals(a: Uri, b: Uri): boolean {
  const left = ours(a);
  const right = ours(b);
  if (left instanceof SipUri && right instanceof SipUri) return sipEquals(left, right);
  if (left instanceof TelUri && right instanceof TelUri) return telEquals(left, right);
  if (left?.scheme !== right?.scheme) return false;
  return afterScheme(a.toString()) === afterScheme(b.toString());
}

function ours(uri: Uri): Uri | undefined {
  return uri instanceof SipUri || uri instanceof TelUri || uri instanceof OtherUri ? uri : parseUri(uri.toString());
}

function afterScheme(text: string): string {
  return text.slice(text.indexOf(':'));
}

function sipEquals(a: SipUri, b: SipUri): boolean {
  return (
    a.scheme === b.scheme &&
    a.port === b.port &&
    same(a.user, b.user) &&
    same(a.password, b.password) &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    parametersEqual(a.parameters, b.parameters) &&
    headersEqual(a.headers, b.headers)
  );
}

function same(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && unescapeUnreserved(a) === unescapeUnreserved(b));
}

/** Escapes of characters outside RFC 2396's reserved set count as the character; those of reserved ones do not. */
function unescapeUnreserved(text: string): string {
  return text.replaceAll(/%([\da-f]{2})/gi, (escape, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[;/?:@&=+$,%\u0080-\u00ff]/.test(character) ? escape.toUpperCase() : character;
  });
}

function parametersEqual(a: Parameters, b: Parameters): boolean {
  for (const name of NEVER_ALONE) if (a.has(name) !== b.has(name)) return false;
  for (const [name] of a.entries()) {
    // of two of one name, which there may not be, the first counts, on both sides
    if (b.has(name) && !same(a.get(name)?.toLowerCase(), b.get(name)?.toLowerCase())) return false;
  }
  return true;
}

function headersEqual(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const left = headersOf(a);
  const right = headersOf(b);
  return left.length === right.length && left.every((header, at) => header === right[at]);
}

/** Names without case, values as they are: what a value's own field makes of case is not known here. */
function headersOf(text: string): string[] {
  return text
    .split('&')
    .map((header) => {
      const equals = header.indexOf('=');
      const name = equals < 0 ? header : header.slice(0, equals);
      return `${unescapeUnreserved(name).toLowerCase()}=${equals < 0 ? '' : unescapeUnreserved(header.slice(equals + 1))}`;
    })
    .sort();
}

function telEquals(a: TelUri, b: TelUri): boolean {
  if (a.digits.toLowerCase() !== b.digits.toLowerCase()) return false;
  const left = telParameters(a);
  const right = telParameters(b);
  return left.length === right.length && left.every((parameter, at) => parameter === right[at]);
}

function telParameters(uri: TelUri): string[] {
  return [...uri.parameters.entries()]
    .map(([name, value]) => {
      const bare =
        name.toLowerCase() === 'isub' || value === undefined
          ? value
          : value.replace(/^\+?[-.()\d]+$/, (number) => number.replaceAll(/[-.()]/g, ''));
      return `${name.toLowerCase()}=${bare?.toLowerCase() ?? ''}`;
    })
    .sort();
}
