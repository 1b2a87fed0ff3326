/** One call of a scripted peer, from either side: it sends what it is told, with the tags and sequence numbers that belong there. */
import { requestText, responseText, type Fields, type RawPeer, type RequestScript, type ResponseScript } from '@jackfield/sip/testing';
import type { Party } from '../../src/testing.ts';
import type { Play } from './play.ts';

export interface SdpInit {
  readonly port?: number;
  readonly version?: number;
  readonly direction?: string;
  readonly kind?: string;
  readonly format?: string;
  /** m= lines, all alike. */
  readonly lines?: number;
}

export function sdp({ port = 30_000, version = 1, direction = 'sendrecv', kind = 'audio', format = '0', lines = 1 }: SdpInit = {}): string {
  const section = `m=${kind} ${port} RTP/AVP ${format}\r\na=${direction}\r\n`;
  return `v=0\r\no=peer 1 ${version} IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n${section.repeat(lines)}`;
}

export interface RequestInit {
  readonly body?: string | undefined;
  readonly type?: string | undefined;
  readonly fields?: Fields | undefined;
  /** Of which early dialog, where the peer was called. */
  readonly tag?: string | undefined;
}

type Received = RawPeer['received'][number];
type ReceivedRequest = Extract<Received, { kind: 'request' }>;
type ReceivedResponse = Extract<Received, { kind: 'response' }>;

export class Script {
  raw: RawPeer;
  readonly #play: Play;
  readonly #party: Party;
  readonly #caller: boolean;
  #sequence = 0;
  #callId = 'call-1';
  #calls = 1;
  /** Our requests by method, the last. */
  readonly #sent = new Map<string, RequestScript>();
  #invites: RequestScript[] = [];

  private constructor(play: Play, raw: RawPeer, party: Party, caller: boolean) {
    this.#play = play;
    this.raw = raw;
    this.#party = party;
    this.#caller = caller;
  }

  static calling(play: Play, raw: RawPeer, party: Party): Script {
    return new Script(play, raw, party, true);
  }

  static called(play: Play, raw: RawPeer, party: Party): Script {
    return new Script(play, raw, party, false);
  }

  /** The same call by another connection. */
  move(raw: RawPeer): this {
    raw.received.push(...this.raw.received);
    this.raw = raw;
    return this;
  }

  /** The first INVITE, with an offer unless told otherwise. */
  async invite(init: RequestInit = { body: sdp() }): Promise<void> {
    await this.request('INVITE', init);
  }

  /** Another call of ours from here on. */
  another(): void {
    this.#calls += 1;
    this.#callId = `call-${this.#calls}`;
    this.#sequence = 0;
    this.#sent.clear();
    this.#invites = [];
    this.raw.received.length = 0;
  }

  /** A request in the call, or the first. */
  async request(method: string, init: RequestInit = {}): Promise<void> {
    this.send(method, init);
    await this.#play.go();
  }

  send(method: string, { body, type, fields, tag }: RequestInit = {}): void {
    this.#sequence += 1;
    const script: RequestScript = {
      uri: this.#party.uri(),
      via: this.raw.sentBy,
      transport: this.raw.contact().includes('transport=tcp') ? 'TCP' : 'UDP',
      branch: `z9hG4bK-${this.#callId}-${this.#sequence}`,
      ...this.#parties(tag),
      cseq: this.#sequence,
      contact: this.raw.contact(),
      body,
      type,
      fields,
    };
    this.#sent.set(method, script);
    if (method === 'INVITE') this.#invites.push(script);
    this.raw.send(requestText(method, script), this.#address());
  }

  /** The last request of this method once more, byte for byte. */
  async repeat(method: string): Promise<void> {
    this.raw.send(requestText(method, this.#sent.get(method)!), this.#address());
    await this.#play.go();
  }

  async cancel(): Promise<void> {
    const invite = { ...this.#sent.get('INVITE')!, contact: undefined, body: undefined };
    this.#sent.set('CANCEL', invite);
    this.raw.send(requestText('CANCEL', invite), this.#address());
    await this.#play.go();
  }

  /** The ACK of the last final response to an INVITE of ours, or of the one with this status. */
  async ack(init: RequestInit = {}, status?: number): Promise<void> {
    const response = this.response(
      (one) => one.cseq.method === 'INVITE' && one.status >= 200 && (status === undefined || one.status === status),
    );
    const invite = this.#invites.findLast(({ cseq }) => cseq === response.cseq.sequence)!;
    const branch = response.status < 300 ? `${invite.branch}-ack` : invite.branch;
    this.raw.send(
      requestText('ACK', {
        ...invite,
        branch,
        to: response.to.toString(),
        contact: undefined,
        body: undefined,
        fields: undefined,
        ...init,
      }),
      this.#address(),
    );
    await this.#play.go();
  }

  /** Answers the last request of this method that came. */
  respond(method: string, status: number, script: ResponseScript = {}): void {
    this.raw.send(responseText(this.got(method), status, { toTag: 'peer', contact: this.raw.contact(), ...script }), this.#address());
  }

  async answer(method: string, status: number, script: ResponseScript = {}): Promise<void> {
    this.respond(method, status, script);
    await this.#play.go();
  }

  /** A 200 to the INVITE that came, with an answer. */
  async accept(init: SdpInit = {}, toTag = 'peer'): Promise<void> {
    await this.answer('INVITE', 200, { toTag, body: sdp(init) });
  }

  got(method: string): ReceivedRequest {
    const found = this.raw.received.findLast((one) => one.kind === 'request' && one.method === method);
    if (found?.kind !== 'request') throw new Error(`no ${method} came`);
    return found;
  }

  response(matches: (response: ReceivedResponse) => boolean): ReceivedResponse {
    const found = this.raw.received.findLast((one) => one.kind === 'response' && matches(one));
    if (found?.kind !== 'response') throw new Error('no such response came');
    return found;
  }

  #parties(tag = 'peer'): Pick<RequestScript, 'from' | 'to' | 'callId'> {
    if (!this.#caller) {
      const invite = this.raw.received.find((one) => one.kind === 'request' && one.method === 'INVITE');
      if (invite === undefined) throw new Error('nobody called');
      return { from: `${invite.headers.get('To') ?? ''};tag=${tag}`, to: invite.headers.get('From') ?? '', callId: invite.callId };
    }
    const from = `<sip:peer@${this.raw.sentBy}>;tag=peer`;
    const tagged = this.raw.received.findLast((one) => one.kind === 'response' && one.to.tag !== undefined && one.cseq.method === 'INVITE');
    return { from, to: tagged?.to.toString() ?? `<${this.#party.uri()}>`, callId: this.#callId };
  }

  #address(): { host: string; port: number } {
    const [, host = '', port = ''] = /@([^:;]+):(\d+)/.exec(this.#party.uri()) ?? [];
    return { host, port: Number(port) };
  }
}
