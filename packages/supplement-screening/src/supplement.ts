/** Refuses unwanted callers at admission: before a session, a port or a stream exists. Stands on @jackfield/identity. */
import { isPromise, SipError } from '@jackfield/base';
import { getIdentity, identityCookie, type Identity, type Trust } from '@jackfield/identity';
import { reply, type Awaitable, type Reply, type SessionIntent, type Supplement } from '@jackfield/session';
import { CallerList, type Caller } from './callers.ts';

/** Undefined identity: the caller gives none that can be read. What it throws or takes too long for is answered 500 and 503: nobody gets in. */
export type CallerTest = (identity: Identity | undefined, intent: SessionIntent) => Awaitable<boolean>;

/** For `registerScreening`. Out of range: SCREENING_OPTION. */
export interface ScreeningOptions {
  /** Who is refused. */
  readonly block?: readonly Caller[] | CallerTest | undefined;
  /** Who gets in whatever `block` and `anonymous` say. Given without `block`, all others are refused. */
  readonly allow?: readonly Caller[] | CallerTest | undefined;
  /** Callers without an identity, or with a restricted one: `'refuse'` answers 433 (RFC 5079), `'admit'` (default) asks `block` about them. */
  readonly anonymous?: 'admit' | 'refuse' | undefined;
  /** 300 to 699; default 603. */
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  /** Retry-After of the refusal, whole seconds; none unless given. */
  readonly retryAfter?: number | undefined;
  /** Whose asserted identity counts. Unless given: as `registerIdentity` has it, and `endpoint.trusted` without that. */
  readonly trusted?: Trust | undefined;
}

/** @throws {@link SipError} `SCREENING_OPTION`; `SIP_HEADER_SYNTAX` for a reason that would break the message. */
export function screeningSupplement(options: ScreeningOptions = {}): Supplement {
  const refusal = refusalOf(options);
  const anonymityRefused = reply(433);
  const allow = options.allow === undefined ? undefined : testOf(options.allow);
  const block = options.block === undefined ? undefined : testOf(options.block);

  const screen = (identity: Identity | undefined, intent: SessionIntent): Awaitable<Reply | undefined> => {
    if (options.anonymous === 'refuse' && (identity === undefined || identity.presentation === 'restricted')) return anonymityRefused;
    if (block === undefined) return allow === undefined ? undefined : refusal;
    return then(block(identity, intent), (blocked) => (blocked ? refusal : undefined));
  };

  return {
    name: '@jackfield/supplement-screening',
    methods: ['INVITE'],
    admitSession(intent) {
      if (intent.request === undefined) return undefined;
      const identity = identify(intent, options.trusted);
      if (allow === undefined) return screen(identity, intent);
      return then(allow(identity, intent), (allowed) => (allowed ? undefined : screen(identity, intent)));
    },
  };
}

function identify({ request, endpoint, cookies }: SessionIntent, trusted: Trust | undefined): Identity | undefined {
  const known = trusted === undefined ? cookies.get(identityCookie) : undefined;
  if (known !== undefined || request === undefined) return known;
  return getIdentity(request, { trusted: trusted === undefined ? endpoint.trusted : trusted(endpoint) });
}

function testOf(callers: readonly Caller[] | CallerTest): CallerTest {
  if (typeof callers === 'function') return callers;
  const list = new CallerList(callers);
  return (identity) => identity !== undefined && list.has(identity);
}

function refusalOf({ status = 603, reason, retryAfter }: ScreeningOptions): Reply {
  if (!Number.isInteger(status) || status < 300 || status > 699) {
    throw new SipError('SCREENING_OPTION', `a refusal is 300 to 699, got ${status}`, { option: 'status' });
  }
  if (retryAfter === undefined) return reply(status, { reason });
  if (!Number.isInteger(retryAfter) || retryAfter < 0) {
    throw new SipError('SCREENING_OPTION', `Retry-After is whole seconds, got ${retryAfter}`, { option: 'retryAfter' });
  }
  return reply(status, { reason, headers: { 'Retry-After': String(retryAfter) } });
}

/** Now when it is known now, so that a list costs no turn of the loop. */
function then<A, B>(value: Awaitable<A>, next: (value: A) => Awaitable<B>): Awaitable<B> {
  return isPromise(value) ? value.then(next) : next(value);
}
