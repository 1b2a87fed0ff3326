/** Security-Client, Security-Server, Security-Verify (RFC 3329 §2.2) and P-Media-Authorization (RFC 3313 §5.2). Digest is auth's. */
import type { ReadonlyHeaders } from '../model.ts';
import type { Parameters } from '../parameters.ts';
import { isToken } from '../tokens.ts';
import { parseParameterised, readList, readQ } from '../typed-headers.ts';
import { type ParameterInit, parametersText, tokenText } from './elements.ts';

/** One mechanism of a Security-Client, -Server or -Verify (RFC 3329 §2.2). */
export interface SecurityMechanism {
  /** Lower-case: `digest`, `tls`, `ipsec-ike`, `ipsec-3gpp` … */
  readonly mechanism: string;
  /** The peer's preference; 1 when it is missing or malformed. */
  readonly q: number;
  readonly parameters: Parameters;
}

/** In the order in which they came, which Security-Verify has to repeat; malformed elements are left out. */
export function readSecurityMechanisms(
  headers: ReadonlyHeaders,
  name: 'Security-Client' | 'Security-Server' | 'Security-Verify',
): readonly SecurityMechanism[] {
  return readList(headers, name).flatMap((text) => {
    const element = parseParameterised(text);
    if (element === undefined || !isToken(element.value)) return [];
    const { value, parameters } = element;
    return { mechanism: value.toLowerCase(), q: readQ(parameters), parameters };
  });
}

/** @throws SipError `SIP_HEADER_SYNTAX` for a mechanism that is no token, or a parameter that is none. */
export function formatSecurityMechanism(mechanism: string, parameters: ParameterInit = {}): string {
  return tokenText('Security-Client', mechanism) + parametersText('Security-Client', parameters);
}

/** Authorization tokens, hexadecimal, in order; what is none is left out. */
export function readMediaAuthorization(headers: ReadonlyHeaders): readonly string[] {
  return readList(headers, 'P-Media-Authorization').filter((token) => /^[\da-f]+$/i.test(token));
}
