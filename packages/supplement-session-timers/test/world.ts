/** Two parties with session timers, or one and a scripted phone, and what they say of timers on the wire. */
import type { RefreshOutcome, Session } from '@jackfield/session';
import { Testbed, type Party, type PartyOptions, type RawPeer, type TestbedOptions } from '@jackfield/session/testing';
import type { SipRequest } from '@jackfield/sip';
import { ackText, inDialogText, requestText, type Fields, type RequestScript } from '@jackfield/sip/testing';
import { registerSessionTimers, sessionTimer, type SessionTimer, type SessionTimersOptions, type TimersForEndpoint } from '../src/index.ts';

export const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n';
const SHOWN = ['Session-Expires', 'Min-SE', 'Require', 'Reason'];

export class World {
  readonly bed: Testbed;
  /** `45 alice UPDATE Session-Expires: 90;refresher=uac`: seconds since the last `cut`. Not ACK and 100. */
  readonly said: string[] = [];
  /** What plug-ins see of the timer of each call that ends, by party. */
  readonly atEnd: Record<string, SessionTimer | undefined> = {};
  readonly #names = new Map<string, string>();
  #begun: number;

  constructor(options?: TestbedOptions) {
    this.bed = new Testbed(options);
    this.#begun = this.bed.clock.now();
    this.bed.network.tap(({ what, at, from, bytes }) => {
      if (what !== 'sent') return;
      const [head = '', body = ''] = Buffer.from(bytes).toString().split('\r\n\r\n');
      const [start = '', ...fields] = head.split('\r\n');
      const method = fields.find((field) => field.startsWith('CSeq: '))?.split(' ')[2] ?? '';
      const name = start.startsWith('SIP/2.0 ') ? `${start.split(' ')[1]} ${method}` : method;
      if (name === 'ACK' || name.startsWith('100 ')) return;
      const shown = SHOWN.flatMap((header) => fields.filter((field) => field.startsWith(`${header}: `)));
      this.said.push(
        [Math.round((at - this.#begun) / 1000), this.#names.get(from.host), name, ...shown, ...(body === '' ? [] : ['sdp'])].join(' '),
      );
    });
  }

  async party(name: string, timers?: SessionTimersOptions | TimersForEndpoint, options?: PartyOptions): Promise<Party> {
    const party = await this.bed.party(name, options);
    this.#names.set(/@([\d.]+)/.exec(party.uri())![1]!, name);
    if (timers !== undefined) registerSessionTimers(party.service, timers);
    party.service.registerSupplement({ name: 'at-end', sessionEnd: (session) => void (this.atEnd[name] = sessionTimer(session)) });
    return party;
  }

  async phone(): Promise<RawPeer> {
    const phone = await this.bed.peer('phone');
    this.#names.set(phone.host, 'phone');
    phone.always('ACK', () => {});
    return phone;
  }

  /** Seconds. */
  pass(seconds: number): Promise<void> {
    return this.bed.clock.advance(seconds * 1000);
  }

  cut(): void {
    this.said.length = 0;
    this.#begun = this.bed.clock.now();
  }
}

/** A call of alice to bob that is up. */
export async function call(
  world: World,
  alices: SessionTimersOptions | undefined,
  bobs: SessionTimersOptions | undefined,
): Promise<{ alice: Party; bob: Party; caller: Session; callee: Session }> {
  const alice = await world.party('alice', alices);
  const bob = await world.party('bob', bobs);
  alice.service.onIncoming((session) => session.accept());
  bob.service.onIncoming((session) => session.accept());
  const caller = alice.service.create(bob.uri());
  caller.established.catch(() => {});
  await world.pass(0.1);
  return { alice, bob, caller, callee: [...bob.service.sessions][0]! };
}

/** A phone that alice calls. It answers as told, method by method; unless told, 200 to everything. */
export async function callPhone(
  world: World,
  timers: SessionTimersOptions,
  answers: Readonly<Record<string, (request: SipRequest, phone: RawPeer) => void>>,
): Promise<{ alice: Party; phone: RawPeer; session: Session }> {
  const alice = await world.party('alice', timers);
  const phone = await world.phone();
  for (const method of ['INVITE', 'UPDATE', 'BYE']) {
    const answer = answers[method] ?? ((request: SipRequest) => say(phone, request, 200));
    phone.always(method, (request) => answer(request, phone));
  }
  const session = alice.service.create(`sip:phone@${phone.sentBy}`);
  session.established.catch(() => {});
  await world.pass(0.1);
  return { alice, phone, session };
}

/** The phone's answer; the 2xx to an INVITE has its description. */
export function say(phone: RawPeer, request: SipRequest, status: number, fields: Fields = {}): void {
  const success = status >= 200 && status < 300;
  const body = success && request.method === 'INVITE' ? { body: SDP } : {};
  phone.respond(request, status, { toTag: 'p', ...(success && { contact: phone.contact() }), fields, ...body });
}

/** The phone calls bob, with these headers in its INVITE. */
export class PhoneCall {
  readonly #phone: RawPeer;
  readonly #invite: RequestScript;
  readonly #to: { readonly host: string; readonly port: number };
  #sequence = 1;

  constructor(phone: RawPeer, bob: Party, fields: Fields) {
    this.#phone = phone;
    this.#to = { host: /@([\d.]+)/.exec(bob.uri())![1]!, port: 5060 };
    this.#invite = {
      uri: bob.uri(),
      via: phone.sentBy,
      branch: 'z9hG4bK-1',
      from: '<sip:phone@example.com>;tag=p',
      to: '<sip:bob@example.com>',
      callId: 'phone-call',
      cseq: 1,
      contact: phone.contact(),
      body: SDP,
      fields,
    };
    phone.send(requestText('INVITE', this.#invite), this.#to);
  }

  /** The last response that came, but for 100. */
  get response() {
    const found = this.#phone.received.findLast((message) => message.kind === 'response' && message.status > 100);
    if (found?.kind !== 'response') throw new Error('nothing came');
    return found;
  }

  ack(): void {
    this.#phone.send(this.#inside('ACK', this.response.cseq.sequence), this.#to);
  }

  /** The ACK of a failure. */
  refused(): void {
    this.#phone.send(ackText(this.#invite, this.response), this.#to);
  }

  send(method: string, fields: Fields): void {
    this.#sequence += 1;
    this.#phone.send(this.#inside(method, this.#sequence, fields), this.#to);
  }

  #inside(method: string, cseq: number, fields: Fields = {}): string {
    const body = method === 'INVITE' ? SDP : undefined;
    return inDialogText(method, this.#invite, this.response, { branch: `z9hG4bK-${method}-${cseq}`, cseq, fields, body });
  }
}

/** How a refresh of the application ended. */
export const kindOf = (outcome: Promise<RefreshOutcome>): Promise<string> => outcome.then(({ kind }) => kind);
