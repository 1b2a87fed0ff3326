/** Plays a flow and writes it down: the messages and hooks of a `Testbed`, what the application does, and the time that passed, in one list. */
import { SipError } from '@jackfield/base';
import { expect } from 'vitest';
import { defineCookie, reply, type Decision, type IncomingRequest, type Session, type Supplement } from '../../src/index.ts';
import { ladder, Testbed, testAudio, type Party, type PartyOptions, type SessionLadder } from '../../src/testing.ts';
import { Script } from './script.ts';

/** Long enough for a message there and its answer back. */
const SETTLE = 40;

export class Play {
  readonly bed: Testbed;
  readonly ladder: SessionLadder;

  constructor(seed = 1) {
    this.bed = new Testbed({ seed });
    this.ladder = ladder(this.bed);
  }

  get steps(): readonly string[] {
    return this.ladder.steps;
  }

  /** What the application does or sees. */
  note(text: string): void {
    this.ladder.note(text);
  }

  /** The ladder begins here. */
  cut(): void {
    this.ladder.cut();
  }

  /** Until what is under way has arrived. */
  async go(): Promise<void> {
    await this.bed.clock.advance(SETTLE);
  }

  /** Until `ms` after the last step, and what happens then has arrived. */
  async wait(ms: number): Promise<void> {
    await this.bed.clock.advance(this.bed.lastAt + ms - this.bed.clock.now());
  }

  /** Until a step ends in `text`, at most half a minute; and what follows it at once has arrived. */
  async until(text: string): Promise<void> {
    const { clock } = this.bed;
    const end = clock.now() + 30_000;
    while (clock.now() < end && !this.steps.some((step) => step.endsWith(text))) await clock.advance(10);
    await this.go();
  }

  /** Writes down how a promise of ours settles. */
  watch<T>(promise: Promise<T>, resolved: string | ((value: T) => string), rejected = ''): void {
    promise.then(
      (value) => this.note(typeof resolved === 'string' ? resolved : resolved(value)),
      (error: unknown) => this.note(`${rejected} rejects ${errorText(error)}`),
    );
  }

  /** Parties by name, those of `traced` with their hooks. The callee takes calls into `calls`. */
  async parties(
    traced: 'alice' | 'bob' | 'both',
    init: (PartyOptions & { driven?: boolean }) | ((name: 'alice' | 'bob') => PartyOptions) = {},
  ): Promise<{ alice: Party; bob: Party; calls: Session[] }> {
    const { driven = true, ...options } = typeof init === 'function' ? {} : init;
    const of = (name: 'alice' | 'bob'): PartyOptions => (typeof init === 'function' ? init(name) : options);
    const alice = await this.bed.party('alice', { ...of('alice'), traced: traced !== 'bob' });
    const bob = await this.bed.party('bob', { ...of('bob'), traced: traced !== 'alice' });
    if (traced !== 'both') (traced === 'bob' ? alice : bob).service.registerSdpHandler(testAudio(), 'audio');
    return { alice, bob, calls: driven ? taken(bob) : [] };
  }

  /** A call between two parties that is up. */
  async established(traced: 'alice' | 'bob' | 'both'): Promise<{ alice: Party; bob: Party; caller: Session; callee: Session }> {
    const { alice, bob, calls } = await this.parties(traced);
    const caller = alice.service.create(bob.uri());
    await this.go();
    const callee = calls[0]!;
    void callee.accept();
    await this.go();
    this.cut();
    return { alice, bob, caller, callee };
  }

  /** A party that is called by a scripted peer. */
  async called(options: PartyOptions = {}, ...supplements: Supplement[]): Promise<{ bob: Party; peer: Script; calls: Session[] }> {
    const bob = await this.bed.party('bob', options);
    for (const supplement of supplements) bob.service.registerSupplement(supplement);
    const peer = Script.calling(this, await this.bed.peer('peer'), bob);
    return { bob, peer, calls: taken(bob) };
  }

  /** The same, with the call answered, or acknowledged too. */
  async calledAndAnswered(
    until: 'answered' | 'acknowledged',
    options: PartyOptions = {},
    ...supplements: Supplement[]
  ): Promise<{ bob: Party; peer: Script; session: Session }> {
    const { bob, peer, calls } = await this.called(options, ...supplements);
    await peer.invite();
    const session = calls[0]!;
    this.watch(session.accept(), 'accept resolves', 'accept');
    await this.go();
    if (until === 'acknowledged') await peer.ack();
    this.cut();
    return { bob, peer, session };
  }

  /** A party that calls a scripted peer; the INVITE is out. */
  async calling(
    invite: Parameters<Party['service']['create']>[1] = {},
    ...supplements: Supplement[]
  ): Promise<{ alice: Party; peer: Script; session: Session }> {
    const alice = await this.bed.party('alice');
    for (const supplement of supplements) alice.service.registerSupplement(supplement);
    const raw = await this.bed.peer('peer');
    const peer = Script.called(this, raw, alice);
    const session = alice.service.create(`sip:peer@${raw.sentBy}`, invite);
    await this.go();
    return { alice, peer, session };
  }

  /** The same, answered. */
  async callingAndAnswered(...supplements: Supplement[]): Promise<{ alice: Party; peer: Script; session: Session }> {
    const { alice, peer, session } = await this.calling({}, ...supplements);
    await peer.accept();
    this.cut();
    return { alice, peer, session };
  }

  /** A call without an offer that was answered; the ACK has to bring the answer. */
  async lateCalled(): Promise<{ bob: Party; peer: Script; session: Session }> {
    const { bob, peer, calls } = await this.called();
    await peer.invite({});
    const session = calls[0]!;
    this.watch(session.accept(), 'accept resolves', 'accept');
    await this.go();
    this.cut();
    return { bob, peer, session };
  }

  /** From now on this call of the handler fails after it was written down, or claims nothing; disposing it heals. */
  breaks(
    party: Party,
    hook: 'createOutgoingStream' | 'applyNegotiatedStream' | 'handleIncomingStream',
    error: Error = refusal(),
  ): Disposable {
    const { audio } = party;
    const own = audio[hook];
    const broken = (...args: Parameters<typeof own>): undefined => {
      Reflect.apply(own, audio, args);
      if (hook !== 'handleIncomingStream') throw error;
    };
    Object.assign(audio, { [hook]: broken });
    return { [Symbol.dispose]: () => void Object.assign(audio, { [hook]: own }) };
  }

  /** This call of the handler is written down and then takes for ever. */
  never(party: Party, hook: 'createOutgoingStream' | 'applyNegotiatedStream'): void {
    const { audio } = party;
    const write = audio[hook];
    Object.assign(audio, {
      [hook]: (...args: Parameters<typeof write>) => {
        if (hook === 'applyNegotiatedStream') void Reflect.apply(write, audio, args);
        else this.bed.write(`${party.name}: createOutgoingStream 0 sendrecv`);
        return new Promise(() => undefined);
      },
    });
  }

  /** Writes down the signal, a cookie and the promise of a session as it ends. */
  watchEnd(session: Session): void {
    session.signal.addEventListener('abort', () => this.note('the signal of the session aborts'), { once: true });
    session.cookies.add(
      defineCookie('play', () => this.note('the cookie is destroyed')),
      undefined,
    );
    this.watch(session.ended, ({ by }) => `ended resolves: by ${by}`);
  }

  check(actual: unknown, expected: unknown): void {
    expect(actual).toEqual(expected);
  }

  end(name: string, session: Session, init?: Parameters<Session['end']>[0]): void {
    this.note(`${name} calls end`);
    this.watch(session.end(init), ({ by, status }) => `end resolves: by ${by}${status === undefined ? '' : ` ${status}`}`);
  }

  /** hold and resume, as re-INVITE unless `method` says otherwise. */
  reinvite(
    name: string,
    session: Session,
    what: 'hold' | 'resume' | 'late' | 'none',
    method: 'INVITE' | 'UPDATE' = 'INVITE',
    whose = '',
  ): void {
    this.note(`${name} calls sendReinvite: ${method === 'UPDATE' ? 'UPDATE, ' : ''}${what}`);
    const media =
      what === 'late' || what === 'none'
        ? what
        : [{ kind: 'audio', direction: what === 'hold' ? ('sendonly' as const) : ('sendrecv' as const) }];
    this.watch(
      session.sendReinvite({ media, method }),
      (outcome) => `${whose}sendReinvite: ${outcome.kind}${'response' in outcome ? ` ${outcome.response.status}` : ''}`,
      'sendReinvite',
    );
  }

  /** A supplement that decides on what it is asked, synchronously. */
  guard(decide: (request: IncomingRequest) => number | 'throws' | undefined): Supplement {
    return {
      name: 'guard',
      incomingRequest: (_session, request): Decision => {
        const decision = decide(request);
        if (decision === undefined) return undefined;
        this.note(decision === 'throws' ? 'guard throws' : `guard says ${decision}`);
        if (decision === 'throws') throw new Error('guard is tired');
        return reply(decision);
      },
    };
  }

  /** A supplement that refuses at admission. */
  gate(status: number): Supplement {
    return {
      name: 'guard',
      admitSession: () => {
        this.note(`guard says ${status}`);
        return reply(status);
      },
    };
  }

  /** A supplement that takes its time over admission. */
  slowGate(): Supplement & { answer(status: number | undefined, late?: boolean): Promise<void> } {
    let settle: ((refusal: ReturnType<typeof reply> | undefined) => void) | undefined;
    return {
      name: 'slow',
      admitSession: ({ direction, signal }) => {
        this.note('slow is asked to admit');
        const what = direction === 'incoming' ? 'INVITE' : 'intent';
        signal.addEventListener('abort', () => settle !== undefined && this.note(`slow sees its ${what} abort`), { once: true });
        return new Promise((resolve) => (settle = resolve));
      },
      answer: async (status, late = false) => {
        this.note(`${status === undefined ? 'slow passes it on' : `slow says ${status}`}${late ? ', too late' : ''}`);
        const resolve = settle;
        settle = undefined;
        resolve?.(status === undefined ? undefined : reply(status));
        await this.go();
      },
    };
  }

  /** A supplement that takes its time over what `about` picks. */
  slow(about: (request: IncomingRequest) => boolean): Supplement & { answer(status: number | undefined, late?: boolean): Promise<void> } {
    let settle: ((decision: Decision) => void) | undefined;
    return {
      name: 'slow',
      incomingRequest: (_session, request) => {
        if (!about(request)) return undefined;
        this.note(`slow is asked about ${request.method}`);
        request.signal.addEventListener('abort', () => settle !== undefined && this.note(`slow sees its ${request.method} abort`), {
          once: true,
        });
        return new Promise<Decision>((resolve) => (settle = resolve));
      },
      answer: async (status, late = false) => {
        this.note(`${status === undefined ? 'slow passes it on' : `slow says ${status}`}${late ? ', too late' : ''}`);
        const resolve = settle;
        settle = undefined;
        resolve?.(status === undefined ? undefined : reply(status));
        await this.go();
      },
    };
  }
}

function taken(party: Party): Session[] {
  const calls: Session[] = [];
  party.service.onIncoming((session) => void calls.push(session));
  return calls;
}

const refusal = (): Error => new SipError('SESSION_NEGOTIATION', 'not this time', { rule: 'test' });

export function errorText(error: unknown): string {
  if (!(error instanceof SipError)) return String(error);
  const info: unknown = error.info;
  return typeof info === 'object' && info !== null && 'status' in info ? `${error.code} ${String(info.status)}` : error.code;
}
