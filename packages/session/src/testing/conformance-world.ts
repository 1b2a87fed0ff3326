/** One service with the plug-in under test, one peer without it, and what there may be beside it; calls between them as scenarios want them. */
import { isSipError, SipError } from '@jackfield/base';
import { settle } from '@jackfield/base/testing';
import type { Body, HeaderInit, IncomingRequest, Method, Registration, Reply } from '@jackfield/sip';
import { parseMessage } from '@jackfield/sip';
import type { SessionService } from '../contract/service.ts';
import type { InviteOptions, Session } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';
import { ConformanceClock } from './conformance-clock.ts';
import { testAudio, type TestAudio } from './test-audio.ts';
import { Testbed, type Party } from './testbed.ts';
import type { WatchedPlugin } from './watched-plugin.ts';

/** How the plug-in under test is registered: its own registration hook, with its options. */
export type RegisterPlugin = (sessions: SessionService) => Registration;

/** A request inside a call. */
export interface CheckedRequest {
  readonly method: Method;
  readonly headers?: HeaderInit | undefined;
  readonly body?: Body | undefined;
}

/** What is checked. */
export interface Check {
  readonly plugin: WatchedPlugin;
  readonly register: RegisterPlugin;
  readonly requests: readonly CheckedRequest[];
}

/** A way for a call to go. */
export type Way = (world: ConformanceWorld, direction: 'incoming' | 'outgoing', check: Check) => Promise<void>;

export interface WorldOptions {
  /** Registered on the same service, before the plug-in or behind it. */
  readonly before?: readonly Supplement[] | undefined;
  readonly behind?: readonly Supplement[] | undefined;
}

/** Longer than any deadline of a hook. */
export const STEP_MS = 8000;
/** Until nothing of a call is left: 64·T1, twice over. */
const QUIET_MS = 150_000;
/** Of the event loop, for a service to close: it takes one for each task on the clock. */
const MOST_TURNS = 200_000;

/** A name for what stands beside a plug-in that no plug-in has. */
export const ours = (name: string): string => `@jackfield/session/testing: ${name}`;

export class ConformanceWorld {
  readonly bed = new Testbed();
  readonly plugin: WatchedPlugin;
  subject!: Party;
  peer!: Party;
  /** Of the service of the plug-in. */
  readonly sessions = new Set<Session>();
  /** What was sent: the values of each field, by number and name of the message, and name of the field. */
  readonly fields = new Map<string, string>();
  /** What the peer decides about requests inside calls; nothing unless set. */
  refusing: ((request: IncomingRequest) => Reply | undefined) | undefined;
  readonly #audios: TestAudio[] = [];
  /** Of the call that began last: its end may take longer than the next call waits. */
  #driver: Registration | undefined;
  #registered: Registration | undefined;
  /** Of its SDP handlers, with the peer. */
  #offered: Registration | undefined;
  #messages = 0;

  private constructor(plugin: WatchedPlugin) {
    this.plugin = plugin;
  }

  static async open(
    plugin: WatchedPlugin,
    register: RegisterPlugin,
    { before = [], behind = [] }: WorldOptions = {},
  ): Promise<ConformanceWorld> {
    const world = new ConformanceWorld(plugin);
    const { bed } = world;
    world.subject = await bed.party('subject', { traced: false, clock: new ConformanceClock(bed.clock, plugin) });
    world.peer = await bed.party('peer', { traced: false });
    for (const supplement of before) world.subject.service.registerSupplement(supplement);
    world.register(register);
    if (plugin.handles) world.#offered = register(plugin.handlersFor(world.peer.service)); // or nobody would offer what it takes
    for (const { service } of [world.subject, world.peer]) {
      const audio = testAudio();
      world.#audios.push(audio);
      service.registerSdpHandler(audio, 'audio'); // behind its own, if it has one
    }
    world.peer.service.registerSupplement({
      name: 'peer',
      incomingRequest: (_session, request) => (request.initial ? undefined : world.refusing?.(request)),
    });
    for (const supplement of behind) world.subject.service.registerSupplement(supplement);
    world.subject.service.registerSupplement({
      name: ours('witness'),
      order: 'late',
      sessionBegin: (session) => void world.sessions.add(session),
      outgoingResponse: (_session, { status, origin, request: { method } }) => {
        if (status === 504 && origin === 'core')
          plugin.fault(`${method} is taken with 'later' and not decided on in time: the core answers 504`);
      },
    });
    bed.network.tap(({ what, bytes }) => {
      if (what !== 'sent') return;
      const verdict = parseMessage(bytes);
      if (!verdict.ok) return plugin.fault(`a message cannot be read that left: ${verdict.rule}`);
      const { message } = verdict;
      const text = message.kind === 'request' ? message.method : `${message.status} ${message.cseq.method}`;
      world.#messages += 1;
      for (const name of message.headers.names()) {
        world.fields.set(`${world.#messages}. ${text}: ${name}`, message.headers.getAll(name).join('\n'));
      }
    });
    return world;
  }

  register(register: RegisterPlugin): void {
    const { plugin, subject } = this;
    this.#registered = plugin.run('registering', () => register(plugin.serviceFor(subject.service)));
    if (!isRegistration(this.#registered)) plugin.fault('registering gives back no Registration');
  }

  unregister(): void {
    this.#takeBack(this.#registered);
  }

  #takeBack(registered: Registration | undefined): void {
    if (!isRegistration(registered)) return;
    try {
      this.plugin.run('unregistering', () => registered.unregister());
    } catch (cause) {
      this.plugin.fault(`unregistering failed: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  /** What a call or a verb rejects with: nobody else is told of it. */
  readonly told = (error: unknown): void => {
    if (!(error instanceof SipError)) return;
    if (this.plugin.owns(ownerOf(error))) this.#blame(error);
    else if (UNWRITABLE.has(error.code)) this.plugin.fault(`what it wrote keeps a message from leaving: ${error.message}`);
  };

  #blame(error: SipError): void {
    const { cause } = error;
    const text =
      isSipError(error, 'SESSION_HOOK_FAILED') && error.info.owner === 'application' && error.info.hook === 'after'
        ? `a task of session.after failed: ${cause instanceof Error ? cause.message : String(cause)}`
        : error.message;
    this.plugin.fault(text + adviceOn(error));
  }

  advance(ms = STEP_MS): Promise<void> {
    this.plugin.rest();
    return this.bed.clock.advance(ms);
  }

  /** A call between the two, on its way; `ours` is the session of the plug-in's side, once there is one. */
  call(
    direction: 'incoming' | 'outgoing',
    answer: (session: Session) => unknown,
    options: InviteOptions & { readonly transport?: 'tcp' } = {},
  ): Pair {
    const [from, to] = direction === 'incoming' ? [this.peer, this.subject] : [this.subject, this.peer];
    const pair: Pair = { caller: undefined, callee: undefined };
    this.#driver?.unregister();
    this.#driver = to.service.onIncoming(async (session) => {
      pair.callee = session;
      await Promise.resolve(answer(session)).catch(() => undefined); // a call that ends under its driver is no fault of the plug-in
    });
    const { transport, ...invite } = options;
    const session = from.service.create(to.uri(to.name, transport), invite);
    pair.caller = session;
    session.established.catch(this.told);
    return pair;
  }

  /** A call that rings and is answered, and is up. @returns the session of the plug-in's side */
  async up(direction: 'incoming' | 'outgoing'): Promise<Session | undefined> {
    const pair = this.call(direction, ringAndAccept);
    await this.advance();
    return direction === 'incoming' ? pair.callee : pair.caller;
  }

  /** Whatever can be said inside a call, by both sides; each waits for its answer. @param changes - how many of the changes of media */
  async talk({ caller, callee }: Pair, requests: readonly CheckedRequest[], changes = CHANGES.length): Promise<void> {
    const verbs: ((session: Session) => Promise<unknown>)[] = [
      ...CHANGES.slice(0, changes),
      ...requests.map(
        (request) =>
          (session: Session): Promise<unknown> =>
            session.sendRequest(request.method, { headers: request.headers, body: request.body }),
      ),
    ];
    for (const verb of verbs) {
      for (const session of [caller, callee]) {
        if (session?.state !== 'established') continue;
        verb(session).catch(this.told); // refused, or ended meanwhile: the plug-in may do both
        await this.advance();
      }
    }
  }

  /** The end of the world: what is left when the plug-in is unregistered, and what was reported, are its faults. */
  async close(): Promise<void> {
    const { bed, plugin, subject } = this;
    for (const { service } of [subject, this.peer]) for (const session of service.sessions) void session.end();
    for (let quietMs = 0; quietMs < QUIET_MS; quietMs += STEP_MS) await this.advance();
    bed.network.cut(subject.host); // streams may stay open, and wait for more
    await this.advance();
    for (const registered of [this.#registered, this.#offered]) this.#takeBack(registered);
    await this.advance();
    const left = { ...bed.leftOver() };
    this.#audios.forEach(({ live }) => live > 0 && (left['streams'] = live));
    for (const [what, count] of Object.entries(left)) plugin.fault(`${count} ${what} left when all calls are over`);
    for (const session of this.sessions) {
      for (const [name, count] of plugin.endsOf(session)) if (count !== 1) plugin.fault(`sessionEnd of ${name} came ${count} times`);
    }
    const held = plugin.takeDeferrals();
    if (held > 0) plugin.fault(`the end of ${held} session${held === 1 ? ' is' : 's is'} held back by a deferEnd() that is never disposed`);
    for (const error of subject.errors) if (!isOurs(error)) this.#blame(error);
    await this.#closeBed();
  }

  /** A service waits for its calls, and a plug-in that broke one must not have the check wait for ever. */
  async #closeBed(): Promise<void> {
    let over = false;
    const closed = this.bed.close().finally(() => (over = true));
    for (let turn = 0; !over && turn < MOST_TURNS; turn += 1) await settle();
    if (over) await closed;
    else this.plugin.giveUp('the service cannot be closed any more: it is not looked at any further');
  }
}

function isRegistration(given: Partial<Registration> | undefined): given is Registration {
  return typeof given?.unregister === 'function';
}

function ownerOf({ info }: SipError): unknown {
  return (info as { readonly owner?: unknown } | undefined)?.owner; // sound: nobody says what it is
}

/** A neighbour or a driver that fails on purpose. */
function isOurs(error: SipError): boolean {
  if (ownerOf(error) === ours('neighbour')) return true;
  return isSipError(error, 'SESSION_HOOK_FAILED') && error.info.owner === 'driver' && error.info.hook === 'onIncoming';
}

/** None of what is said here is such: a plug-in wrote it, or took away what is needed. */
const UNWRITABLE: ReadonlySet<string> = new Set(['SIP_HEADER_SYNTAX', 'SIP_HEADER_LENGTH', 'SIP_MESSAGE_SYNTAX', 'SIP_URI_SYNTAX']);

/** The clock is turned without regard to the machine: to a real look-up, minutes pass at once. */
function adviceOn({ cause }: SipError): string {
  return isSipError(cause, 'SESSION_HOOK_DEADLINE')
    ? ': no file, socket or timer of Node is waited for here, so pass look-ups in and fake them'
    : '';
}

const CHANGES: readonly ((session: Session) => Promise<unknown>)[] = [
  (session) => session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] }),
  (session) => session.sendReinvite({ method: 'UPDATE' }),
  (session) => session.sendReinvite({ media: 'late' }),
];

export const ringAndAccept = async (session: Session): Promise<void> => {
  await session.progress(180);
  await session.accept();
};

export interface Pair {
  caller: Session | undefined;
  callee: Session | undefined;
}
