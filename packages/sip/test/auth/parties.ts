/** A client and a server of digest that hand one another requests and verdicts, without a stack between them. */
import {
  DigestClient,
  HeaderList,
  parseUri,
  SipRequest,
  type AuthenticatorOptions,
  type DigestClientOptions,
  type HeaderInit,
  type Method,
} from '@jackfield/sip';
import { ManualClock, SeededRandom } from '@jackfield/sip/testing';
import { createAuthenticator, type Authenticator, type Denial, type Verdict } from '../../src/auth/server.ts';

export const REALM = 'example.com';
export const SOURCE = '192.0.2.7';
export const USERS: Readonly<Record<string, string>> = { alice: 'wonderland', bob: 'builder' };

export interface Body {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export function request(headers: HeaderInit = {}, method: Method = 'REGISTER', uri = 'sip:example.com', body?: Body): SipRequest {
  return new SipRequest(method, parseUri(uri)!, new HeaderList(headers), body);
}

export interface TestServer {
  readonly clock: ManualClock;
  readonly authenticator: Authenticator;
  /** The verdict on a request, which has to come at once. */
  readonly check: (request: SipRequest, source?: string) => Verdict;
}

export function server(options: Partial<AuthenticatorOptions> = {}): TestServer {
  const clock = new ManualClock();
  const random = new SeededRandom(7);
  const authenticator = createAuthenticator({ realm: REALM, lookup: (username) => USERS[username], clock, random, ...options });
  const check = (asked: SipRequest, source = SOURCE): Verdict => {
    const verdict = authenticator.check(asked, source);
    if (!('ok' in verdict)) throw new Error('a verdict that is not there at once');
    return verdict;
  };
  return { clock, authenticator, check };
}

export function client(options: Partial<DigestClientOptions> = {}): DigestClient {
  const credentials = [{ username: 'alice', password: 'wonderland' }];
  return new DigestClient({ credentials, random: new SeededRandom(3), ...options });
}

/** A denial as the client hears it. */
export function response(denial: Denial): { status: number; headers: HeaderList } {
  return { status: denial.status, headers: new HeaderList(denial.headers) };
}

export function denied(verdict: Verdict): Denial {
  if (verdict.ok) throw new Error('access, where none was due');
  return verdict;
}

/** Header lists of 401 and 407 with these challenges. */
export function challenges(status: 401 | 407, ...values: string[]): { status: number; headers: HeaderList } {
  return { status, headers: new HeaderList({ [status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate']: values }) };
}

/** The only value of a header that a client made. */
export function only(headers: HeaderInit, name = 'Authorization'): string {
  const values = [headers[name] ?? []].flat();
  if (values.length !== 1) throw new Error(`${values.length} of ${name}`);
  return values[0]!;
}

/** `alice` after her first challenge: a request that is granted. */
export function answered(from: TestServer, by: DigestClient, make: (headers?: HeaderInit) => SipRequest = request): SipRequest {
  const answer = by.exchange('x').answer(make(), response(denied(from.check(make()))));
  if (!answer.ok) throw new Error(answer.reason);
  return make(answer.headers);
}
