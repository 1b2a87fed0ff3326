/** RFC 3665 §2, with the server's stack ours: a registrar of a few lines behind the digest authenticator, and Bob is scripted. */
import {
  createDigestAuthenticator,
  createSipStack,
  parseNameAddrList,
  readInteger,
  reply,
  tcp,
  type Decision,
  type DigestAuthenticator,
  type IncomingRequest,
  type SipService,
  type SipStack,
} from '@jackfield/sip';
import { ManualClock, RawPeer, requestText, SeededRandom, SimulatedNetwork } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import {
  BOB,
  contactsOf,
  flows,
  only,
  parameter,
  PASSWORD,
  REALM,
  response,
  SERVER,
  UNSUCCESSFUL,
  withoutTag,
  type FlowMessage,
} from './flow.ts';

const AT_CLIENT = 'sip:bob@client.biloxi.example.com';
const BY_MAIL = 'mailto:bob@biloxi.example.com';
const HOUR = 3600;
/** Where Bob is before a flow, and after it. */
const BINDINGS: Readonly<Record<string, { readonly before: readonly string[]; readonly after: readonly string[] }>> = {
  '2.1': { before: [], after: [AT_CLIENT] },
  '2.2': { before: [AT_CLIENT], after: [AT_CLIENT, BY_MAIL] },
  '2.3': { before: [AT_CLIENT, BY_MAIL], after: [AT_CLIENT, BY_MAIL] },
  '2.4': { before: [AT_CLIENT, BY_MAIL], after: [] },
  '2.5': { before: [], after: [] },
};

/** Of one user. What is no SIP URI stays until it is taken out. */
class Registrar implements SipService {
  readonly name = 'registrar';
  readonly methods = ['REGISTER'];
  readonly contacts: Set<string>;
  readonly #authenticator: DigestAuthenticator;

  constructor(authenticator: DigestAuthenticator, contacts: readonly string[]) {
    this.#authenticator = authenticator;
    this.contacts = new Set(contacts);
  }

  async handleRequest(request: IncomingRequest): Promise<Decision> {
    const verdict = await this.#authenticator.check(request);
    if (!verdict.ok) return verdict.reply;
    const values = contactsOf(request.headers);
    if (values[0] === '*' && readInteger(request.headers, 'Expires') === 0) this.contacts.clear();
    else for (const { uri } of parseNameAddrList(values) ?? []) this.contacts.add(uri.toString());
    return reply(200, {
      headers: { Contact: [...this.contacts].map((uri) => `<${uri}>;expires=${uri === BY_MAIL ? 2 ** 32 - 1 : HOUR}`) },
    });
  }
}

class Server {
  readonly #clock = new ManualClock();
  readonly #network = new SimulatedNetwork({ clock: this.#clock });
  readonly #stack: SipStack;
  readonly registrar: Registrar;
  /** That it has handed out. */
  readonly #nonces: string[] = [];
  #bob!: RawPeer;

  constructor(contacts: readonly string[]) {
    const [clock, random, network] = [this.#clock, new SeededRandom(1), this.#network.host(SERVER.host)];
    this.#stack = createSipStack({ transports: [tcp(SERVER)], clock, random, network });
    const lookup = (username: string): string | undefined => (username === 'bob' ? PASSWORD : undefined);
    const authenticator = createDigestAuthenticator({ realm: REALM, algorithms: ['MD5'], lookup, clock, random });
    this.registrar = new Registrar(authenticator, contacts);
    this.#stack.registerService(this.registrar);
  }

  async open(): Promise<void> {
    await this.#stack.listen();
    this.#bob = await this.#clock.until(RawPeer.connect(this.#network.host(BOB.host), SERVER, { clock: this.#clock }), 100);
  }

  /** Bob has been challenged before. */
  async hasChallenged(message: FlowMessage): Promise<void> {
    const { Authorization: _, ...headers } = message.headers;
    this.hears({ ...message, callId: 'before', headers }, PASSWORD);
    const { headers: answered } = await this.#bob.expect(401, { withinMs: 100 });
    this.#nonces.push(parameter(answered.get('WWW-Authenticate'), 'nonce')!);
  }

  hears(message: FlowMessage, password: string): void {
    const [via, from, to] = ['Via', 'From', 'To'].map((name) => only(message, name)!);
    const shown = only(message, 'Authorization');
    const script = { uri: message.uri!, via: '', branch: '', from: from!, to: to!, callId: message.callId, cseq: message.cseq };
    const fields = { ...message.headers, Via: via!, Authorization: shown && this.#credentials(shown, password) };
    this.#bob.send(requestText('REGISTER', { ...script, fields }));
  }

  async answers(message: FlowMessage): Promise<void> {
    const { step, status, callId, cseq, headers } = message;
    const answer = await this.#bob.expect(status!, { withinMs: 100 });
    const challenge = answer.headers.get('WWW-Authenticate');
    const asked = (text: string | undefined): readonly (string | undefined)[] =>
      ['realm', 'qop', 'algorithm'].map((name) => parameter(text, name));
    expect({
      step,
      reason: answer.reason,
      via: answer.headers.getAll('Via').map(joined),
      from: answer.headers.get('From'),
      to: withoutTag(answer.headers.get('To')),
      callId: answer.callId,
      cseq: answer.headers.get('CSeq'),
      contacts: contactsOf(answer.headers),
      challenge: asked(challenge),
    }).toEqual({
      step,
      reason: status === 200 ? 'OK' : 'Unauthorized',
      via: headers['Via']!.map(joined),
      from: only(message, 'From'),
      to: withoutTag(only(message, 'To')),
      callId,
      cseq: `${cseq} REGISTER`,
      contacts: headers['Contact'] ?? [],
      challenge: asked(only(message, 'WWW-Authenticate')),
    });
    expect(answer.to.tag).toBeDefined();
    if (challenge === undefined) return;
    expect(parameter(challenge, 'stale')?.toLowerCase() ?? 'false').toBe('false');
    const nonce = parameter(challenge, 'nonce')!;
    expect(this.#nonces).not.toContain(nonce);
    this.#nonces.push(nonce);
  }

  async close(): Promise<void> {
    expect(this.#bob.unread()).toEqual([]);
    await this.#clock.advance(64_000);
    expect(this.#stack.stats().live).toMatchObject({ exchanges: 0, serverTransactions: 0, waitingServices: 0, timers: 0 });
    await this.#stack.close();
  }

  /** Those of the RFC, for the nonce that is known; what goes with a qop (RFC 7616 §3.4) and is not there is put in. */
  #credentials(shown: string, password: string): string {
    const counted = parameter(shown, 'qop') === undefined ? '' : ', nc=00000001, cnonce="0a4f113b"';
    const fresh = shown.replace(/nonce="[^"]*"/, `nonce="${this.#nonces.at(-1)!}"`).replace('qop="auth"', 'qop=auth') + counted;
    return fresh.replace(/response="[^"]*"/, `response="${response(fresh, password)}"`);
  }
}

const joined = (via: string): string => via.replaceAll(' ;', ';');

describe('RFC 3665 §2, as the server', () => {
  it.each(flows)('§$section, $title', async ({ section, messages }) => {
    const { before, after } = BINDINGS[section]!;
    const server = new Server(before);
    await server.open();
    if (only(messages[0]!, 'Authorization') !== undefined) await server.hasChallenged(messages[0]!);
    for (const message of messages) {
      if (message.status === undefined) server.hears(message, section === UNSUCCESSFUL ? 'looking-glass' : PASSWORD);
      else await server.answers(message);
    }
    expect([...server.registrar.contacts]).toEqual(after);
    await server.close();
  });
});
