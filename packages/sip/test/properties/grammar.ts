/** Small productions of RFC 3261 §25.1 as generators: tokens, white space with folds, quoted strings, hosts, URIs, addresses. */
import fc, { type Arbitrary } from 'fast-check';

/** A part of a header value: as it goes on the wire, and as it reads with its folds undone. */
export interface Piece {
  readonly wire: string;
  readonly read: string;
  /** Of a list, those that stand in it. */
  readonly elements: number;
}

export function join(...parts: readonly (string | Piece)[]): Piece {
  let wire = '';
  let read = '';
  let commas = 0;
  for (const part of parts) {
    wire += typeof part === 'string' ? part : part.wire;
    read += typeof part === 'string' ? part : part.read;
    commas += part === ',' ? 1 : 0;
  }
  return { wire, read, elements: commas + 1 };
}

const ALPHANUM = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** One of these characters. */
export const oneOf = (characters: string): Arbitrary<string> => fc.constantFrom(...Array.from(characters));
const of = (characters: string, minLength: number, maxLength: number): Arbitrary<string> =>
  fc.string({ unit: oneOf(characters), minLength, maxLength });

export const token: Arbitrary<string> = of(`${ALPHANUM}-.!%*_+\`'~`, 1, 12);

/** LWS where `needed`, else SWS: nothing, blanks, or a fold. */
export function gap(needed: boolean): Arbitrary<Piece> {
  const blanks = [' ', '\t', '  ', ' \t '].map((text) => join(text));
  const folds = [
    ['', ' '],
    [' ', '\t'],
    ['\t ', '   '],
  ].map(([before, after]): Piece => ({ wire: `${before}\r\n${after}`, read: ' ', elements: 1 }));
  return fc.constantFrom(...(needed ? [] : [join(''), join('')]), join(' '), ...blanks, ...folds);
}

/** With UTF-8 and escapes. */
export const quotedString: Arbitrary<Piece> = fc
  .array(
    fc.oneof(
      { arbitrary: oneOf('abcXYZ 019,;:<>@=?[]{}()/%&!#é字🎷'), weight: 8 },
      { arbitrary: fc.constantFrom('\\"', '\\\\', '\\a', '\\,', '\\<', '\\ '), weight: 1 },
    ),
    { maxLength: 12 },
  )
  .map((parts) => join(`"${parts.join('')}"`));

const escape: Arbitrary<string> = fc.nat(255).map((code) => `%${code.toString(16).padStart(2, '0')}`);
/** Characters, and escapes between them. */
const escaped = (characters: string, minLength: number, maxLength: number): Arbitrary<string> =>
  fc
    .array(fc.oneof({ arbitrary: oneOf(characters), weight: 9 }, { arbitrary: escape, weight: 1 }), { minLength, maxLength })
    .map((parts) => parts.join(''));

const UNRESERVED = `${ALPHANUM}-_.!~*'()`;
const label: Arbitrary<string> = fc.tuple(of(ALPHANUM, 1, 1), of(`${ALPHANUM}-`, 0, 8), of(ALPHANUM, 1, 1)).map((parts) => parts.join(''));
const hostname: Arbitrary<string> = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom('com', 'example', 'x1'), fc.constantFrom('', '', '.'))
  .map(([labels, top, dot]) => `${labels.join('.')}.${top}${dot}`);

export const host: Arbitrary<string> = fc.oneof(
  { arbitrary: hostname, weight: 3 },
  { arbitrary: fc.ipV4(), weight: 2 },
  { arbitrary: fc.ipV6().map((address) => `[${address}]`), weight: 2 },
);
const port: Arbitrary<string> = fc.option(fc.nat(65_535), { nil: undefined }).map((number) => (number === undefined ? '' : `:${number}`));

/** `;name`, `;name=token`, `;name=host` or `;name="quoted"`, with white space where there may be some. */
export const genericParameter: Arbitrary<Piece> = fc
  .tuple(
    token.filter((name) => !/^(?:tag|branch|received|rport|maddr|ttl|boundary)$/i.test(name)),
    fc.oneof(
      fc.constant(undefined),
      token.map((text) => join(text)),
      host.map((text) => join(text)),
      quotedString,
    ),
    fc.array(gap(false), { minLength: 4, maxLength: 4 }),
  )
  .map(([name, value, [a, b, c, d]]) => (value === undefined ? join(a!, ';', b!, name) : join(a!, ';', b!, name, c!, '=', d!, value)));

const uriParameter: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'transport=udp',
    'transport=TCP',
    'transport=tls',
    'user=phone',
    'user=ip',
    'method=INVITE',
    'ttl=15',
    'maddr=239.255.255.1',
    'lr',
  ),
  fc
    .tuple(escaped(`${UNRESERVED}[]/:&+$`, 1, 8), fc.option(escaped(`${UNRESERVED}[]/:&+$`, 1, 8), { nil: undefined }))
    .map(([name, value]) => (value === undefined ? `x${name}` : `x${name}=${value}`)),
);
const nameOfParameter = (parameter: string): string => parameter.split('=', 1)[0]!.toLowerCase();

const uriHeader: Arbitrary<string> = fc
  .tuple(escaped(`${UNRESERVED}[]/?:+$`, 1, 8), escaped(`${UNRESERVED}[]/?:+$`, 0, 8))
  .map(([name, value]) => `${name}=${value}`);

export interface SipUriParts {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly host: string;
  readonly port: string;
  readonly parameters: readonly string[];
  readonly headers: readonly string[];
}

/** @param headers - whether there may be some: a Request-URI has none. */
export const sipUriParts = (headers: boolean): Arbitrary<SipUriParts> =>
  fc.record({
    scheme: fc.constantFrom('sip', 'sips', 'SIP', 'Sips'),
    user: fc.option(escaped(`${UNRESERVED}&=+$,;?/`, 1, 12), { nil: undefined }),
    password: fc.option(escaped(`${UNRESERVED}&=+$,`, 0, 6), { nil: undefined }),
    host,
    port,
    parameters: fc.uniqueArray(uriParameter, { maxLength: 3, selector: nameOfParameter }),
    headers: headers ? fc.array(uriHeader, { maxLength: 2 }) : fc.constant([]),
  });

export function writeSipUri({ scheme, user, password, host: at, port: behind, parameters, headers }: SipUriParts): string {
  const userinfo = user === undefined ? '' : `${user}${password === undefined ? '' : `:${password}`}@`;
  const more = headers.length === 0 ? '' : `?${headers.join('&')}`;
  return `${scheme}:${userinfo}${at}${behind}${parameters.map((parameter) => `;${parameter}`).join('')}${more}`;
}

const telUri: Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('+', ''),
    of('0123456789', 1, 12),
    fc.constantFrom('', '-555', '.55', ';phone-context=example.com', ';ext=1-2', ';isub=a'),
  )
  .map((parts) => `tel:${parts.join('')}`);
const otherUri: Arbitrary<string> = fc.oneof(
  fc.tuple(hostname, of(`${UNRESERVED}/;:@&=+$,`, 0, 10)).map(([authority, path]) => `http://${authority}/${path}`),
  of(`${ALPHANUM}:-`, 2, 12).map((name) => `urn:x${name}`),
  of(`${UNRESERVED};/?:@&=+$,`, 2, 12).map((rest) => `nobodyKnowsThisScheme:x${rest}`),
);

const sipUri = (headers: boolean): Arbitrary<string> => sipUriParts(headers).map(writeSipUri);

export const anyUri = (headers: boolean): Arbitrary<string> =>
  fc.oneof({ arbitrary: sipUri(headers), weight: 5 }, { arbitrary: telUri, weight: 1 }, { arbitrary: otherUri, weight: 1 });

/** name-addr, or addr-spec where no comma, question mark or semicolon stands in the URI (§20). */
export const nameAddr: Arbitrary<Piece> = fc
  .tuple(
    anyUri(true),
    fc.constantFrom('bare', 'angle', 'token', 'quoted'),
    fc.array(fc.tuple(token, gap(true)), { minLength: 1, maxLength: 3 }),
    quotedString,
    gap(false),
  )
  .map(([uri, form, words, quoted, space]) => {
    if (form === 'bare' && !/[,?;]/.test(uri)) return join(uri);
    if (form === 'token') return join(...words.flat(), `<${uri}>`);
    return join(...(form === 'quoted' ? [quoted, space] : []), `<${uri}>`);
  });
