/** Which configured endpoint an INVITE comes from: one look-up per identifier in the declared order, and then all that the profile's match names. */
import { SipUri, parseUri, type Flow, type SipRequest, type Uri } from '@jackfield/sip';
import type { EndpointIdentifier, EndpointMatch, EndpointProfile } from '../contract/endpoint.ts';
import { listOf } from './define-endpoint.ts';
import { hostKey, Networks } from './networks.ts';
import { oneOf, optionError } from './option-range.ts';

const DEFAULT_ORDER: readonly EndpointIdentifier[] = ['address', 'user', 'header', 'requestUri', 'certificate'];

/** A profile as it is looked for: its match in the form that is compared. */
class Candidate {
  readonly profile: EndpointProfile;
  readonly #match: EndpointMatch;
  readonly #addresses: Networks<true> | undefined;
  readonly #users: ReadonlySet<string> | undefined;
  readonly #header: { readonly name: string; readonly value: string | RegExp } | undefined;
  readonly #uri: Uri | RegExp | undefined;
  readonly #transports: ReadonlySet<string> | undefined;
  readonly #certificates: ReadonlySet<string> | undefined;

  constructor(profile: EndpointProfile, match: EndpointMatch) {
    this.profile = profile;
    this.#match = match;
    const { address, user, header, requestUri, transport, certificate } = match;
    if (address !== undefined) {
      this.#addresses = new Networks();
      for (const text of listOf(address)) this.#addresses.add(text, true, 'address');
    }
    if (user !== undefined) this.#users = new Set(listOf(user));
    if (header !== undefined) this.#header = { name: header.name, value: stateless(header.value) };
    if (requestUri !== undefined) this.#uri = typeof requestUri === 'string' ? parseUri(requestUri) : stateless(requestUri);
    if (transport !== undefined) this.#transports = new Set(listOf(transport));
    if (certificate !== undefined) this.#certificates = new Set(listOf(certificate).map((name) => name.toLowerCase()));
  }

  /** The one it is looked up by: the first of the order that its match names. */
  identifier(order: readonly EndpointIdentifier[]): EndpointIdentifier | undefined {
    return order.find((one) => this.#match[one] !== undefined);
  }

  fits(request: SipRequest, flow: Flow): boolean {
    if (this.#transports?.has(flow.kind) === false) return false;
    if (this.#addresses !== undefined && this.#addresses.find(flow.remote.host) === undefined) return false;
    if (this.#users?.has(userOf(request) ?? '') === false) return false;
    if (this.#uri !== undefined && !this.#fitsUri(request.uri)) return false;
    if (this.#header !== undefined && !this.#fitsHeader(request)) return false;
    const { peerNames = [] } = flow;
    return this.#certificates === undefined || peerNames.some((name) => this.#certificates!.has(name));
  }

  #fitsUri(uri: Uri): boolean {
    if (this.#uri instanceof RegExp) return this.#uri.test(uri.toString());
    const wanted = this.#uri!;
    if (uriKey(wanted) !== uriKey(uri)) return false;
    return !(wanted instanceof SipUri) || wanted.port === undefined || (uri instanceof SipUri && uri.port === wanted.port);
  }

  #fitsHeader(request: SipRequest): boolean {
    const { name, value } = this.#header!;
    return request.headers.getAll(name).some((one) => (typeof value === 'string' ? one === value : value.test(one)));
  }
}

type Row = Map<string, Candidate[]>;

export class EndpointTable {
  readonly #order: readonly EndpointIdentifier[];
  readonly #addresses = new Networks<Candidate>();
  readonly #users: Row = new Map();
  readonly #uris: Row = new Map();
  readonly #uriPatterns: Candidate[] = [];
  readonly #certificates: Row = new Map();
  /** By name of the field: by value, and those that have to be tried. */
  readonly #headers = new Map<string, { readonly values: Row; readonly patterns: Candidate[] }>();

  /** @throws SESSION_OPTION for a name given twice, and for a profile that the order never comes to. */
  constructor(profiles: readonly EndpointProfile[], order: readonly EndpointIdentifier[] = DEFAULT_ORDER) {
    for (const identifier of order) oneOf('identifyBy', identifier, DEFAULT_ORDER);
    this.#order = order;
    const names = new Set<string>();
    for (const profile of profiles) {
      if (names.has(profile.name)) {
        throw optionError('endpoints', `endpoints: ${profile.name} is there twice`);
      }
      names.add(profile.name);
      if (profile.match !== undefined) this.#add(new Candidate(profile, profile.match), profile.match);
    }
  }

  /** Undefined: nobody we know. */
  identify(request: SipRequest, flow: Flow): EndpointProfile | undefined {
    const fits = (candidate: Candidate): boolean => candidate.fits(request, flow);
    for (const identifier of this.#order) {
      const found = this.#find(identifier, request, flow, fits);
      if (found !== undefined) return found.profile;
    }
    return undefined;
  }

  #find(identifier: EndpointIdentifier, request: SipRequest, flow: Flow, fits: (candidate: Candidate) => boolean): Candidate | undefined {
    switch (identifier) {
      case 'address':
        return this.#addresses.find(flow.remote.host, fits);
      case 'user':
        return this.#users.size === 0 ? undefined : this.#users.get(userOf(request) ?? '')?.find(fits);
      case 'requestUri':
        return (this.#uris.size === 0 ? undefined : this.#uris.get(uriKey(request.uri))?.find(fits)) ?? this.#uriPatterns.find(fits);
      case 'certificate':
        return first(this.#certificates, flow.peerNames ?? [], fits);
      case 'header':
        for (const [name, { values, patterns }] of this.#headers) {
          const found = first(values, request.headers.getAll(name), fits) ?? patterns.find(fits);
          if (found !== undefined) return found;
        }
        return undefined;
    }
  }

  #add(candidate: Candidate, match: EndpointMatch): void {
    const { name } = candidate.profile;
    switch (candidate.identifier(this.#order)) {
      case 'address':
        for (const text of listOf(match.address)) this.#addresses.add(text, candidate, 'address');
        return;
      case 'user':
        for (const user of listOf(match.user)) put(this.#users, user, candidate);
        return;
      case 'requestUri':
        if (typeof match.requestUri === 'string') put(this.#uris, uriKey(parseUri(match.requestUri)!), candidate);
        else this.#uriPatterns.push(candidate);
        return;
      case 'certificate':
        for (const certificate of listOf(match.certificate)) put(this.#certificates, certificate.toLowerCase(), candidate);
        return;
      case 'header': {
        const { name: field, value } = match.header!;
        const key = field.toLowerCase();
        let row = this.#headers.get(key);
        if (row === undefined) this.#headers.set(key, (row = { values: new Map(), patterns: [] }));
        if (typeof value === 'string') put(row.values, value, candidate);
        else row.patterns.push(candidate);
        return;
      }
      case undefined:
        throw optionError('identifyBy', `endpoints: nothing in identifyBy finds ${name}`);
    }
  }
}

function put(row: Row, key: string, candidate: Candidate): void {
  const there = row.get(key);
  if (there === undefined) row.set(key, [candidate]);
  else there.push(candidate);
}

function first(row: Row, keys: readonly string[], fits: (candidate: Candidate) => boolean): Candidate | undefined {
  if (row.size === 0) return undefined;
  for (const key of keys) {
    const found = row.get(key)?.find(fits);
    if (found !== undefined) return found;
  }
  return undefined;
}

function userOf({ from }: SipRequest): string | undefined {
  const { uri } = from;
  return uri instanceof SipUri ? uri.userDecoded : uri.user;
}

const uriKey = (uri: Uri): string => `${uri.scheme}:${(uri instanceof SipUri ? uri.userDecoded : uri.user) ?? ''}@${hostKey(uri.host)}`;

/** A pattern that remembers where it last was would fit every other time. */
function stateless<T extends string | RegExp>(value: T): T | RegExp {
  return typeof value === 'string' ? value : new RegExp(value.source, value.flags.replaceAll(/[gy]/g, ''));
}
