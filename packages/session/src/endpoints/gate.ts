/**
 * Who calls, and whether it has to prove it: identification, the networks it may come from, digest (RFC 3261 §22). A stranger, a source that is
 * not allowed and a wrong password are answered alike. Judges by where the packet came from, never by what the message says of that.
 */
import { isPromise, SipError, type Random } from '@jackfield/base';
import {
  DigestClient,
  reply,
  SipRequest,
  type Access,
  type Challenged,
  type Dialog,
  type DigestAuthenticator,
  type Flow,
  type IncomingRequest,
  type Reply,
} from '@jackfield/sip';
import type { Endpoint, EndpointIdentifier, EndpointProfile } from '../contract/endpoint.ts';
import { defineCookie } from '../cookies.ts';
import { ask, hookFailed, nonsense, OpenQuestion, type HookHost } from '../plugins/hooks.ts';
import type { Steps } from '../plugins/steps.ts';
import { assertProfile, usernamesOf } from './define-endpoint.ts';
import { EndpointTable } from './endpoint-table.ts';
import { networksOf, type Networks } from './networks.ts';
import { oneOf, optionError } from './option-range.ts';

/** Who may call: part of the options of `createSessionService`. Out of range: SESSION_OPTION. */
export interface GateOptions {
  /** The peers we know, each made by `defineEndpoint`. */
  readonly endpoints?: readonly EndpointProfile[] | undefined;
  /** What a caller is recognised by, in this order. Default: address, user, header, requestUri, certificate. */
  readonly identifyBy?: readonly EndpointIdentifier[] | undefined;
  /**
   * Who calls, asked before `endpoints` are looked through, at once. Undefined for a peer that it does not know. A throw is 500, and so is what is no
   * endpoint, a promise included.
   */
  readonly identifyEndpoint?:
    ((invite: IncomingRequest, source: { readonly host: string; readonly port: number }) => Endpoint | undefined) | undefined;
  /**
   * What becomes of callers that nobody knows; those who may pass are named by their address, and not trusted. `'accept'`, the default without
   * `authenticate`: they pass. `'challenge'`, the default with it: they pass with credentials. `'refuse'`: they do not, and cannot tell.
   */
  readonly unknown?: 'accept' | 'challenge' | 'refuse' | undefined;
  /** Challenges INVITEs of strangers, and of every endpoint that says nothing else. Default: nobody is challenged. */
  readonly authenticate?: DigestAuthenticator | undefined;
  /** Addresses and networks from which no INVITE outside a dialog passes, whoever sends it. Other requests outside calls are for the services of the stack to judge. */
  readonly blockFrom?: readonly string[] | undefined;
}

export interface Standing {
  readonly endpoint: Endpoint;
  /**
   * `'challenge'`: it passes with credentials of its own, `'anyone'` with whosever. `'never'`: it is challenged like others, and no credentials are right.
   * `'fault'`: the program cannot say who it is.
   */
  readonly access: 'open' | 'challenge' | 'anyone' | 'never' | 'fault';
  /** Of a fault: what `identifyEndpoint` gave. */
  readonly given?: unknown;
}

/** By whose name the first INVITE of a call was authenticated; nothing where nobody asked. */
export const authenticatedUser = defineCookie<string>('session.authenticated-user');

const CREDENTIALS = ['Authorization', 'Proxy-Authorization'];

export class Gate {
  readonly #identifyEndpoint: GateOptions['identifyEndpoint'];
  readonly #table: EndpointTable | undefined;
  readonly #unknown: NonNullable<GateOptions['unknown']>;
  readonly #authenticate: DigestAuthenticator | undefined;
  readonly #blocked: Networks<true> | undefined;
  readonly #allowed = new WeakMap<Endpoint, Networks<true>>();
  readonly #digests = new WeakMap<Endpoint, DigestClient>();
  readonly #random: Random;

  /** @throws SESSION_OPTION, and SIP_OPTION for a credential that is none */
  constructor(options: GateOptions, random: Random) {
    const { endpoints = [], identifyBy, identifyEndpoint, authenticate, blockFrom } = options;
    oneOf('unknown', options.unknown, ['accept', 'challenge', 'refuse']);
    if (identifyEndpoint !== undefined && typeof identifyEndpoint !== 'function')
      throw optionError('identifyEndpoint', 'identifyEndpoint is a function');
    this.#identifyEndpoint = identifyEndpoint;
    this.#authenticate = authenticate;
    this.#random = random;
    this.#unknown = options.unknown ?? (authenticate === undefined ? 'accept' : 'challenge');
    if (this.#unknown === 'challenge' && authenticate === undefined) {
      throw optionError('unknown', `unknown: 'challenge' wants authenticate`);
    }
    for (const endpoint of endpoints) {
      assertProfile(endpoint);
      this.#assertProvable(endpoint);
    }
    if (endpoints.length > 0) this.#table = new EndpointTable(endpoints, identifyBy);
    if (blockFrom !== undefined) this.#blocked = networksOf(blockFrom, 'blockFrom');
  }

  /** Who sent an INVITE outside a dialog. Throws what `identifyEndpoint` throws. */
  standingOf(request: SipRequest, flow: Flow): Standing {
    const source = flow.remote;
    const given = this.#identifyEndpoint?.(request, source);
    if (given !== undefined && !isEndpoint(given)) return { endpoint: { name: source.host, trusted: false }, access: 'fault', given };
    const known = given ?? this.#table?.identify(request, flow);
    const endpoint = known ?? { name: source.host, trusted: false };
    if (this.#blocked?.find(source.host) === true) return { endpoint, access: 'never' };
    if (known === undefined) return { endpoint, access: ACCESS_OF_STRANGERS[this.#unknown] };
    if (known.allowFrom !== undefined && this.#networksOf(known, known.allowFrom).find(source.host) === undefined) {
      return { endpoint, access: 'never' };
    }
    return { endpoint, access: this.#authenticatorOf(known) === undefined ? 'open' : 'challenge' };
  }

  /**
   * Judges an INVITE outside a dialog that is not open to all.
   *
   * @returns what it is answered, or by whose name it passes
   * @throws SESSION_HOOK_FAILED when the look-up of the password failed, or took too long, and where nobody could say who it is
   */
  *admit(host: HookHost, standing: Standing, request: SipRequest): Steps<Reply | { readonly username: string | undefined }> {
    const { endpoint, access } = standing;
    if (access === 'fault') throw misgiven(host, standing.given);
    const authenticator = this.#authenticatorOf(endpoint) ?? this.#authenticate;
    if (authenticator === undefined) return reply(403);
    const verdict = yield* check(host, endpoint, authenticator, request);
    if (!verdict.ok) return verdict.reply;
    if (access === 'anyone' || (access === 'challenge' && isOf(endpoint, verdict))) return { username: verdict.username };
    return yield* challenge(host, endpoint, authenticator, request);
  }

  /**
   * Judges a request inside a dialog, where its endpoint wants that. A BYE that is not proven is challenged and nothing else: no other answer
   * to it leaves the call up.
   *
   * @throws SESSION_HOOK_FAILED as `admit`, but for BYE
   */
  *inside(host: HookHost, endpoint: Endpoint, request: SipRequest): Steps<Reply | undefined> {
    const authenticator = this.#authenticatorOf(endpoint);
    if (authenticator === undefined) return undefined;
    const bye = request.method === 'BYE';
    let verdict: Access | Challenged;
    try {
      verdict = yield* check(host, endpoint, authenticator, request);
    } catch (error) {
      if (!bye || !(error instanceof SipError)) throw error;
      host.report(error);
      return yield* challenge(host, endpoint, authenticator, request);
    }
    if (verdict.ok) return isOf(endpoint, verdict) ? undefined : yield* challenge(host, endpoint, authenticator, request);
    const { status } = verdict.reply;
    return bye && status !== 401 && status !== 407 ? yield* challenge(host, endpoint, authenticator, request) : verdict.reply;
  }

  /** Who we are to it; undefined: whoever the stack says. */
  digestOf(endpoint: Endpoint): DigestClient | undefined {
    const { credentials } = endpoint;
    if (credentials === undefined) return undefined;
    let digest = this.#digests.get(endpoint);
    if (digest === undefined) {
      digest = new DigestClient({ random: this.#random, ...('credentials' in credentials ? credentials : { credentials }) });
      this.#digests.set(endpoint, digest);
    }
    return digest;
  }

  /** What the dialogs of a call with it have to know. */
  equip(dialog: Dialog, endpoint: Endpoint): void {
    dialog.digest = this.digestOf(endpoint);
    if (endpoint.nat?.requestsToSource === true) dialog.toSource = true;
  }

  #authenticatorOf({ authenticate }: Endpoint): DigestAuthenticator | undefined {
    return authenticate === false ? undefined : (authenticate ?? this.#authenticate);
  }

  #networksOf(endpoint: Endpoint, texts: readonly string[]): Networks<true> {
    let networks = this.#allowed.get(endpoint);
    if (networks === undefined) this.#allowed.set(endpoint, (networks = networksOf(texts, 'allowFrom')));
    return networks;
  }

  /** Whom we believe has to have shown more than a claim. */
  #assertProvable(endpoint: EndpointProfile): void {
    const { match, trusted, name } = endpoint;
    if (!trusted || match === undefined || match.address !== undefined || match.certificate !== undefined) return;
    if (this.#authenticatorOf(endpoint) !== undefined) return;
    throw optionError('trusted', `endpoint ${name} is trusted: match its address or certificate, or authenticate it`);
  }
}

const ACCESS_OF_STRANGERS = { accept: 'open', challenge: 'anyone', refuse: 'never' } as const;

/** Whether the password is the endpoint's own: who has one may still be somebody else. */
function isOf(endpoint: Endpoint, { username }: Access): boolean {
  const usernames = usernamesOf(endpoint);
  return usernames === undefined || (username !== undefined && usernames.includes(username));
}

/** As much as makes one: what a program without types gives may be anything. */
function isEndpoint(given: Partial<Endpoint> | null): boolean {
  const { name, trusted } = given ?? {};
  return typeof name === 'string' && name !== '' && typeof trusted === 'boolean';
}

/** Nobody waits for a promise here: its rejection is nobody's but ours. */
function misgiven(host: HookHost, given: unknown): SipError {
  const failed = (cause: unknown): SipError => hookFailed('application', 'identifyEndpoint', cause);
  if (isPromise(given)) void given.then(undefined, (cause: unknown) => host.report(failed(cause)));
  return failed(nonsense('application', 'identifyEndpoint'));
}

function* check(host: HookHost, { name }: Endpoint, authenticator: DigestAuthenticator, request: SipRequest): Steps<Access | Challenged> {
  let verdict = ask(host, name, 'authenticate', judge, authenticator, request, undefined);
  if (verdict instanceof OpenQuestion) verdict = yield* verdict.inTime();
  return verdict as Access | Challenged; // what `judge` gives
}

const judge = (by: DigestAuthenticator, request: SipRequest): Access | Challenged | PromiseLike<Access | Challenged> => by.check(request);

/** What a request without credentials is answered. */
function* challenge(host: HookHost, endpoint: Endpoint, authenticator: DigestAuthenticator, request: SipRequest): Steps<Reply> {
  const headers = request.headers.clone();
  for (const name of CREDENTIALS) headers.delete(name);
  const verdict = yield* check(host, endpoint, authenticator, new SipRequest(request.method, request.uri, headers));
  return verdict.ok ? reply(403) : verdict.reply;
}

/** The topmost Via asks for `rport` from now on, whether it did or not: responses leave for where the request came from. */
export function answerToSource(request: SipRequest, { remote, reliable }: Flow): void {
  if (!reliable && request.via.rport === undefined) request.stampPort(remote.port);
}
