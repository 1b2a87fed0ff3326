import {
  createDigestAuthenticator,
  DigestClient,
  parseMessage,
  reply,
  type DigestAuthenticator,
  type HeaderInit,
  type IncomingRequest,
  type SipResponse,
} from '@jackfield/sip';
import { requestText, SeededRandom } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { PEER, rig, script, type Rig } from '../rig.ts';
import { USERS } from './parties.ts';

const here = (): DigestClient =>
  new DigestClient({ credentials: [{ username: 'alice', password: USERS['alice']! }], random: new SeededRandom(5) });
const uri = 'sip:us@192.0.2.1';
const asked = (): { method: string; uri: { scheme: string; host: string; toString: () => string } } => ({
  method: 'MESSAGE',
  uri: { scheme: 'sip', host: '192.0.2.1', toString: () => uri },
});

function service(test: Rig, auth: DigestAuthenticator, lookedAt: IncomingRequest[] = []): void {
  test.core.registerService({
    name: 'guarded',
    methods: ['MESSAGE'],
    async handleRequest(request) {
      lookedAt.push(request);
      const verdict = await auth.check(request);
      if (!verdict.ok) return verdict.reply;
      return reply(200, { headers: { ...verdict.authenticationInfo(), Subject: `hello ${verdict.username}` } });
    },
  });
}

async function send(test: Rig, fields: HeaderInit, status: number, via = test.peer.sentBy): Promise<SipResponse> {
  await test.say(requestText('MESSAGE', script(test.peer, { uri, fields, via })));
  return test.hear(status);
}

describe('a service that asks for digest', () => {
  it('challenges, lets in who answers, and proves that it knows the secret', async () => {
    const test = await rig();
    const { clock, random } = test.core;
    service(test, createDigestAuthenticator({ realm: 'example.com', lookup: (username) => USERS[username], clock, random }));
    const client = here();
    const exchange = client.exchange('us');
    const challenge = await send(test, exchange.authorize(asked()), 401);
    expect(challenge.headers.getAll('WWW-Authenticate')).toHaveLength(2);
    const answer = exchange.answer(asked(), challenge);
    const welcome = await send(test, answer.ok ? answer.headers : {}, 200);
    expect(welcome.headers.get('Subject')).toBe('hello alice');
    expect(exchange.confirm(welcome)).toBe('verified');
    const next = client.exchange('us');
    expect(next.confirm(await send(test, next.authorize(asked()), 200))).toBe('verified');
  });

  it('takes the sender’s address from where the transport writes it, whatever the sender claims', async () => {
    const test = await rig();
    const { clock, random } = test.core;
    const blocked: string[] = [];
    const auth = createDigestAuthenticator({
      realm: 'example.com',
      lookup: (username) => USERS[username],
      blocked: (source) => (blocked.push(source), false),
      clock,
      random,
    });
    const lookedAt: IncomingRequest[] = [];
    service(test, auth, lookedAt);
    const client = here();
    const exchange = client.exchange('us');
    const answer = exchange.answer(asked(), await send(test, {}, 401));
    expect(answer.ok).toBe(true);
    for (const via of [test.peer.sentBy, '198.51.100.1:5060;received=198.51.100.2', 'host.example'])
      await send(test, client.exchange('us').authorize(asked()), 200, via);
    expect(blocked).toEqual([PEER, PEER, PEER]);
    expect(auth.stats().total).toMatchObject({ granted: 3, missing: 1 });
    // the same of a request that is no message of the parser's, as one handed on by another program is
    const { method, headers, initial, signal } = lookedAt[3]!;
    const handedOn = { method, headers, initial, signal, uri: lookedAt[3]!.uri };
    expect(await auth.check(handedOn)).toMatchObject({ ok: false, cause: 'replayed', username: 'alice' });
    expect(await auth.check({ ...handedOn, headers: { get: () => undefined, getAll: () => [], names: () => [] } })).toMatchObject({
      ok: false,
      cause: 'missing',
    });
  });

  it('T-09: goes on serving after credentials without their parts and of 10 KB', async () => {
    const test = await rig();
    const { clock, random } = test.core;
    service(test, createDigestAuthenticator({ realm: 'example.com', lookup: (username) => USERS[username], clock, random }));
    const exchange = here().exchange('us');
    const answer = exchange.answer(asked(), await send(test, {}, 401));
    const good = answer.ok ? [answer.headers['Authorization']].flat()[0]! : '';
    await send(test, { Authorization: good.replace(/nonce="[^"]*", /, '') }, 400);
    await send(test, { Authorization: good.replace(/uri="[^"]*", /, '') }, 400);
    await send(test, { Authorization: good.replace(/realm="[^"]*", /, '') }, 401);
    await send(test, { Authorization: good.replace('alice', 'a'.repeat(10_240)) }, 401);
    await send(test, { Authorization: 'Digest' }, 401);
    await send(test, { Authorization: good }, 200);
  });
});

describe('an authenticator of requests', () => {
  it('answers at once where the look-up does, brackets of IPv6 aside', () => {
    const auth = createDigestAuthenticator({ realm: 'a', lookup: () => undefined, blocked: (source) => (sources.push(source), true) });
    const sources: string[] = [];
    const text = (more: string): string =>
      `MESSAGE ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP [2001:DB8::1];branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <${uri}>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n${more}\r\n`;
    const read = (more = ''): IncomingRequest => {
      const verdict = parseMessage(Buffer.from(text(more)));
      if (!verdict.ok || verdict.message.kind !== 'request') throw new Error('no request');
      return verdict.message;
    };
    const challenge = auth.check(read());
    if (!('ok' in challenge) || challenge.ok) throw new Error('no challenge at once');
    expect([challenge.reply.status, challenge.cause]).toEqual([401, 'missing']);
    const answer = here()
      .exchange('us')
      .answer(asked(), {
        status: 401,
        headers: { get: () => undefined, getAll: (name) => [challenge.reply.headers?.[name] ?? []].flat(), names: () => [] },
      });
    const credentials = answer.ok ? [answer.headers['Authorization']].flat()[0]! : '';
    expect(auth.check(read(`Authorization: ${credentials}\r\n`))).toMatchObject({ ok: false, cause: 'refused' });
    expect(sources).toEqual(['2001:db8::1']);
  });
});
