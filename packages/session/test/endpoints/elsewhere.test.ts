/** Where a 3xx leads: another host is not the endpoint that sent the call there, and may be reached from another address of ours (RFC 3325 §5, RFC 3261 §22.1). */
import { ManualClock, SeededRandom, SimulatedNetwork } from '@jackfield/base/testing';
import { createSipStack, joinMultipart, parseUri, udp, type Body, type CredentialSource, type DigestClientOptions } from '@jackfield/sip';
import { RawPeer } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { createSessionService, type Endpoint, type InviteOptions, type Session, type SessionService } from '../../src/index.ts';
import { isSameHost } from '../../src/endpoints/other-host.ts';
import { testAudio, type Party } from '../../src/testing.ts';
import { Play } from '../ladders/play.ts';
import { Script, sdp } from '../ladders/script.ts';

const TRUNK: Endpoint = { name: 'trunk', trusted: true, redirects: 'follow' };
const SECRETS = {
  'P-Asserted-Identity': '<sip:+15551234@us.example>',
  'Remote-Party-ID': '<sip:+15551234@us.example>;privacy=full',
  Privacy: 'id',
};

interface Sent {
  readonly play: Play;
  readonly alice: Party;
  readonly trunk: Script;
  readonly other: Script;
  readonly session: Session;
}

/** The trunk has sent the call elsewhere: to another host, or to another user of its own. */
async function sentOn(endpoint: Endpoint, where: 'other' | 'trunk' = 'other', options: InviteOptions = {}): Promise<Sent> {
  const play = new Play();
  const { alice, peer: trunk, session } = await play.calling({ endpoint, ...options });
  const other = Script.called(play, await play.bed.peer('other'), alice);
  const target = where === 'other' ? other : trunk;
  await trunk.answer('INVITE', 302, { contact: `<sip:x@${target.raw.sentBy}>` });
  return { play, alice, trunk, other, session };
}

async function isOver({ play }: Sent): Promise<void> {
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
}

const shown = (script: Script): (string | undefined)[] => Object.keys(SECRETS).map((name) => script.got('INVITE').headers.get(name));

describe('a trusted endpoint sends the call', () => {
  it('to another host: that is not told who calls, and is no trusted endpoint', async () => {
    const sent = await sentOn(TRUNK, 'other', { headers: SECRETS });
    expect(shown(sent.trunk)).toEqual(Object.values(SECRETS));
    expect(shown(sent.other)).toEqual([undefined, undefined, 'id']);
    expect(sent.session.endpoint).toMatchObject({ name: '192.0.2.3', trusted: false, redirects: 'follow' });
    await sent.other.accept();
    expect(sent.session.state).toBe('established');
    await isOver(sent);
  });

  it('to itself: it is told, and stays what it is', async () => {
    const sent = await sentOn(TRUNK, 'trunk', { headers: SECRETS });
    expect([sent.trunk.got('INVITE').uri.user, shown(sent.trunk)]).toEqual(['x', Object.values(SECRETS)]);
    expect(sent.session.endpoint).toBe(TRUNK);
    await isOver(sent);
  });

  it('to another host, which sends it back: it is told again', async () => {
    const sent = await sentOn(TRUNK, 'other', { headers: SECRETS });
    await sent.other.answer('INVITE', 302, { contact: `<sip:y@${sent.trunk.raw.sentBy}>` });
    expect([sent.trunk.got('INVITE').uri.user, shown(sent.trunk)]).toEqual(['y', Object.values(SECRETS)]);
    expect(sent.session.endpoint).toBe(TRUNK);
    await isOver(sent);
  });

  it('elsewhere, and all goes through a proxy of ours: that is still who is asked', async () => {
    const play = new Play();
    const alice = await play.bed.party('alice');
    const proxy = Script.called(play, await play.bed.peer('proxy'), alice);
    const headers = { ...SECRETS, Route: `<sip:${proxy.raw.sentBy};lr>` };
    const session = alice.service.create('sip:x@trunk.example', { endpoint: TRUNK, headers });
    await play.go();
    await proxy.answer('INVITE', 302, { contact: '<sip:y@other.example>' });
    expect([proxy.got('INVITE').uri.host, shown(proxy)]).toEqual(['other.example', Object.values(SECRETS)]);
    expect(session.endpoint).toBe(TRUNK);
    await play.bed.close();
  });
});

it.each([
  { one: 'sip:a@[2001:db8::9]', other: 'sip:b@[2001:DB8:0:0:0:0:0:9]:5080', same: true },
  { one: 'sip:a@[2001:db8::9]', other: 'sip:a@[2001:db8::8]', same: false },
  { one: 'sip:a@Example.com', other: 'sip:a@example.COM', same: true },
  { one: 'sip:a@example.com', other: 'sip:a@example.org', same: false },
])('$one and $other are one host: $same', ({ one, other, same }) => {
  expect(isSameHost(parseUri(one)!, parseUri(other)!)).toBe(same);
});

it.each([
  { privacy: 'id', arrives: undefined },
  { privacy: undefined, arrives: SECRETS['P-Asserted-Identity'] },
])(
  'an endpoint that is not trusted sends it elsewhere: with Privacy $privacy the identity that it was shown arrives as $arrives',
  async ({ privacy, arrives }) => {
    const headers = { 'P-Asserted-Identity': SECRETS['P-Asserted-Identity'], ...(privacy && { Privacy: privacy }) };
    const sent = await sentOn({ ...TRUNK, trusted: false }, 'other', { headers });
    expect(sent.other.got('INVITE').headers.get('P-Asserted-Identity')).toBe(arrives);
    await isOver(sent);
  },
);

describe('another host challenges, and our credentials for the endpoint', () => {
  const OURS = { username: 'alice', password: 'wonder' };
  it.each<{ credentials: CredentialSource | DigestClientOptions; realm: string; answered: boolean; because: string }>([
    { credentials: [OURS], realm: 'elsewhere', answered: false, because: 'are for any realm of the endpoint' },
    { credentials: { credentials: [OURS] }, realm: 'elsewhere', answered: false, because: 'are so with options too' },
    { credentials: () => OURS, realm: 'elsewhere', answered: false, because: 'come from who does not say for which realm' },
    { credentials: [{ ...OURS, realm: 'trunk' }], realm: 'elsewhere', answered: false, because: 'are for another realm' },
    { credentials: [OURS, { ...OURS, realm: 'trunk' }], realm: 'trunk', answered: true, because: 'name this realm' },
    { credentials: (realm) => ({ ...OURS, realm }), realm: 'trunk', answered: true, because: 'are said to be for this realm' },
  ])('$because: answered $answered', async ({ credentials, realm, answered }) => {
    const sent = await sentOn({ ...TRUNK, credentials });
    const fields = { 'WWW-Authenticate': `Digest realm="${realm}", nonce="n", algorithm=MD5` };
    await sent.other.answer('INVITE', 401, { contact: undefined, fields });
    expect(sent.other.got('INVITE').headers.get('Authorization') !== undefined).toBe(answered);
    expect(sent.session.state).toBe(answered ? 'starting' : 'ended');
    await isOver(sent);
  });
});

describe('the next target is reached from another address of ours', () => {
  interface Two {
    readonly clock: ManualClock;
    readonly service: SessionService;
    readonly audio: ReturnType<typeof testAudio>;
    readonly four: RawPeer;
    readonly six: RawPeer;
    readonly session: Session;
    readonly steps: readonly string[];
    close(): Promise<void>;
  }

  async function calling(options: InviteOptions = {}): Promise<Two> {
    const clock = new ManualClock();
    const random = new SeededRandom(1);
    const network = new SimulatedNetwork({ clock, random: random.fork(), conditions: { minDelayMs: 5, maxDelayMs: 5 } });
    const host = network.host(['192.0.2.1', '2001:db8::1']);
    const transports = [udp({ host: '192.0.2.1', port: 5060 }), udp({ host: '2001:db8::1', port: 5060 })];
    const stack = createSipStack({ transports, clock, random: random.fork(), network: host });
    const service = createSessionService(stack);
    const steps: string[] = [];
    const audio = testAudio((step) => steps.push(step));
    service.registerSdpHandler(audio, 'audio');
    await stack.listen();
    const four = await RawPeer.bind(network.host('192.0.2.9'), { host: '192.0.2.9', port: 5060 });
    const six = await RawPeer.bind(network.host('2001:db8::9'), { host: '2001:db8::9', port: 5060 });
    const session = service.create('sip:a@192.0.2.9', { endpoint: { name: 'four', trusted: false, redirects: 'follow' }, ...options });
    await clock.advance(40);
    const close = async (): Promise<void> => {
      const closing = service.close().then(() => stack.close());
      await clock.advance(64_000);
      await closing;
      expect([audio.live, service.stats().live['streams']]).toEqual([0, 0]);
    };
    return { clock, service, audio, four, six, session, steps, close };
  }

  const invite = ({ received }: RawPeer) => {
    const found = received.findLast((one) => one.kind === 'request' && one.method === 'INVITE');
    if (found?.kind !== 'request') throw new Error('no INVITE came');
    return found;
  };
  const textOf = (peer: RawPeer): string => Buffer.from(invite(peer).content).toString();

  async function redirect({ clock, four }: Two): Promise<void> {
    four.respond(invite(four), 302, { toTag: 'r', contact: '<sip:b@[2001:db8::9]>' });
    await clock.advance(40);
  }

  it('it gets an offer of that address, which begins anew', async () => {
    const two = await calling();
    await redirect(two);
    expect(textOf(two.four)).toMatch(/^o=- \d+ 1 IN IP4 192\.0\.2\.1\r\n[^]*^c=IN IP4 192\.0\.2\.1\r$/m);
    expect(textOf(two.six)).toMatch(/o=- \d+ 1 IN IP6 2001:db8::1\r\n[^]*^c=IN IP6 2001:db8::1\r$/m);
    expect(textOf(two.six)).not.toContain('192.0.2.1');
    expect(two.audio.live).toBe(1);
    two.six.respond(invite(two.six), 200, { toTag: 's', contact: '<sip:b@[2001:db8::9]>', body: sdp() });
    await two.clock.advance(40);
    expect([two.session.state, two.session.streams[0]?.remote.port]).toEqual(['established', 30_000]);
    await two.close();
  });

  it('early media of the first, usable or not, takes nothing from it', async () => {
    for (const body of [sdp(), 'm=']) {
      const two = await calling();
      two.four.respond(invite(two.four), 183, { toTag: 'r', contact: '<sip:a@192.0.2.9>', body });
      await two.clock.advance(40);
      await redirect(two);
      expect([textOf(two.six).match(/^m=.*$/gm)?.length, two.session.streams, two.audio.live]).toEqual([1, [], 1]);
      await two.close();
    }
  });

  it('a body of the application goes along', async () => {
    const own: Body = { type: 'application/vnd.own', bytes: Buffer.from('mine') };
    const two = await calling({ body: own, headers: { 'Content-Disposition': 'render;handling=optional' } });
    await redirect(two);
    expect(textOf(two.six)).toContain('c=IN IP6 2001:db8::1');
    const parts = (peer: RawPeer): string[] => textOf(peer).split(/^--/m).slice(2);
    expect(parts(two.six)).toEqual(parts(two.four));
    expect(joinMultipart([{ body: own }]).type).toBe(invite(two.six).body?.type);
    await two.close();
  });

  it('without an offer it gets none', async () => {
    const two = await calling({ media: 'late' });
    await redirect(two);
    expect(textOf(two.six)).toBe('');
    await two.close();
  });

  it('a handler that cannot: the call ends with its error', async () => {
    const two = await calling();
    Object.assign(two.audio, {
      createOutgoingStream: () => {
        throw new Error('no port');
      },
    });
    await redirect(two);
    expect(await two.session.ended).toMatchObject({ by: 'core', error: { code: 'SESSION_HOOK_FAILED' } });
    expect(two.six.received).toEqual([]);
    await two.close();
  });
});
