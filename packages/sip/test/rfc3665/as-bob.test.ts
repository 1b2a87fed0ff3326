/** RFC 3665 §2, with Bob's stack ours: `sendRequest` and credentials do what Bob does, and the server is scripted. */
import { createSipStack, tcp, type IncomingResponse, type SipRequest } from '@jackfield/sip';
import { ManualClock, RawPeer, SeededRandom, SimulatedNetwork, ZoneResolver } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import {
  BOB,
  contactsOf,
  flows,
  only,
  parameter,
  PASSWORD,
  proof,
  REALM,
  SERVER,
  UNSUCCESSFUL,
  withoutTag,
  type Flow,
  type FlowMessage,
} from './flow.ts';

const NAME = 'ss2.biloxi.example.com';
const ZONE = {
  [`_sip._tcp.${NAME}`]: [{ type: 'SRV', port: SERVER.port, target: NAME }],
  [NAME]: [{ type: 'A', address: SERVER.host }],
} as const;

class Bob {
  readonly #clock = new ManualClock();
  readonly #network = new SimulatedNetwork({ clock: this.#clock });
  readonly #stack;
  #server!: RawPeer;
  #first: SipRequest | undefined;
  #asked: SipRequest | undefined;
  #answer: Promise<IncomingResponse> | undefined;
  readonly #mistaken: boolean;

  /** @param mistaken - about his password */
  constructor(mistaken: boolean) {
    this.#mistaken = mistaken;
    this.#stack = createSipStack({
      transports: [tcp(BOB)],
      clock: this.#clock,
      random: new SeededRandom(1),
      network: this.#network.host(BOB.host),
      resolver: new ZoneResolver(ZONE),
      credentials: [{ realm: REALM, username: 'bob', password: mistaken ? 'looking-glass' : PASSWORD }],
    });
  }

  async open(): Promise<void> {
    await this.#stack.listen();
    this.#server = await RawPeer.listen(this.#network.host(SERVER.host), { ...SERVER, clock: this.#clock });
  }

  /** Bob has been challenged before, with this nonce. */
  async knows(nonce: string, message: FlowMessage): Promise<void> {
    this.#ask(message);
    const challenge = `Digest realm="${REALM}", qop="auth", nonce="${nonce}", opaque="", algorithm=MD5`;
    this.#server.respond(await this.#server.expect('REGISTER', { withinMs: 100 }), 401, { fields: { 'WWW-Authenticate': challenge } });
    this.#server.respond(await this.#server.expect('REGISTER', { withinMs: 100 }), 200);
    await this.#clock.until(this.#answer!, 100);
    this.#answer = undefined;
  }

  async sends(message: FlowMessage): Promise<void> {
    if (this.#answer === undefined) this.#ask(message); // else it is repeated for the challenge
    const request = await this.#server.expect('REGISTER', { withinMs: 100 });
    const { step, callId, cseq, uri } = message;
    this.#first ??= request;
    const shown = proof(only(message, 'Authorization'));
    expect({
      step,
      uri: request.uri.toString(),
      callId: request.callId,
      ahead: request.cseq.sequence - this.#first.cseq.sequence,
      transports: request.vias.map(({ transport }) => transport),
      forwards: request.headers.get('Max-Forwards'),
      from: withoutTag(request.headers.get('From')),
      fromTag: request.from.tag,
      to: request.headers.get('To'),
      contacts: contactsOf(request.headers),
      expires: request.headers.get('Expires'),
      proof: proof(request.headers.get('Authorization')),
    }).toEqual({
      step,
      uri,
      callId,
      ahead: cseq - 1,
      transports: ['TCP'],
      forwards: '70', // which F1 of §2.5 leaves out
      from: withoutTag(only(message, 'From')),
      fromTag: this.#first.from.tag,
      to: only(message, 'To'),
      contacts: message.headers['Contact'] ?? [],
      expires: only(message, 'Expires'),
      proof: shown && { ...shown, right: !this.#mistaken },
    });
    this.#asked = request;
  }

  async hears({ status, headers }: FlowMessage): Promise<void> {
    const fields = { 'WWW-Authenticate': headers['WWW-Authenticate'], Contact: headers['Contact'] };
    this.#server.respond(this.#asked!, status!, { toTag: /;tag=(.*)$/.exec(headers['To']![0]!)![1], fields });
    await this.#clock.advance(20);
  }

  /** What `sendRequest` says in the end. */
  async outcome(): Promise<{ readonly status: number; readonly contacts: readonly string[]; readonly to: string | undefined }> {
    const { status, headers } = await this.#clock.until(this.#answer!, 0);
    return { status, contacts: contactsOf(headers), to: headers.get('To') };
  }

  async close(): Promise<void> {
    expect(this.#server.unread()).toEqual([]);
    await this.#clock.advance(64_000);
    expect(this.#stack.stats().live).toMatchObject({ exchanges: 0, clientTransactions: 0, timers: 0 });
    await this.#stack.close();
  }

  #ask(message: FlowMessage): void {
    const { uri, callId, headers } = message;
    this.#answer = this.#stack.sendRequest('REGISTER', uri!, {
      headers: {
        From: only(message, 'From')!,
        To: only(message, 'To')!,
        'Call-ID': callId,
        ...(headers['Contact'] !== undefined && { Contact: headers['Contact'] }),
        ...(headers['Expires'] !== undefined && { Expires: headers['Expires'] }),
      },
    });
  }
}

async function play({ section, messages }: Flow): Promise<Bob> {
  const bob = new Bob(section === UNSUCCESSFUL);
  await bob.open();
  const known = parameter(only(messages[0]!, 'Authorization'), 'nonce');
  if (known !== undefined) await bob.knows(known, messages[0]!);
  for (const message of messages) await (message.status === undefined ? bob.sends(message) : bob.hears(message));
  return bob;
}

describe('RFC 3665 §2, as Bob', () => {
  it.each(flows)('§$section, $title', async (flow) => {
    const bob = await play(flow);
    const { status, headers } = flow.messages.at(-1)!;
    expect(await bob.outcome()).toEqual({ status, contacts: headers['Contact'] ?? [], to: headers['To']![0] });
    await bob.close();
  });
});
