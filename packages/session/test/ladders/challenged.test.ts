import { SeededRandom } from '@jackfield/base/testing';
import { createDigestAuthenticator, type AuthenticatorOptions, type DigestAuthenticator } from '@jackfield/sip';
import { describe } from 'vitest';
import { defineEndpoint, reply, type Endpoint, type Session } from '../../src/index.ts';
import type { PartyOptions } from '../../src/testing.ts';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { sdp, type Script } from './script.ts';

const credentials = [{ username: 'alice', password: 'wonder' }];
/** Who we are to the peer that challenges. */
const known: Endpoint = { name: 'peer', trusted: false, credentials };
const nobody: Endpoint = { name: 'peer', trusted: false };

/** The peer's challenge; `stale` says that the nonce before was right once. */
function challenge(status: 401 | 407, nonce: string, stale = false): { fields: Record<string, string> } {
  const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
  return { fields: { [name]: `Digest realm="of ${status}", nonce="${nonce}", qop="auth", algorithm=MD5${stale ? ', stale=true' : ''}` } };
}
const challenges = (
  peer: Script,
  method: string,
  nonce: string,
  { status = 401, stale = false }: { status?: 401 | 407; stale?: boolean } = {},
) => peer.answer(method, status, { contact: undefined, ...challenge(status, nonce, stale) });

const field = (peer: Script, method: string, name = 'Authorization'): string => peer.got(method).headers.get(name) ?? 'none';

function authenticator(play: Play, options: Partial<AuthenticatorOptions> = {}): DigestAuthenticator {
  return createDigestAuthenticator({
    realm: 'example.com',
    lookup: () => 'wonder',
    clock: play.bed.clock,
    random: new SeededRandom(7),
    ...options,
  });
}

describe('F21, 401 or 407 to the first INVITE', () => {
  const plays = golden('F21-challenged');

  async function calling(play: Play, endpoint = known): Promise<{ peer: Script; session: Session }> {
    const { peer, session } = await play.calling({ endpoint });
    play.cut();
    play.watch(session.established, 'established resolves', 'established');
    play.note('the call is out');
    return { peer, session };
  }

  plays('as caller: the same INVITE again, hooks once', async (play) => {
    const { peer, session } = await play.calling({ endpoint: known });
    play.watch(session.established, 'established resolves', 'established');
    const first = peer.got('INVITE');
    await challenges(peer, 'INVITE', 'n1');
    const second = peer.got('INVITE');
    play.check(Buffer.from(second.content), Buffer.from(first.content));
    play.check([second.callId, second.from.tag, second.cseq.sequence], [first.callId, first.from.tag, first.cseq.sequence + 1]);
    play.check(/username="alice", realm="of 401", nonce="n1"/.test(field(peer, 'INVITE')), true);
    await peer.accept();
  });

  plays('as caller: by a proxy, and then by the callee', async (play) => {
    const { peer } = await calling(play);
    await challenges(peer, 'INVITE', 'n1', { status: 407 });
    await challenges(peer, 'INVITE', 'n2');
    play.check(
      [field(peer, 'INVITE'), field(peer, 'INVITE', 'Proxy-Authorization')].map((text) => /nonce="(\w+)"/.exec(text)?.[1]),
      ['n2', 'n1'],
    );
    await peer.answer('INVITE', 180);
    await peer.accept();
  });

  plays('as caller: without credentials for it: refused', async (play) => {
    const { peer } = await calling(play, nobody);
    await challenges(peer, 'INVITE', 'n1');
  });

  plays('as caller: the credentials are wrong: refused', async (play) => {
    const { peer } = await calling(play);
    await challenges(peer, 'INVITE', 'n1');
    await challenges(peer, 'INVITE', 'n2');
  });

  plays('as caller: the nonce was stale: once more', async (play) => {
    const { peer } = await calling(play);
    await challenges(peer, 'INVITE', 'n1');
    await challenges(peer, 'INVITE', 'n2', { stale: true });
    play.check(/nonce="n2"/.test(field(peer, 'INVITE')), true);
    await peer.answer('INVITE', 486);
  });

  plays('as caller: stale for ever: three repeats, and no more', async (play) => {
    const { peer } = await calling(play);
    for (const nonce of ['n1', 'n2', 'n3', 'n4']) await challenges(peer, 'INVITE', nonce, { stale: true });
  });

  plays('as caller: given up before it is challenged: not repeated', async (play) => {
    const { peer, session } = await calling(play);
    play.end('alice', session);
    await play.go();
    await challenges(peer, 'INVITE', 'n1');
  });

  async function parties(play: Play, options: PartyOptions, password = 'wonder'): Promise<Session[]> {
    const { alice, bob, calls } = await play.parties('bob', options);
    const endpoint = { ...known, credentials: [{ username: 'alice', password }] };
    alice.service.create(bob.uri(), { endpoint }).established.catch(() => undefined);
    await play.go();
    return calls;
  }

  plays('as callee: challenged before anything exists, then let in', async (play) => {
    const calls = await parties(play, { authenticate: authenticator(play) });
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
  });

  plays('as callee: a wrong password: no plug-in is asked', async (play) => {
    const calls = await parties(play, { authenticate: authenticator(play) }, 'rabbit');
    play.check(calls, []);
  });

  plays('as callee: given up while the password is looked up', async (play) => {
    const lookup = (username: string): Promise<undefined> => {
      play.note(`bob looks up ${username}`);
      return new Promise(() => undefined);
    };
    const authenticate = authenticator(play, { lookup, algorithms: ['MD5'] });
    const { bob, peer } = await play.called({ authenticate });
    await peer.invite();
    await peer.ack();
    const nonce = /nonce="([^"]+)"/.exec(peer.response(({ status }) => status === 401).headers.get('WWW-Authenticate')!)![1];
    const response = `response="${'0'.repeat(32)}", qop=auth, nc=00000001, cnonce="c"`;
    play.cut();
    const Authorization = `Digest username="alice", realm="example.com", nonce="${nonce}", uri="${bob.uri()}", ${response}, algorithm=MD5`;
    peer.another();
    await peer.invite({ body: sdp(), fields: { Authorization } });
    await peer.cancel();
    await peer.ack();
    play.check(bob.service.stats().live['sessions'], 0);
  });

  plays('as callee: a supplement challenges', async (play) => {
    const { peer } = await play.called(
      {},
      {
        name: 'guard',
        admitSession: () => {
          play.note('guard says 407');
          return reply(407, { headers: challenge(407, 'n1').fields });
        },
      },
    );
    await peer.invite();
    await peer.ack();
  });
});

describe('F22, 401 or 407 inside the call', () => {
  const plays = golden('F22-challenged-inside');

  async function calling(play: Play, endpoint = known): Promise<{ peer: Script; session: Session }> {
    const { peer, session } = await play.calling({ endpoint });
    await peer.accept();
    play.cut();
    return { peer, session };
  }
  const info = async (play: Play, session: Session): Promise<void> => {
    play.note('alice sends INFO');
    play.watch(session.sendRequest('INFO'), ({ status }) => `INFO gets ${status}`, 'INFO');
    await play.go();
  };

  plays('ours, as caller: an INVITE', async (play) => {
    const { peer, session } = await calling(play);
    play.reinvite('alice', session, 'hold');
    await play.go();
    await challenges(peer, 'INVITE', 'n1', { status: 407 });
    await peer.accept({ direction: 'recvonly' });
    play.check(field(peer, 'ACK', 'Proxy-Authorization'), field(peer, 'INVITE', 'Proxy-Authorization')); // §22.3
  });

  plays('ours, as callee: an UPDATE', async (play) => {
    const endpoint = defineEndpoint({ ...known, match: { address: '192.0.2.0/24' } });
    const { peer, session } = await play.calledAndAnswered('acknowledged', { endpoints: [endpoint] });
    play.reinvite('bob', session, 'hold', 'UPDATE');
    await play.go();
    await challenges(peer, 'UPDATE', 'n1');
    await peer.answer('UPDATE', 200, { body: sdp({ direction: 'recvonly' }) });
  });

  plays('ours: BYE', async (play) => {
    const { peer, session } = await calling(play);
    play.end('alice', session);
    await play.go();
    await challenges(peer, 'BYE', 'n1');
    await peer.answer('BYE', 200);
  });

  plays('ours: each request has its own count', async (play) => {
    const { peer, session } = await calling(play);
    for (let count = 1; count <= 5; count += 1) {
      await info(play, session);
      await challenges(peer, 'INFO', `n${count}`, { stale: true });
      play.check(new RegExp(`nonce="n${count}"`).test(field(peer, 'INFO')), true);
      await peer.answer('INFO', 200);
    }
  });

  plays('ours: without credentials for it, the call goes on', async (play) => {
    const { peer, session } = await calling(play, nobody);
    await info(play, session);
    await challenges(peer, 'INFO', 'n1');
    play.check(session.state, 'established');
  });

  plays('ours: a refresh without credentials for it: rolled back, the call goes on', async (play) => {
    const { peer, session } = await calling(play, nobody);
    play.reinvite('alice', session, 'hold');
    await play.go();
    await challenges(peer, 'INVITE', 'n1');
    play.check(session.state, 'established');
  });

  plays('ours: BYE without credentials for it: the call ends all the same', async (play) => {
    const { peer, session } = await calling(play, nobody);
    play.end('alice', session);
    await play.go();
    await challenges(peer, 'BYE', 'n1');
  });

  const asks = (play: Play, options: Partial<AuthenticatorOptions> = {}): Endpoint =>
    defineEndpoint({
      name: 'proven',
      trusted: false,
      match: { address: '192.0.2.0/24' },
      authenticate: authenticator(play, options),
      authenticateInDialog: true,
    });
  const unheard = async (play: Play, name: string, session: Session): Promise<void> => {
    play.note(`${name} sends INFO`);
    void session.sendRequest('INFO');
    await play.go();
  };

  plays('theirs, as callee: what the INVITE was let in with still serves, and then it is stale', async (play) => {
    const { alice, bob, calls } = await play.parties('bob', { endpoints: [asks(play, { nonceLifetimeMs: 5000 })] });
    const caller = alice.service.create(bob.uri(), { endpoint: known });
    await play.go();
    void calls[0]!.accept();
    await play.go();
    play.cut();
    await unheard(play, 'alice', caller);
    await play.wait(10_000);
    await unheard(play, 'alice', caller);
  });

  plays('theirs, as caller: challenged before any supplement is asked', async (play) => {
    const { alice, bob, calls } = await play.parties('alice', {
      endpoints: [defineEndpoint({ ...known, match: { address: '192.0.2.0/24' } })],
    });
    alice.service.create(bob.uri(), { endpoint: asks(play) });
    await play.go();
    void calls[0]!.accept();
    await play.go();
    play.cut();
    await unheard(play, 'bob', calls[0]!);
  });

  plays('theirs: nobody without a password gets anywhere, with BYE neither', async (play) => {
    const { peer, session } = await calling(play, asks(play));
    await peer.request('INFO');
    await peer.request('INVITE', { body: sdp() });
    await peer.ack();
    await peer.request('BYE');
    play.check(session.state, 'established');
  });
});
