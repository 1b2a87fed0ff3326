/** What describes a body and what may be in one: Content-Disposition, Content-ID, MIME-Version, Accept-Encoding, Accept-Language (RFC 3261 §20, RFC 2183, RFC 2392). */
import type { ReadonlyHeaders } from '../model.ts';
import type { Parameters } from '../parameters.ts';
import { isToken } from '../tokens.ts';
import { parseParameterised, readList, readQ } from '../typed-headers.ts';
import { type ParameterInit, parametersText, refuse, single, singleToken, tokenText } from './elements.ts';

/** What a body or part is for (RFC 3261 §20.11, RFC 2183). */
export interface ContentDisposition {
  /** Lower-case: `session`, `render`, `icon`, `alert`, `by-reference` … */
  readonly type: string;
  /** Lower-case; `required` when nothing is said (RFC 3261 §20.11). */
  readonly handling: 'required' | 'optional' | (string & {});
  readonly parameters: Parameters;
}

/** Undefined when missing, repeated or malformed. */
export function readContentDisposition(headers: ReadonlyHeaders): ContentDisposition | undefined {
  const element = singleToken(headers, 'Content-Disposition');
  if (element === undefined) return undefined;
  const { value, parameters } = element;
  return { type: value.toLowerCase(), handling: parameters.get('handling')?.toLowerCase() ?? 'required', parameters };
}

/** @throws SipError `SIP_HEADER_SYNTAX` for a type or handling that is no token, or a parameter that is none. */
export function formatContentDisposition(
  disposition: { readonly type: string; readonly handling?: string | undefined },
  parameters: ParameterInit = {},
): string {
  const { type, handling } = disposition;
  const header = 'Content-Disposition';
  if (handling !== undefined) tokenText(header, handling);
  return tokenText(header, type) + parametersText(header, { handling, ...parameters });
}

/** Content-ID without its angle brackets: what a `cid:` URI names (RFC 2392 §2). Undefined when missing, repeated or malformed. */
export function readContentId(headers: ReadonlyHeaders): string | undefined {
  return /^<([^<>\s]+)>$/.exec(single(headers, 'Content-ID') ?? '')?.[1];
}

/** @throws SipError `SIP_HEADER_SYNTAX` for an identifier that is empty, or holds white space, angle brackets or control characters. */
export function formatContentId(id: string): string {
  return /^[^<>\s\p{Cc}]+$/u.test(id) ? `<${id}>` : refuse('Content-ID', `${JSON.stringify(id)} is no identifier`);
}

/** Undefined when missing or malformed. */
export function readMimeVersion(headers: ReadonlyHeaders): { readonly major: number; readonly minor: number } | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})$/.exec(single(headers, 'MIME-Version') ?? '');
  return parts === null ? undefined : { major: Number(parts[1]), minor: Number(parts[2]) };
}

/** Accept-Encoding or Accept-Language with `q`, lower-case, the most wanted first; malformed elements are left out. Undefined when there is none: then `identity`, or any language. */
export function readPreferences(
  headers: ReadonlyHeaders,
  name: 'Accept-Encoding' | 'Accept-Language',
): readonly { readonly value: string; readonly q: number }[] | undefined {
  if (headers.get(name) === undefined) return undefined;
  return readList(headers, name)
    .flatMap((text) => {
      const element = parseParameterised(text);
      return element === undefined || !isToken(element.value) ? [] : { value: element.value.toLowerCase(), q: readQ(element.parameters) };
    })
    .sort((a, b) => b.q - a.q);
}
