/**
 * Throws mutated messages at a stack that listens: by datagrams and streams, into calls that stand, and in answer to its own requests. It must go on
 * answering, and keep nothing of them.
 */
import { reply, tcp, udp, ws, type SipRequest, type SipResponse } from '@jackfield/sip';
import { RawPeer, requestText, responseText, SeededRandom, type RequestScript } from '@jackfield/sip/testing';
import { PEER, rig, script, US, type Rig } from '../rig.ts';
import { frame, WebSocketClient } from '../torture/websocket-client.ts';
import { Callee, Calling, STATUSES } from './calls.ts';
import { corpus } from './corpus.ts';
import { mutate } from './mutate.ts';

export interface NetworkFuzzReport {
  readonly inputs: number;
  /** Messages that came as far as the transactions. */
  readonly readable: number;
  readonly answers: number;
  readonly calls: number;
  readonly failures: readonly string[];
}

const BATCH = 40;
const TO_US = { host: US, port: 5060 };
const TO_OUR_WEB = { host: US, port: 80 };
const INSIDE = ['BYE', 'INFO', 'INVITE', 'UPDATE', 'PRACK', 'ACK', 'CANCEL', 'OPTIONS', 'REFER', 'NOTIFY'];

class Attack {
  readonly #world: Rig;
  readonly #random: SeededRandom;
  readonly #stored: readonly string[];
  /** A call that stands: what goes on in it is mutated too. */
  #call: { readonly invite: RequestScript; readonly response: SipResponse } | undefined;
  #made = 0;

  constructor(world: Rig, random: SeededRandom, stored: readonly string[]) {
    this.#world = world;
    this.#random = random;
    this.#stored = stored;
  }

  async dial(): Promise<void> {
    const { peer, say } = this.#world;
    const invite = script(peer);
    peer.unread();
    await say(requestText('INVITE', invite));
    const response = peer.unread().find((message): message is SipResponse => message.kind === 'response' && message.status > 100);
    this.#call = response && { invite, response };
  }

  message(): Buffer {
    const random = this.#random;
    const base = this.#call !== undefined && random.chance(0.4) ? this.#inCall(this.#call) : this.#fresh(random.pick(this.#stored));
    return Buffer.from(random.chance(0.05) ? base : mutate(base, random, this.#stored), 'latin1');
  }

  #inCall({ invite, response }: { readonly invite: RequestScript; readonly response: SipResponse }): string {
    const random = this.#random;
    const method = random.pick(INSIDE);
    const same = method === 'CANCEL' || random.chance(0.2);
    const branch = same ? invite.branch : `z9hG4bK-in-${(this.#made += 1)}`;
    const cseq = same ? invite.cseq : 2 + random.integer(1000);
    return requestText(method, { ...invite, branch, cseq, to: same ? invite.to : response.to.toString() });
  }

  /** Most are no copies of one another. */
  #fresh(text: string): string {
    if (this.#random.chance(0.2)) return text;
    const mark = `f${(this.#made += 1)}`;
    return text.replace(/(branch\s*=\s*z9hG4bK)[\w.-]*/i, `$1${mark}`).replace(/^(Call-ID|i)([ \t]*:).*$/im, `$1$2 ${mark}`);
  }
}

export async function fuzzNetwork(seed: number, inputs: number): Promise<NetworkFuzzReport> {
  const random = new SeededRandom(seed);
  const transports = [udp({ host: US, port: 5060 }), tcp({ host: US, port: 5060 }), ws({ host: US, port: 80 })];
  const world = await rig({ seed, transports });
  const { core, clock, network, peer, there } = world;
  const stored = corpus(seed);
  const callee = new Callee(world, random);
  core.registerService({
    name: 'others',
    methods: ['MESSAGE', 'REGISTER', 'NOTIFY'],
    handleRequest: () => reply(random.pick(STATUSES.slice(1))),
  });
  const attack = new Attack(world, random, stored);
  const failures: string[] = [];
  let last: Uint8Array = Buffer.alloc(0);
  let answers = 0;
  let asked = 0;
  let settled = 0;
  network.tap(({ what, from, bytes }) => {
    if (what === 'delivered' && from.host === PEER) last = bytes;
    if (what === 'sent' && from.host === US) answers += 1;
  });
  const fail = (what: string): void => void failures.push(`seed ${seed}: ${what}\n${Buffer.from(last).toString('hex')}`);
  let calls = 0;
  const ours: Calling[] = [];

  /** An answer to a request of ours, or a request. */
  const message = (heard: readonly SipRequest[]): Buffer =>
    heard.length > 0 && random.chance(0.2)
      ? Buffer.from(
          mutate(responseText(random.pick(heard), random.pick(STATUSES), { toTag: 'p', contact: peer.contact() }), random, stored),
          'latin1',
        )
      : attack.message();

  async function byStream(bytes: Buffer, open: RawPeer[]): Promise<void> {
    let stream = open.at(-1);
    if (stream === undefined || stream.closedStreams > 0 || random.chance(0.5)) {
      const connecting = RawPeer.connect(there, TO_US);
      await clock.advance(2);
      open.push((stream = await connecting));
    }
    const cut = random.integer(bytes.length + 1);
    stream.send(bytes.subarray(0, cut));
    if (random.chance(0.5)) await clock.advance(1);
    if (stream.closedStreams === 0) stream.send(bytes.subarray(cut));
  }

  async function byWeb(bytes: Buffer, open: WebSocketClient[]): Promise<void> {
    let client = open.at(-1);
    if (client === undefined || client.closed > 0 || random.chance(0.2)) {
      const connecting = WebSocketClient.connect(there, TO_OUR_WEB);
      await clock.advance(2);
      open.push((client = await connecting));
      if (random.chance(0.9)) await clock.advance(4); // else it does not wait for the end of the handshake
    }
    if (random.chance(0.8)) client.send(bytes);
    else client.sendRaw(Buffer.from(mutate(frame(bytes).toString('latin1'), random, stored), 'latin1'));
  }

  async function batch(count: number): Promise<void> {
    await attack.dial();
    calls += 1;
    const streams: RawPeer[] = [];
    const clients: WebSocketClient[] = [];
    asked += 1;
    core.sendRequest('OPTIONS', `sip:peer@${PEER}`).then(
      () => (settled += 1),
      () => (settled += 1),
    );
    ours.push(new Calling(core, `ours-${calls}`));
    await clock.advance(2);
    const heard = peer.unread().filter((one): one is SipRequest => one.kind === 'request');
    for (let left = count; left > 0; left -= 1) {
      const bytes = message(heard);
      if (random.chance(0.6)) peer.send(bytes.length === 0 ? '\r\n' : bytes, TO_US);
      else if (random.chance(0.7)) await byStream(bytes, streams);
      else await byWeb(bytes, clients);
    }
    await clock.advance(5);
    for (const stream of streams) stream.close();
    for (const client of clients) client.close();
    peer.unread();
    peer.received.length = 0;
    peer.unreadable.length = 0;
    peer.send(requestText('OPTIONS', script(peer)), TO_US);
    await clock.advance(5);
    const alive = peer.unread().some((one) => one.kind === 'response' && one.status === 200 && one.cseq.method === 'OPTIONS');
    if (!alive) fail('OPTIONS is not answered any more');
  }

  for (let done = 0; done < inputs && failures.length < 5;) {
    const count = Math.min(BATCH, inputs - done);
    done += count;
    try {
      await batch(count);
      if (random.chance(0.1)) callee.end();
      await clock.advance(random.chance(0.1) ? 40_000 : 500);
    } catch (error) {
      fail(error instanceof Error ? `${error.stack}` : String(error));
    }
  }
  callee.end();
  await clock.advance(200_000);
  const { live, total } = core.stats();
  for (const [name, count] of Object.entries(live)) if (count !== 0 && name !== 'listeners') fail(`${count} ${name} are left`);
  const open = ours.filter(({ over }) => !over).length;
  if (open > 0) fail(`${open} of our calls never ended`);
  if (settled !== asked) fail(`${asked - settled} of our requests never ended`);
  await core.close();
  if (network.connections !== 0) fail(`${network.connections} connections are left`);
  return { inputs, readable: total['received'] ?? 0, answers, calls, failures };
}
