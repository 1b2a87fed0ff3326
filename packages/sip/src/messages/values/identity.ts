/** Identity (RFC 8224 §4): a signed token, and where its certificate is. Nothing is verified here. */
import type { ReadonlyHeaders } from '../model.ts';
import { parseUri } from '../uri-syntax.ts';
import { GREATER, LESS, SEMICOLON, skipSpace, skipSpaceBack } from '../tokens.ts';
import { parametersText, refuse, tokenText } from './elements.ts';
import { parseParameterised } from '../typed-headers.ts';

/** One Identity header; verifying it is a plug-in's. */
export interface SignedIdentity {
  /** The PASSporT, as written: `header.claims.signature`, the first two maybe empty (compact form, RFC 8225 §7). */
  readonly passport: string;
  /** URI of the certificate, without angle brackets. */
  readonly info: string;
  /** As written; `ES256` is meant when it is undefined. */
  readonly alg: string | undefined;
  /** Extension of the PASSporT: `shaken`, `div`, `rph` … */
  readonly ppt: string | undefined;
}

/** Base64 as of URLs, and as RFC 4474 had it; at least the signature is there. */
const PASSPORT = /^(?:[\w\-+/=]*\.[\w\-+/=]*\.)?[\w\-+/=]+$/;

/** Of all fields, in order; one without token, without `info`, or malformed is left out: nobody vouches by it. */
export function readIdentities(headers: ReadonlyHeaders): readonly SignedIdentity[] {
  return headers.getAll('Identity').flatMap((text) => parseIdentity(text) ?? []);
}

/** One value of Identity. Undefined when it is malformed. */
export function parseIdentity(text: string): SignedIdentity | undefined {
  const end = text.indexOf(';');
  const passport = end < 0 ? '' : text.slice(0, end).trim();
  if (!PASSPORT.test(passport)) return undefined;
  let info: string | undefined;
  let others = '';
  for (let at = end; at < text.length;) {
    const from = at; // a semicolon
    at += 1;
    while (at < text.length && text.charCodeAt(at) !== SEMICOLON) {
      at = text.charCodeAt(at) === LESS ? text.indexOf('>', at) : at + 1; // a URI in angle brackets may hold semicolons
      if (at < 0) return undefined;
      if (text.charCodeAt(at) === GREATER) at += 1;
    }
    const said = readInfo(text.slice(from + 1, at));
    if (said === undefined) others += text.slice(from, at);
    else if (info !== undefined) return undefined;
    else info = said;
  }
  const element = parseParameterised(`x${others}`);
  if (info === undefined || parseUri(info) === undefined || element === undefined) return undefined;
  return { passport, info, alg: element.parameters.get('alg'), ppt: element.parameters.get('ppt') };
}

/** The URI of `info=<…>`; undefined for any other parameter. */
function readInfo(parameter: string): string | undefined {
  const equals = parameter.indexOf('=');
  if (equals < 0 || parameter.slice(0, equals).trim().toLowerCase() !== 'info') return undefined;
  const from = skipSpace(parameter, equals + 1, parameter.length);
  const to = skipSpaceBack(parameter, from, parameter.length);
  return parameter.charCodeAt(from) === LESS && parameter.charCodeAt(to - 1) === GREATER ? parameter.slice(from + 1, to - 1) : '';
}

/** @throws SipError `SIP_HEADER_SYNTAX` for a PASSporT, a URI or a word that is none. */
export function formatIdentity({ passport, info, alg, ppt }: Omit<SignedIdentity, 'alg' | 'ppt'> & Partial<SignedIdentity>): string {
  const header = 'Identity';
  if (!PASSPORT.test(passport)) refuse(header, 'that is no PASSporT');
  if (parseUri(info) === undefined) refuse(header, `${JSON.stringify(info)} is no URI`);
  const word = (text: string | undefined): string | undefined => (text === undefined ? undefined : tokenText(header, text));
  return `${passport};info=<${info}>${parametersText(header, { alg: word(alg), ppt: word(ppt) })}`;
}
