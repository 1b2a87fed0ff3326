/** Who has to prove who it is, and what those see who cannot. */
import {
  DigestClient,
  createDigestAuthenticator,
  parseUri,
  writeMessage,
  type Access,
  type AuthenticatorOptions,
  type Challenged,
  type DigestAuthenticator,
  type SipRequest,
  type SipResponse,
} from '@jackfield/sip';
import { requestText, responseText, type RawPeer } from '@jackfield/sip/testing';
import { SeededRandom } from '@jackfield/base/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { authenticatedUser, createSessionService, defineEndpoint, type Endpoint, type Session } from '@jackfield/session';
import { Testbed, type Party, type PartyOptions } from '@jackfield/session/testing';

let bed: Testbed;
beforeEach(() => {
  bed = new Testbed();
});

const PASSWORDS: Readonly<Record<string, string>> = { alice: 'wonder', carol: 'christmas' };

function authenticator(options: Partial<AuthenticatorOptions> = {}): DigestAuthenticator {
  return createDigestAuthenticator({
    realm: 'example.com',
    lookup: (username) => PASSWORDS[username],
    clock: bed.clock,
    random: new SeededRandom(7),
    ...options,
  });
}

const knows = (username: string, password = PASSWORDS[username]!, more: Partial<Endpoint> = {}): Endpoint =>
  defineEndpoint({ name: 'them', trusted: false, credentials: [{ username, password }], ...more });

/** A call of alice's to bob, who accepts. */
async function called(
  bob: PartyOptions,
  endpoint: Endpoint | undefined,
  transport?: 'tcp',
): Promise<{ alice: Party; bob: Party; ours: Session; theirs: Session | undefined }> {
  const [caller, callee] = [await bed.party('alice', { traced: false }), await bed.party('bob', bob)];
  let theirs: Session | undefined;
  callee.service.onIncoming(async (session) => {
    theirs = session;
    await session.accept();
  });
  caller.service.registerSdpHandler(caller.audio, 'audio');
  bed.trace();
  const ours = caller.service.create(callee.uri('bob', transport), { endpoint });
  ours.established.catch(() => undefined);
  await bed.clock.advance(1000);
  return {
    alice: caller,
    bob: callee,
    ours,
    get theirs() {
      return theirs;
    },
  };
}

async function over({ bob }: { readonly bob: Party }): Promise<void> {
  for (const { service } of bed.parties) for (const session of service.sessions) void session.end();
  await bed.clock.advance(64_000);
  for (const { host } of bed.parties) bed.network.cut(host);
  await bed.clock.advance(1000);
  expect(bed.leftOver()).toEqual({});
  expect(bob.errors).toEqual([]);
}

const messages = (): string[] => bed.steps.filter((step) => step.includes('->')).map((step) => step.replace(' sdp', ''));

describe('an endpoint that has to authenticate', () => {
  it('is let in with the right password, and is named to plug-ins', async () => {
    const known = defineEndpoint({ name: 'Alice', trusted: true, match: { address: '192.0.2.1' }, authenticate: authenticator() });
    const world = await called({ endpoints: [known] }, knows('alice'));
    expect(messages().slice(0, 5)).toEqual([
      'alice -> bob INVITE',
      'bob -> alice 401 INVITE',
      'alice -> bob ACK',
      'alice -> bob INVITE',
      'bob -> alice 200 INVITE',
    ]);
    expect(world.theirs?.endpoint).toBe(known);
    expect(world.theirs?.cookies.get(authenticatedUser)).toBe('alice');
    await over(world);
  });

  it('is kept out with a wrong one, before any plug-in is asked', async () => {
    const world = await called({ authenticate: authenticator() }, knows('alice', 'rabbit'));
    expect(world.ours.state).toBe('ended');
    await expect(world.ours.established).rejects.toMatchObject({ info: { status: 401 } });
    expect(bed.steps.filter((step) => step.startsWith('bob: '))).toEqual([]);
    await over(world);
  });

  it.each(['udp', 'tcp'] as const)('T-37: on %s it is challenged whatever it comes by, trusted or not, unless it says no', async (kind) => {
    const match = { address: '192.0.2.1' };
    const asked = defineEndpoint({ name: 'Alice', trusted: true, match });
    const transport = kind === 'tcp' ? 'tcp' : undefined;
    const first = await called({ endpoints: [asked], authenticate: authenticator() }, undefined, transport);
    await expect(first.ours.established).rejects.toMatchObject({ info: { status: 401 } });
    await over(first);
    bed = new Testbed();
    const free = defineEndpoint({ ...asked, authenticate: false });
    const second = await called({ endpoints: [free], authenticate: authenticator() }, undefined, transport);
    await expect(second.ours.established).resolves.toBeUndefined();
    expect(second.theirs?.endpoint.trusted).toBe(true);
    await over(second);
  });

  it('is challenged inside the call only where it says so: INFO, re-INVITE, UPDATE, BYE; and answers for itself', async () => {
    const known = defineEndpoint({
      name: 'Alice',
      trusted: false,
      match: { address: '192.0.2.1' },
      authenticate: authenticator(),
      authenticateInDialog: true,
    });
    const world = await called({ endpoints: [known] }, knows('alice'));
    const { ours } = world;
    bed.steps.length = 0;
    const settled = [ours.sendRequest('INFO'), ours.sendReinvite(), ours.sendReinvite({ method: 'UPDATE' })];
    await bed.clock.advance(1000);
    await expect(Promise.all(settled)).resolves.toMatchObject([{ status: 200 }, { kind: 'agreed' }, { kind: 'agreed' }]);
    void ours.end();
    await bed.clock.advance(1000);
    await expect(ours.ended).resolves.toMatchObject({ by: 'local' });
    await expect(world.theirs?.ended).resolves.toMatchObject({ by: 'remote' });
    expect(messages().filter((step) => step.startsWith('bob -> alice 4'))).toEqual([]); // the nonce of the INVITE still serves
    await over(world);
  });

  it('keeps its call when somebody without the password sends BYE, and gets nowhere with INFO and re-INVITE', async () => {
    const known = defineEndpoint({
      name: 'Alice',
      trusted: false,
      match: { address: '192.0.2.1' },
      authenticate: authenticator(),
      authenticateInDialog: true,
    });
    const world = await called({ endpoints: [known] }, knows('alice'));
    const mallory = await bed.peer('mallory');
    const { dialog } = world.theirs!;
    const to = { host: '192.0.2.2', port: 5060 };
    for (const [at, method] of (['INFO', 'INVITE', 'UPDATE', 'BYE', 'BYE'] as const).entries()) {
      const header = at < 4 ? {} : { Authorization: 'Digest username="alice", realm="example.com", nonce="x", uri="sip:x", response=' };
      const request = {
        uri: 'sip:192.0.2.2:5060',
        via: mallory.sentBy,
        branch: `z9hG4bK${at}`,
        from: `<sip:anonymous@anonymous.invalid>;tag=${dialog.remoteTag}`,
        to: `<sip:bob@192.0.2.2:5060>;tag=${dialog.localTag}`,
        callId: dialog.callId,
        cseq: 100_000 + at,
        contact: mallory.contact(),
        fields: header,
      };
      mallory.send(requestText(method, request), to);
      await bed.clock.advance(100);
      await expect(mallory.expect(401)).resolves.toMatchObject({ cseq: { method } });
      if (method === 'INVITE') mallory.send(requestText('ACK', request), to);
    }
    expect(world.theirs?.state).toBe('established');
    void world.theirs?.end();
    await over(world);
  });

  describe('answers a forged request', () => {
    const to = { host: '192.0.2.2', port: 5060 };
    const IN_CALL = 'sip:192.0.2.2:5060';
    let database: 'there' | 'slow' | 'away';
    beforeEach(() => {
      database = 'there';
    });

    /** A call whose peer has to prove who it is, and somebody who has seen its tags. */
    async function overheard(bob: PartyOptions = {}) {
      const lookup = (username: string): string | undefined | Promise<string | undefined> => {
        if (database === 'away') throw new Error('the database is away');
        if (database === 'there') return PASSWORDS[username];
        return new Promise((resolve) => bed.clock.after(300, () => resolve(PASSWORDS[username])));
      };
      const asked = {
        trusted: false,
        match: { address: '192.0.2.1' },
        authenticate: authenticator({ lookup }),
        authenticateInDialog: true,
      };
      const world = await called({ endpoints: [defineEndpoint({ name: 'Alice', ...asked })], ...bob }, knows('alice'));
      const mallory = await bed.peer('mallory');
      const { dialog } = world.theirs!;
      let sent = 0;
      const forge = (method: string, more: { fields?: Record<string, string>; body?: string; type?: string }): void => {
        sent += 1;
        const script = {
          uri: IN_CALL,
          via: mallory.sentBy,
          branch: `z9hG4bK${sent}`,
          from: `<sip:anonymous@anonymous.invalid>;tag=${dialog.remoteTag}`,
          to: `<sip:bob@192.0.2.2:5060>;tag=${dialog.localTag}`,
          callId: dialog.callId,
          cseq: 2_000_000_000 + sent,
          contact: mallory.contact(),
          ...more,
        };
        mallory.send(requestText(method, script), to);
      };
      return { world, mallory, forge };
    }

    /** What alice sends is taken, and what bob sends goes to her. */
    async function undisturbed(world: Awaited<ReturnType<typeof called>>): Promise<void> {
      database = 'there';
      const settled = Promise.all([world.ours.sendRequest('INFO'), world.theirs!.sendRequest('INFO')]);
      await bed.clock.advance(1000);
      await expect(settled).resolves.toMatchObject([{ status: 200 }, { status: 200 }]);
      void world.ours.end();
      await bed.clock.advance(1000);
      await expect(world.theirs!.ended).resolves.toMatchObject({ by: 'remote' });
      await over(world);
    }

    it.each([
      { what: 'that requires what nobody knows', method: 'INFO', fields: { Require: 'x-nobody-knows-this' } },
      { what: 'with a body that cannot be read', method: 'UPDATE', body: 'x', type: 'text/x-unread' },
      { what: 'with a body in another encoding', method: 'MESSAGE', body: 'x', type: 'text/plain', fields: { 'Content-Encoding': 'gzip' } },
      { what: 'that insists on 100rel', method: 'INVITE', fields: { Require: '100rel' } },
      { what: 'that nobody serves', method: 'X-NEW' },
    ])('$what with a challenge, and nothing else changes', async ({ method, ...more }) => {
      const { world, mallory, forge } = await overheard();
      forge(method, more);
      await bed.clock.advance(100);
      await expect(mallory.expect(401)).resolves.toMatchObject({ cseq: { method } });
      await undisturbed(world);
    });

    it('with 500 while the password cannot be looked up, which counts for nothing either', async () => {
      const { world, mallory, forge } = await overheard();
      forge('INFO', {});
      await bed.clock.advance(100);
      const challenge = (await mallory.expect(401)).headers.get('WWW-Authenticate')!;
      database = 'away';
      const claim = `username="alice", uri="${IN_CALL}", cnonce="c", nc=00000001, response="${'0'.repeat(32)}"`;
      forge('INFO', { fields: { Authorization: `${challenge.replace('qop="auth"', 'qop=auth')}, ${claim}` } });
      await bed.clock.advance(100);
      await expect(mallory.expect(500)).resolves.toBeDefined();
      world.bob.errors.length = 0;
      await undisturbed(world);
    });

    it('with 503 while the mailbox is full, which counts for nothing either', async () => {
      const { world, mallory, forge } = await overheard({ mailboxLimit: 1 });
      database = 'slow';
      const asked = world.ours.sendRequest('INFO');
      await bed.clock.advance(20);
      forge('INFO', {});
      forge('INFO', {});
      await bed.clock.advance(20);
      await expect(mallory.expect(503)).resolves.toBeDefined();
      await bed.clock.advance(1000);
      await expect(asked).resolves.toMatchObject({ status: 200 });
      await undisturbed(world);
    });
  });

  it('has a BYE challenged, and the call kept, when the password cannot be looked up', async () => {
    let broken = false;
    const lookup = (username: string): string | undefined => {
      if (broken) throw new Error('the database is away');
      return PASSWORDS[username];
    };
    const known = defineEndpoint({
      name: 'Alice',
      trusted: false,
      match: { address: '192.0.2.1' },
      authenticate: authenticator({ lookup }),
      authenticateInDialog: true,
    });
    const world = await called({ endpoints: [known] }, knows('alice'));
    broken = true;
    void world.ours.end();
    await bed.clock.advance(1000);
    expect(world.theirs?.state).toBe('established');
    const failure = { hook: 'authenticate', owner: 'Alice' };
    expect(world.bob.errors.map(({ info }) => info)).toEqual([failure, failure]); // with the old nonce, and with the one of the challenge
    world.bob.errors.length = 0;
    void world.theirs?.end();
    await over(world);
  });

  it('waits for a look-up that takes time; a CANCEL does not', async () => {
    const lookup = (username: string): Promise<string | undefined> =>
      new Promise((resolve) => bed.clock.after(2000, () => resolve(PASSWORDS[username])));
    const options = { authenticate: authenticator({ lookup }) };
    const world = await called(options, knows('alice'));
    expect(world.theirs).toBeUndefined();
    await bed.clock.advance(3000);
    expect(world.theirs?.state).toBe('established');
    const second = world.alice.service.create(world.bob.uri(), { endpoint: knows('alice') });
    await bed.clock.advance(500); // past the 100
    void second.end();
    await bed.clock.advance(100);
    await expect(second.ended).resolves.toMatchObject({ status: 487 });
    await over(world);
  });

  it('is answered 503 when the look-up takes over 5 s, and 500 when it fails', async () => {
    const never = authenticator({ lookup: () => new Promise(() => undefined) });
    const world = await called({ authenticate: never }, knows('alice'));
    await bed.clock.advance(6000);
    await expect(world.ours.established).rejects.toMatchObject({ info: { status: 503 } });
    expect(world.bob.errors).toMatchObject([{ cause: { code: 'SESSION_HOOK_DEADLINE' } }]);
    bed = new Testbed();
    const fails = authenticator({ lookup: () => Promise.reject(new Error('no')) });
    const second = await called({ authenticate: fails }, knows('alice'));
    await expect(second.ours.established).rejects.toMatchObject({ info: { status: 500 } });
  });
});

/** What is sent back to `credentials` for an INVITE, but for what differs from one message to the next. */
async function answerTo(
  peer: RawPeer,
  bob: Party,
  user: string,
  password: string,
  more: Record<string, string> = {},
  from = user,
): Promise<string> {
  const client = new DigestClient({ credentials: [{ username: user, password }], random: new SeededRandom(3) });
  const exchange = client.exchange(`${peer.host} ${user}`);
  const to = { host: '192.0.2.1', port: 5060 };
  let fields: Record<string, string> = more;
  let answer: SipResponse | undefined;
  for (const cseq of [1, 2]) {
    const request = {
      uri: bob.uri(),
      via: peer.sentBy,
      branch: `z9hG4bK${user}${cseq}`,
      from: `<sip:${from}@example.com>;tag=f`,
      to: '<sip:bob@example.com>',
      callId: `c-${user}-${peer.host}`,
      cseq,
      contact: peer.contact(),
      fields,
    };
    peer.send(requestText('INVITE', request), to);
    await bed.clock.advance(100);
    answer = peer.unread().at(-1) as SipResponse;
    peer.send(requestText('ACK', { ...request, to: answer.to.toString() }), to);
    await bed.clock.advance(100);
    const given = exchange.answer({ method: 'INVITE', uri: parseUri(bob.uri())! }, answer);
    if (!given.ok) break;
    fields = { ...more, ...(given.headers as Record<string, string>) };
  }
  return writeMessage(answer!)
    .toString()
    .replaceAll(/nonce="[^"]*"/g, 'nonce')
    .replaceAll(/(Via|From|To|Call-ID): .*\r\n/g, '');
}

describe('T-36', () => {
  it.each(['challenge', 'refuse'] as const)(
    'T-36: a stranger under `%s`, a known user with a wrong password, one from elsewhere and one from a blocked network get the same answer',
    async (unknown) => {
      const bob = await bed.party('bob', {
        traced: false,
        unknown,
        authenticate: authenticator(),
        blockFrom: ['192.0.2.4'],
        endpoints: [
          defineEndpoint({ name: 'alice', trusted: false, match: { user: 'alice' } }),
          defineEndpoint({ name: 'carol', trusted: false, match: { user: 'carol' }, allowFrom: ['198.51.100.0/24'] }),
        ],
      });
      const [near, far, blocked] = [await bed.peer('near'), await bed.peer('far'), await bed.peer('blocked')];
      const wrong = await answerTo(near, bob, 'alice', 'rabbit');
      expect(wrong).toMatch(/^SIP\/2.0 401 /);
      expect(await answerTo(near, bob, 'mallory', 'guess')).toBe(wrong);
      expect(await answerTo(near, bob, 'carol', PASSWORDS['carol']!)).toBe(wrong); // the right one, from the wrong place
      expect(await answerTo(far, bob, 'carol', PASSWORDS['carol']!, {}, 'alice')).toBe(wrong); // the right one, of another
      expect(await answerTo(blocked, bob, 'alice', PASSWORDS['alice']!)).toBe(wrong);
    },
  );

  it('T-36: under `refuse` not even a password that somebody has lets a stranger in, under `challenge` it does', async () => {
    const endpoints = [defineEndpoint({ name: 'carol', trusted: false, match: { user: 'carol' } })];
    const refused = await called({ unknown: 'refuse', endpoints, authenticate: authenticator() }, knows('alice'));
    await expect(refused.ours.established).rejects.toMatchObject({ info: { status: 401 } });
    bed = new Testbed();
    const admitted = await called({ endpoints, authenticate: authenticator() }, knows('alice'));
    await expect(admitted.ours.established).resolves.toBeUndefined();
    expect(admitted.theirs?.endpoint).toEqual({ name: '192.0.2.1', trusted: false });
    await over(admitted);
  });

  it('T-36: where nobody authenticates, strangers that are refused get 403', async () => {
    const world = await called({ unknown: 'refuse', endpoints: [] }, undefined);
    await expect(world.ours.established).rejects.toMatchObject({ info: { status: 403 } });
    await over(world);
  });
});

describe('T-39', () => {
  it('T-39: networks are those of the packet, whatever Via, Contact, From and Record-Route say', async () => {
    const bob = await bed.party('bob', {
      traced: false,
      unknown: 'refuse',
      endpoints: [defineEndpoint({ name: 'trunk', trusted: true, match: { address: '198.51.100.0/24' } })],
    });
    bob.service.onIncoming((session) => session.accept());
    const mallory = await bed.peer('mallory');
    const script = {
      uri: bob.uri(),
      via: '198.51.100.1:5060;rport;received=198.51.100.1',
      branch: 'z9hG4bKx',
      from: '<sip:trunk@198.51.100.1>;tag=f',
      to: '<sip:bob@example.com>',
      callId: 'c',
      cseq: 1,
      contact: '<sip:trunk@198.51.100.1>',
    };
    mallory.send(requestText('INVITE', script), { host: '192.0.2.1', port: 5060 });
    await bed.clock.advance(100);
    await expect(mallory.expect(403)).resolves.toBeDefined();
  });

  it('T-39: a source that is blocked is kept out even where it is a known endpoint', async () => {
    const known = defineEndpoint({ name: 'Alice', trusted: true, match: { address: '192.0.2.1' } });
    const world = await called({ endpoints: [known], blockFrom: ['192.0.2.0/30'] }, undefined);
    await expect(world.ours.established).rejects.toMatchObject({ info: { status: 403 } });
    await over(world);
  });
});

describe('options that would let in the wrong ones are refused', () => {
  it.each<{ what: string; options: () => PartyOptions }>([
    { what: '`challenge` without an authenticator', options: () => ({ unknown: 'challenge' }) },
    {
      what: 'trust in a mere user name',
      options: () => ({ endpoints: [defineEndpoint({ name: 'x', trusted: true, match: { user: 'x' } })] }),
    },
    {
      what: 'trust in a mere header of an endpoint that is never challenged',
      options: () => ({
        authenticate: authenticator(),
        endpoints: [defineEndpoint({ name: 'x', trusted: true, authenticate: false, match: { header: { name: 'X', value: '1' } } })],
      }),
    },
    { what: 'a block list of what is no address', options: () => ({ blockFrom: ['everybody'] }) },
    { what: 'a policy for strangers that is none', options: () => ({ unknown: 'deny' as 'refuse' }) },
    {
      what: 'an order with an identifier that is none',
      options: () => ({
        endpoints: [defineEndpoint({ name: 'x', trusted: false, match: { user: 'x' } })],
        identifyBy: ['user', 'name' as 'user'],
      }),
    },
  ])('$what', async ({ options }) => {
    const { stack } = await bed.party('bob');
    expect(() => createSessionService(stack, options())).toThrow(expect.objectContaining({ code: 'SESSION_OPTION' }));
  });
});

/** A peer that asks for credentials for whatever it gets. */
function challenging(peer: RawPeer, judge: DigestAuthenticator, answer: (request: SipRequest) => void): void {
  for (const method of ['INVITE', 'INFO', 'UPDATE', 'BYE', 'ACK']) {
    peer.always(method, (request) => {
      if (method === 'ACK') return;
      const verdict = judge.check(request) as Access | Challenged; // its look-up takes no time
      if (verdict.ok) answer(request);
      else peer.send(responseText(request, verdict.reply.status, { toTag: 'b', fields: verdict.reply.headers as Record<string, string> }));
    });
  }
}

it('credentials of an endpoint serve its INVITE, the ACK, and all requests inside the call', async () => {
  const alice = await bed.party('alice');
  const peer = await bed.peer('bob');
  const heard: string[] = [];
  challenging(peer, authenticator(), (request) => {
    heard.push(request.method);
    const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n';
    const body = request.method === 'INVITE' ? { body: sdp, type: 'application/sdp' } : {};
    peer.send(responseText(request, 200, { toTag: 'b', contact: peer.contact(), ...body }));
  });
  const call = alice.service.create(`sip:bob@${peer.sentBy}`, { endpoint: knows('carol') });
  await bed.clock.advance(1000);
  await expect(call.established).resolves.toBeUndefined();
  const info = call.sendRequest('INFO');
  await bed.clock.advance(1000);
  await expect(info).resolves.toMatchObject({ status: 200 });
  void call.end();
  await bed.clock.advance(1000);
  await expect(call.ended).resolves.toMatchObject({ by: 'local' });
  expect(heard).toEqual(['INVITE', 'INFO', 'BYE']);
});
