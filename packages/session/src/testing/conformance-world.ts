/** One service with the plug-in under test, one peer without it, and what there may be beside it; calls between them as scenarios want them. */
import { isSipError, type SipError } from '@jackfield/base';
import type { Body, HeaderInit, IncomingRequest, Method, Registration, Reply } from '@jackfield/sip';
import { parseMessage } from '@jackfield/sip';
import type { SessionService } from '../contract/service.ts';
import type { InviteOptions, Session } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';
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

export class ConformanceWorld {
  readonly bed = new Testbed();
  readonly plugin: WatchedPlugin;
  subject!: Party;
  peer!: Party;
  registered!: Registration;
  /** Of the service of the plug-in. */
  readonly sessions = new Set<Session>();
  /** What was sent, in order: method or status, and the names of its fields. */
  readonly messages: string[] = [];
  /** What the peer decides about requests inside calls; nothing unless set. */
  refusing: ((request: IncomingRequest) => Reply | undefined) | undefined;
  readonly #audios: TestAudio[] = [];
  /** Of the call that began last: its end may take longer than the next call waits. */
  #driver: Registration | undefined;

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
    world.subject = await bed.party('subject', { traced: false });
    world.peer = await bed.party('peer', { traced: false });
    for (const supplement of before) world.subject.service.registerSupplement(supplement);
    world.register(register);
    if (plugin.handles) register(plugin.handlersFor(world.peer.service)); // or nobody would offer what it takes
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
      name: 'witness',
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
      world.messages.push(`${text}: ${[...message.headers.names()].toSorted().join(' ')}`);
    });
    return world;
  }

  register(register: RegisterPlugin): void {
    const { plugin, subject } = this;
    this.registered = plugin.run(() => register(plugin.serviceFor(subject.service)));
    const given: Partial<Registration> | undefined = this.registered;
    if (typeof given?.unregister !== 'function') plugin.fault('registering gives back no Registration');
  }

  advance(ms = STEP_MS): Promise<void> {
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
    session.established.catch(() => undefined);
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
        verb(session).catch(() => undefined); // refused, or ended meanwhile: the plug-in may do both
        await this.advance();
      }
    }
  }

  /** The end of the world: what is left, and what was reported, are the plug-in's faults. */
  async close(): Promise<void> {
    const { bed, plugin, subject } = this;
    for (const { service } of [subject, this.peer]) for (const session of service.sessions) void session.end();
    await this.advance(QUIET_MS);
    bed.network.cut(subject.host); // streams may stay open, and wait for more
    await this.advance();
    const left = { ...bed.leftOver() };
    this.#audios.forEach(({ live }) => live > 0 && (left['streams'] = live));
    for (const [what, count] of Object.entries(left)) plugin.fault(`${count} ${what} left when all calls are over`);
    for (const session of this.sessions) {
      for (const [name, count] of plugin.endsOf(session)) if (count !== 1) plugin.fault(`sessionEnd of ${name} came ${count} times`);
    }
    const held = plugin.takeDeferrals();
    if (held > 0) plugin.fault(`the end of ${held} session${held === 1 ? ' is' : 's is'} held back by a deferEnd() that is never disposed`);
    for (const error of subject.errors) {
      const owner = (error.info as { readonly owner?: unknown }).owner;
      if (typeof owner !== 'string' || !OURS.test(owner)) plugin.fault(error.message + adviceOn(error));
    }
    await bed.close();
  }
}

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

/** Neighbours that fail on purpose, and the application. */
const OURS = /^(?:neighbour|driver|application|@jackfield\/session$)/;
