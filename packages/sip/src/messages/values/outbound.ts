/** What client-initiated connections (RFC 5626 §11) and GRUUs (RFC 5627 §8) add to Contact and to URIs. Flow-Timer is a number: `readInteger`. */
import type { Uri } from '../model.ts';
import type { Parameters } from '../parameters.ts';
import { readDigits, unescapeUri } from '../tokens.ts';
import { SipUri, parseUri } from '../uri-syntax.ts';
import { refuse } from './elements.ts';

/** reg-id of a Contact, 1 to 2^31-1. Undefined when missing, malformed or out of range. */
export function readRegId(parameters: Parameters): number | undefined {
  const text = parameters.get('reg-id');
  const number = text === undefined ? undefined : readDigits(text, 0, text.length, 0x7fffffff);
  return number === 0 ? undefined : number;
}

/** +sip.instance of a Contact without its angle brackets, as written: mostly `urn:uuid:…`. Undefined when missing or malformed. */
export function readInstanceId(parameters: Parameters): string | undefined {
  return /^<([^<>\s]+)>$/.exec(parameters.get('+sip.instance') ?? '')?.[1];
}

/**
 * A value for `+sip.instance`: `<urn:uuid:…>`, which {@link Parameters.set} and `formatAddress` put in quotes.
 *
 * @throws SipError `SIP_HEADER_SYNTAX` for what is no URI.
 */
export function formatInstanceId(urn: string): string {
  return parseUri(urn) === undefined ? refuse('+sip.instance', `${JSON.stringify(urn)} is no URI`) : `<${urn}>`;
}

/** pub-gruu and temp-gruu of a Contact in a registrar's 200; undefined each when missing or no URI. */
export function readGruus(parameters: Parameters): { readonly public: Uri | undefined; readonly temporary: Uri | undefined } {
  const uri = (name: string): Uri | undefined => {
    const text = parameters.get(name);
    return text === undefined ? undefined : parseUri(text);
  };
  return { public: uri('pub-gruu'), temporary: uri('temp-gruu') };
}

/** What kind of GRUU a URI is, by its `gr` parameter: a public one carries the instance, a temporary one nothing. Undefined when it is none. */
export function readGruu(
  uri: Uri,
): { readonly kind: 'public'; readonly instance: string } | { readonly kind: 'temporary'; readonly instance: undefined } | undefined {
  if (!(uri instanceof SipUri) || !uri.parameters.has('gr')) return undefined;
  const instance = uri.parameters.get('gr');
  return instance === undefined ? { kind: 'temporary', instance } : { kind: 'public', instance: unescapeUri(instance) };
}

/** Whether a Contact or Path URI asks that requests come back over the same flow: its `ob` parameter. */
export function isOutbound(uri: Uri): boolean {
  return uri instanceof SipUri && uri.parameters.has('ob');
}
