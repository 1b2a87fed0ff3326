/** Attributes that say how packets travel: RTCP's port (RFC 3605, RFC 5761), keys (RFC 4568, RFC 8122), ICE candidates (RFC 8839). Junk reads as absent. */
import { attributeValue, attributeValues } from './attributes.ts';
import { isToken, isVisible } from './characters.ts';
import { exactFields, type Fields } from './grammar.ts';
import type { Lines, MediaSection } from './model.ts';

/** Where RTCP is taken, where a=rtcp says so (RFC 3605). */
export interface RtcpAddress {
  readonly port: number;
  /** Undefined: that of the media. */
  readonly address: string | undefined;
}

/** A line of SDES keys, `a=crypto` (RFC 4568 §4). Whether suite and key are good is the handler's to say. */
export interface CryptoLine {
  /** 0 to 999999999. */
  readonly tag: number;
  readonly suite: string;
  /** `inline:…`, more than one separated by `;`. */
  readonly keyParameters: string;
  readonly sessionParameters: readonly string[];
}

/** Of the certificate that DTLS will show (RFC 8122). */
export interface Fingerprint {
  /** Lower case: `sha-256`. */
  readonly algorithm: string;
  /** Upper case, with colons. */
  readonly hash: string;
}

/** One ICE candidate (RFC 8839 §5.1), as text; nothing is resolved or tried. */
export interface Candidate {
  readonly foundation: string;
  readonly component: number;
  /** As written: `UDP`, `udp`, `tcp`. */
  readonly transport: string;
  readonly priority: number;
  readonly address: string;
  readonly port: number;
  /** `host`, `srflx`, `prflx`, `relay` or a later one. */
  readonly type: string;
  readonly relatedAddress: string | undefined;
  readonly relatedPort: number | undefined;
  readonly tcpType: string | undefined;
  /** Extensions that are not read here, as text. */
  readonly extensions: string;
}

/** `a=rtcp`; undefined when absent, junk, or port 0. */
export function rtcp(section: MediaSection): RtcpAddress | undefined {
  const value = attributeValue(section, 'rtcp');
  const read = value === undefined ? undefined : exactFields(`a=rtcp:${value}`, 'rtcp');
  const port = integer(read?.fields, 'port', 1, 65_535);
  if (read === undefined || port === undefined || read.rest !== '') return undefined;
  return { port, address: text(read.fields, 'address') };
}

/** Does the section take RTCP on the port of RTP? */
export function rtcpMux(section: MediaSection): boolean {
  return attributeValue(section, 'rtcp-mux') === '';
}

/** The key lines of a section that can be read, in order of preference. */
export function cryptoLines(section: MediaSection): readonly CryptoLine[] {
  return each(section, 'crypto', 'crypto', ({ fields, rest }) => {
    const tag = integer(fields, 'id', 0, 999_999_999);
    const suite = text(fields, 'suite');
    const keyParameters = text(fields, 'config');
    if (tag === undefined || suite === undefined || keyParameters === undefined) return undefined;
    const first = text(fields, 'sessionConfig');
    return { tag, suite, keyParameters, sessionParameters: [first ?? '', ...rest.split(' ')].filter((word) => word !== '') };
  });
}

/** The certificate fingerprints of a section, or of a description. */
export function fingerprints(holder: Lines): readonly Fingerprint[] {
  return each(holder, 'fingerprint', 'fingerprint', ({ fields, rest }) => {
    const algorithm = text(fields, 'type');
    const hash = text(fields, 'hash');
    if (algorithm === undefined || hash === undefined || rest !== '' || !isToken(algorithm)) return undefined;
    return { algorithm: algorithm.toLowerCase(), hash: hash.toUpperCase() };
  });
}

/** The ICE candidates of a section that can be read, in order. */
export function candidates(section: MediaSection): readonly Candidate[] {
  return each(section, 'candidate', 'candidates', ({ fields, rest }) => {
    const foundation = text(fields, 'foundation');
    const component = integer(fields, 'component', 1, 256);
    const transport = text(fields, 'transport');
    const priority = integer(fields, 'priority', 1, 2 ** 31 - 1);
    const address = text(fields, 'ip');
    const port = integer(fields, 'port', 0, 65_535);
    const type = text(fields, 'type');
    if (foundation === undefined || component === undefined || transport === undefined) return undefined;
    if (priority === undefined || address === undefined || port === undefined || type === undefined) return undefined;
    return {
      foundation,
      component,
      transport,
      priority,
      address,
      port,
      type,
      relatedAddress: text(fields, 'raddr'),
      relatedPort: integer(fields, 'rport', 0, 65_535),
      tcpType: text(fields, 'tcptype'),
      extensions: rest,
    };
  });
}

function each<T>(
  holder: Lines,
  name: string,
  key: string,
  read: (line: { readonly fields: Fields; readonly rest: string }) => T | undefined,
): readonly T[] {
  const found: T[] = [];
  for (const value of attributeValues(holder, name)) {
    const understood = exactFields(`a=${name}:${value}`, key);
    const item = understood === undefined ? undefined : read(understood);
    if (item !== undefined) found.push(item);
  }
  return found;
}

/** A field as text; sdp-transform gives numbers for whatever looks like one, and strings for numbers too large. */
function text(fields: Fields | undefined, name: string): string | undefined {
  const value = fields?.[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && isVisible(value) ? value : undefined;
}

function integer(fields: Fields | undefined, name: string, least: number, most: number): number | undefined {
  const value = fields?.[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}
