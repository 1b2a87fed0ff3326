/** Whose password proves to be an endpoint: that of one of its users, and of nobody else. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createDigestAuthenticator, parseUri, type DigestAuthenticator } from '@jackfield/sip';
import { SeededRandom } from '@jackfield/base/testing';
import { defineEndpoint, type Endpoint, type EndpointMatch, type EndpointProfile, type Session } from '@jackfield/session';
import { Testbed, type Party, type PartyOptions } from '@jackfield/session/testing';

let bed: Testbed;
beforeEach(() => {
  bed = new Testbed();
});

const PASSWORDS: Readonly<Record<string, string>> = { alice: 'wonder', bob: 'builder', trunk: 'blue' };

const shared = ({ clock }: Testbed = bed): DigestAuthenticator =>
  createDigestAuthenticator({ realm: 'example.com', lookup: (username) => PASSWORDS[username], clock, random: new SeededRandom(7) });

const whose = (username: string, more: Partial<Endpoint> = {}): Endpoint => ({
  name: 'them',
  trusted: false,
  credentials: [{ username, password: PASSWORDS[username]! }],
  ...more,
});

/** `username` calls from 192.0.2.2, and says that it is alice. */
async function calls(username: string, options: PartyOptions): Promise<{ server: Party; ours: Session; theirs: Session | undefined }> {
  const server = await bed.party('server', options);
  const phone = await bed.party('phone');
  let theirs: Session | undefined;
  server.service.onIncoming((session) => {
    theirs = session;
    return session.accept();
  });
  const from = { uri: parseUri('sip:alice@example.com')! };
  const ours = phone.service.create(server.uri('100'), { from, endpoint: whose(username), headers: { 'X-Trunk': 'blue' } });
  ours.established.catch(() => undefined);
  await bed.clock.advance(1000);
  return { server, ours, theirs };
}

async function outcomeOf(username: string, options: PartyOptions): Promise<string | number | undefined> {
  const { server, ours, theirs } = await calls(username, options);
  expect(server.errors).toEqual([]);
  if (theirs !== undefined) return theirs.endpoint.name;
  return (await ours.ended).status;
}

const NAMED: Pick<EndpointProfile, 'name' | 'trusted'> = { name: 'alice', trusted: true };
const FROM_ALICE: EndpointMatch = { user: 'alice' };
const BLUE: EndpointMatch = { header: { name: 'X-Trunk', value: 'blue' } };
const HERE: EndpointMatch = { address: '192.0.2.2' };

describe('with one authenticator for all, an endpoint', () => {
  it.each<{ what: string; endpoint: EndpointProfile; user: string; gets: string | number }>([
    { what: 'matched by user is that user', endpoint: { ...NAMED, match: FROM_ALICE }, user: 'alice', gets: 'alice' },
    { what: 'matched by user is nobody else', endpoint: { ...NAMED, match: FROM_ALICE }, user: 'bob', gets: 401 },
    {
      what: 'matched by users is each of them',
      endpoint: { name: 'family', trusted: true, match: { user: ['alice', 'bob'] } },
      user: 'bob',
      gets: 'family',
    },
    {
      what: 'matched by user is not who has its name',
      endpoint: { name: 'bob', trusted: true, match: FROM_ALICE },
      user: 'bob',
      gets: 401,
    },
    {
      what: 'matched by header is whoever has its name',
      endpoint: { name: 'trunk', trusted: true, match: BLUE },
      user: 'trunk',
      gets: 'trunk',
    },
    { what: 'matched by header is nobody else', endpoint: { name: 'trunk', trusted: true, match: BLUE }, user: 'bob', gets: 401 },
    {
      what: 'matched by Request-URI is nobody else',
      endpoint: { name: 'trunk', trusted: true, match: { requestUri: /^sip:100@/ } },
      user: 'bob',
      gets: 401,
    },
    {
      what: 'that says its user names has these',
      endpoint: { name: 'carrier', trusted: true, match: BLUE, usernames: ['other', 'trunk'] },
      user: 'trunk',
      gets: 'carrier',
    },
    {
      what: 'that says its user name has no other, its own name neither',
      endpoint: { name: 'bob', trusted: true, match: BLUE, usernames: 'trunk' },
      user: 'bob',
      gets: 401,
    },
    {
      what: 'that says its user name has no part of it',
      endpoint: { name: 'carrier', trusted: true, match: BLUE, usernames: 'trunk and bob' },
      user: 'bob',
      gets: 401,
    },
    {
      what: 'that says its user name has not those of its match',
      endpoint: { ...NAMED, match: FROM_ALICE, usernames: 'trunk' },
      user: 'alice',
      gets: 401,
    },
    { what: 'matched by address takes any', endpoint: { name: 'office', trusted: true, match: HERE }, user: 'bob', gets: 'office' },
    {
      what: 'matched by address and header takes any',
      endpoint: { name: 'office', trusted: true, match: { ...HERE, ...BLUE } },
      user: 'bob',
      gets: 'office',
    },
    {
      what: 'matched by address takes only what it says',
      endpoint: { name: 'office', trusted: true, match: HERE, usernames: 'trunk' },
      user: 'bob',
      gets: 401,
    },
    {
      what: 'of several at one address is told by its user',
      endpoint: { ...NAMED, match: { ...HERE, ...FROM_ALICE } },
      user: 'bob',
      gets: 401,
    },
  ])('is proved by the password of one of its users: $what', async ({ endpoint, user, gets }) => {
    const endpoints = [defineEndpoint(endpoint)];
    expect(await outcomeOf(user, { endpoints, authenticate: shared() })).toBe(gets);
  });

  it('with that authenticator as its own is nobody else either', async () => {
    const endpoints = [defineEndpoint({ ...NAMED, match: FROM_ALICE, authenticate: shared() })];
    expect(await outcomeOf('bob', { endpoints })).toBe(401);
  });

  it.each([
    { user: 'alice', gets: 'alice' },
    { user: 'bob', gets: 401 },
  ])('that `identifyEndpoint` gives has its name: $user gets $gets', async ({ user, gets }) => {
    const identifyEndpoint = ({ headers }: { headers: { get(name: string): string | undefined } }): Endpoint | undefined =>
      headers.get('From')?.includes('alice') === true ? { name: 'alice', trusted: true } : undefined;
    expect(await outcomeOf(user, { identifyEndpoint, authenticate: shared() })).toBe(gets);
  });
});

it('a stranger is let in with any password, for it is nobody that it could claim to be', async () => {
  const endpoints = [defineEndpoint({ name: 'trunk', trusted: true, match: { user: 'trunk' } })];
  expect(await outcomeOf('bob', { endpoints, authenticate: shared() })).toBe('192.0.2.2');
});

describe('inside a call of ours to an endpoint that has to prove there who it is', () => {
  const carrier = (match?: EndpointMatch): Endpoint =>
    defineEndpoint({ name: 'alice', trusted: true, match, authenticate: shared(), authenticateInDialog: true, redirects: 'follow' });

  /** The callee has the password of `username`. */
  async function calling(username: string, endpoint: Endpoint, sentOn = false): Promise<{ session: Session; callee: Session }> {
    const ours = await bed.party('ours');
    const theirs = await bed.party('theirs', {
      endpoints: [defineEndpoint({ ...whose(username), match: { address: '192.0.2.1' } })],
    });
    let callee: Session | undefined;
    theirs.service.onIncoming((session) => {
      callee = session;
      return session.accept();
    });
    const first = await bed.party('first');
    first.service.onIncoming((session) => session.reject(302, { headers: { Contact: `<${theirs.uri()}>` } }));
    const session = ours.service.create((sentOn ? first : theirs).uri(), { endpoint });
    await bed.clock.advance(1000);
    expect(session.state).toBe('established');
    return { session, callee: callee! };
  }

  it.each([
    { what: 'with its own password the peer is heard', user: 'alice', match: undefined, sentOn: false, gets: 200 },
    { what: 'with that of another it is not', user: 'bob', match: undefined, sentOn: false, gets: 401 },
    { what: 'with that of another it is not where the endpoint has a user', user: 'bob', match: FROM_ALICE, sentOn: false, gets: 401 },
    { what: 'with that of another it is where the endpoint has an address', user: 'bob', match: HERE, sentOn: false, gets: 200 },
    { what: 'with its own password it is heard at another host too', user: 'alice', match: undefined, sentOn: true, gets: 200 },
    { what: 'with that of another it is not heard at another host', user: 'bob', match: undefined, sentOn: true, gets: 401 },
  ])('$what', async ({ user, match, sentOn, gets }) => {
    const { session, callee } = await calling(user, carrier(match), sentOn);
    const info = callee.sendRequest('INFO');
    await bed.clock.advance(1000);
    await expect(info).resolves.toMatchObject({ status: gets });
    void callee.end();
    await bed.clock.advance(1000);
    expect(session.state).toBe(gets === 200 ? 'ended' : 'established');
    await bed.close();
  });
});
