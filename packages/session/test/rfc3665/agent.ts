/**
 * One of the two user agents of a flow is ours; scripted peers are the proxies and servers beside it, and send what the RFC has. Messages of ours are
 * compared with the RFC's by method, status, CSeq, URI, Route and the parts of the dialog's id. Tags, branches and the Call-ID that we choose are echoed.
 */
import { createSipStack, parseMessage, tcp, udp, type SipRequest, type SipResponse } from '@jackfield/sip';
import { RawPeer, requestText, ZoneResolver, type ZoneTable } from '@jackfield/sip/testing';
import { expect } from 'vitest';
import { createSessionService, type Session, type SessionService } from '../../src/index.ts';
import { ManualClock, SeededRandom, SimulatedNetwork, testAudio } from '../../src/testing.ts';
import { seenBy, type AgentName, type Flow, type FlowMessage } from './flow.ts';

/** Who stands where, in the RFC's names. */
const HOSTS: Readonly<Record<string, { readonly address: string; readonly names: readonly [string, ...string[]] }>> = {
  Alice: { address: '192.0.2.101', names: ['client.atlanta.example.com'] },
  Bob: { address: '192.0.2.201', names: ['client.biloxi.example.com', 'client.chicago.example.com'] },
  'Proxy 1': { address: '192.0.2.111', names: ['ss1.atlanta.example.com'] },
  'Proxy 2': { address: '192.0.2.222', names: ['ss2.biloxi.example.com'] },
  'Proxy 3': { address: '192.0.2.233', names: ['ss3.chicago.example.com', 'chicago.example.com'] },
  'SIP ALG': { address: '192.0.2.128', names: ['alg1.atlanta.example.com'] },
  'Redirect Server': { address: '192.0.2.240', names: ['redirect.atlanta.example.com'] },
};
const PORT = 5060;
/** There and back. */
const STEP = 20;
/** Longer than a silent server is waited for. */
const PATIENCE = 33_000;

export class Agent {
  readonly clock = new ManualClock();
  readonly #flow: readonly FlowMessage[];
  readonly #name: AgentName;
  readonly #network = new SimulatedNetwork({ clock: this.clock });
  readonly #peers = new Map<string, RawPeer>();
  readonly #audio = testAudio();
  /** By method and whom they went to, the last. */
  readonly #ours = new Map<string, SipRequest>();
  /** By method, the last. */
  readonly #theirs = new Map<string, SipRequest>();
  /** Realms that have challenged us. */
  readonly #realms = new Set<string>();
  #service!: SessionService;
  #session: Session | undefined;
  #callId = '3848276298220188511@atlanta.example.com';
  #ourTag: string | undefined;
  /** By how much our CSeq is above the RFC's. */
  #ahead: number | undefined;
  #invited = 0;

  private constructor(flow: Flow, name: AgentName) {
    this.#flow = seenBy(flow, name);
    this.#name = name;
  }

  static async open(flow: Flow, name: AgentName): Promise<Agent> {
    const agent = new Agent(flow, name);
    await agent.#open();
    return agent;
  }

  /** @returns the session, when the flow is over. */
  async play(): Promise<Session> {
    for (const message of this.#flow) {
      const other = this.#peers.get(message.from === this.#name ? message.to : message.from)!;
      if (message.from === this.#name) await this.#weSend(message, other);
      else await this.#theySend(message, other);
    }
    await this.clock.advance(STEP);
    for (const [name, peer] of this.#peers) {
      const more = peer.unread().filter((one) => one.kind === 'request' || one.status !== 100);
      expect([name, ...more.map((one) => (one.kind === 'request' ? one.method : `${one.status} ${one.cseq.method}`))]).toEqual([name]);
    }
    return this.#session!;
  }

  /** Hangs up where the flow does not, and finds nothing left but what listens. */
  async close(): Promise<void> {
    for (const peer of this.#peers.values()) peer.always('BYE', 200);
    const closed = this.#service.close();
    await this.clock.advance(64_000);
    await closed;
    expect(this.#service.stats().live).toEqual({ sessions: 0, admissions: 0, streams: 0 });
    expect(this.#audio.live).toBe(0);
    await this.#service.stack.close();
  }

  async #open(): Promise<void> {
    const { address } = HOSTS[this.#name]!;
    const stack = createSipStack({
      transports: [udp({ host: address, port: PORT }), tcp({ host: address, port: PORT })],
      clock: this.clock,
      random: new SeededRandom(1),
      network: this.#network.host(address),
      resolver: new ZoneResolver(this.#zone()),
      credentials: ['atlanta', 'biloxi'].map((realm) => ({ realm: `${realm}.example.com`, username: 'alice', password: 'secret' })),
    });
    this.#service = createSessionService(stack);
    this.#service.registerSdpHandler(this.#audio, 'audio');
    this.#service.onIncoming((session) => void (this.#session = session));
    await stack.listen();
    for (const name of new Set(this.#flow.flatMap(({ from, to }) => (from === this.#name ? to : from)))) {
      const { address: host } = HOSTS[name]!;
      this.#peers.set(name, await RawPeer.open(this.#network.host(host), { host, port: PORT, clock: this.clock }));
    }
  }

  async #weSend(message: FlowMessage, to: RawPeer): Promise<void> {
    this.#act(message);
    const { method, status } = message;
    if (method === undefined) return this.#isResponse(await this.clock.until(to.expect(status!), STEP), message);
    const request = await this.clock.until(to.expect(method), PATIENCE);
    if (message.cseq === undefined)
      this.#isCopy(request, message); // the RFC only mentions it
    else this.#isRequest(request, message);
    this.#ours.set(`${method} ${message.to}`, request);
  }

  async #theySend(message: FlowMessage, from: RawPeer): Promise<void> {
    const { status, of = 'INVITE', headers = {}, body } = message;
    if (status === undefined) {
      from.send(this.#requestText(message, from), { host: HOSTS[this.#name]!.address, port: PORT });
    } else {
      for (const challenge of headers['Proxy-Authenticate'] ?? []) this.#realms.add(/realm="([^"]*)"/.exec(challenge)![1]!);
      const toTag = status === 100 ? undefined : (message.toTag ?? '314159'); // where the RFC leaves the message out
      from.respond(this.#ours.get(`${of} ${message.from}`)!, status, { toTag, fields: headers, body });
    }
    await this.clock.advance(STEP);
  }

  /** What the user does so that this message leaves; most leave by themselves. */
  #act({ method, status, of }: FlowMessage): void {
    const session = this.#session;
    if (method === 'INVITE') {
      if (session?.state === 'established') void session.sendReinvite();
      if (session !== undefined) return;
      const late = this.#flow.some((one) => one.method === 'ACK' && one.body !== undefined);
      const endpoint = { name: 'bob', trusted: false, redirects: 'follow' } as const;
      this.#session = this.#service.create('sip:bob@biloxi.example.com', { endpoint, ...(late && { media: 'late' }) });
    } else if (method === 'BYE' || method === 'CANCEL') void session!.end();
    else if (of === 'INVITE' && status !== undefined && session!.state !== 'established') {
      if (status < 200) void session!.progress(status);
      else if (status < 300) void session!.accept();
      else if (status !== 487) void session!.reject(status);
    }
  }

  #requestText({ method = '', uri = '', cseq = 0, fromTag = '', toTag, headers = {}, body }: FlowMessage, from: RawPeer): string {
    const ofInvite = method === 'CANCEL' || (method === 'ACK' && this.#session!.state === 'ended'); // the ACK of a refusal
    const branch = ofInvite ? this.#theirs.get('INVITE')!.vias[0]!.branch! : `z9hG4bK-${method}-${cseq}`;
    const text = requestText(method, {
      uri,
      via: from.sentBy,
      branch,
      from: `<sip:peer@example.com>;tag=${fromTag}`,
      to: toTag === undefined ? '<sip:us@example.com>' : `<sip:us@example.com>;tag=${this.#ourTag!}`,
      callId: this.#callId,
      cseq,
      fields: { ...headers, Via: [`SIP/2.0/UDP ${from.sentBy};branch=${branch}`, ...(headers['Via'] ?? [])] },
      body,
    });
    const verdict = parseMessage(Buffer.from(text));
    if (!verdict.ok || verdict.message.kind !== 'request') throw new Error('the flow is no SIP');
    this.#theirs.set(method, verdict.message);
    return text;
  }

  #isRequest(request: SipRequest, message: FlowMessage): void {
    const { method, cseq, headers } = request;
    if (this.#ourTag === undefined) [this.#ourTag, this.#callId] = [request.from.tag!, request.callId];
    this.#ahead ??= cseq.sequence - message.cseq!;
    if (method === 'INVITE') this.#invited = cseq.sequence;
    const ofInvite = method === 'ACK' || method === 'CANCEL';
    const inside = message.toTag !== undefined && (method !== 'ACK' || this.#session!.state === 'established');
    expect({
      step: message.step,
      callId: request.callId,
      fromTag: request.from.tag,
      toTag: request.to.tag,
      cseq: `${ofInvite ? cseq.sequence - this.#invited : cseq.sequence - this.#ahead} ${cseq.method}`,
      uri: request.uri.toString().replace(/;transport=\w+$/, ''),
      route: inside ? listed(headers.getAll('Route')) : [],
      body: request.body !== undefined,
    }).toEqual({
      step: message.step,
      callId: this.#callId,
      fromTag: this.#ourTag,
      toTag: message.toTag,
      cseq: `${ofInvite ? 0 : message.cseq!} ${method}`,
      uri: message.uri,
      route: inside ? listed(message.headers?.['Route'] ?? []) : [],
      body: method === 'INVITE' ? !this.#flow.some((one) => one.method === 'ACK' && one.body !== undefined) : message.body !== undefined,
    });
    if (method !== 'INVITE') return;
    expect([message.step, headers.get('Contact')]).toEqual([message.step, expect.stringContaining(HOSTS[this.#name]!.address)]);
    const realms = headers.getAll('Proxy-Authorization').map((credentials) => /realm="([^"]*)"/.exec(credentials)?.[1]);
    if (!inside) expect([message.step, new Set(realms), realms.length]).toEqual([message.step, this.#realms, this.#realms.size]);
  }

  #isResponse(response: SipResponse, message: FlowMessage): void {
    const request = this.#theirs.get(message.of!)!;
    this.#ourTag ??= response.to.tag;
    const makesDialog = message.of === 'INVITE' && response.status < 300;
    const { step } = message;
    expect({
      step,
      callId: response.callId,
      cseq: `${response.cseq.sequence} ${response.cseq.method}`,
      via: response.headers.getAll('Via').map(withoutWay),
      fromTag: response.from.tag,
      toTag: response.to.tag,
      routes: listed(response.headers.getAll('Record-Route')),
      contact: response.headers.get('Contact'),
      body: response.body !== undefined,
    }).toEqual({
      step,
      callId: request.callId,
      cseq: `${request.cseq.sequence} ${request.cseq.method}`,
      via: request.headers.getAll('Via').map(withoutWay),
      fromTag: request.from.tag,
      toTag: this.#ourTag,
      routes: makesDialog ? listed(request.headers.getAll('Record-Route')) : [],
      contact: makesDialog ? expect.stringContaining(HOSTS[this.#name]!.address) : undefined,
      body: message.body !== undefined,
    });
  }

  #isCopy(request: SipRequest, { step, to }: FlowMessage): void {
    const first = this.#ours.get(`INVITE ${to}`)!;
    expect([step, request.cseq.sequence, request.vias[0]?.branch]).toEqual([step, first.cseq.sequence, first.vias[0]?.branch]);
  }

  /** Everybody's address, and where calls to Bob's domain go: whom the first INVITE of the flow goes to, and who stands in for it. */
  #zone(): ZoneTable {
    const first = new Set(this.#flow.filter(({ method, cseq }) => method === 'INVITE' && cseq === 1).map(({ to }) => to));
    const addresses = Object.values(HOSTS).flatMap(({ address, names }) => names.map((name) => [name, [{ type: 'A' as const, address }]]));
    const servers = [...first].map((name, priority) => ({ type: 'SRV' as const, priority, port: PORT, target: HOSTS[name]!.names[0] }));
    return { ...Object.fromEntries(addresses), '_sip._udp.biloxi.example.com': servers };
  }
}

const listed = (values: readonly string[]): readonly string[] => values.flatMap((value) => value.split(/,\s*/));
/** Without what a receiver writes into the topmost. */
const withoutWay = (via: string): string =>
  via
    .replace(/;(received|rport)(=[^;]*)?/g, '')
    .replaceAll(' ;', ';')
    .trimEnd();
