/** The channel driver (`createCalls`): a stack and a session service with identity, audio and keys, whose sessions are handed over as calls. */
import { SipError } from '@jackfield/base';
import { registerIdentity, type IdentityOptions } from '@jackfield/identity';
import { registerAudio, type AudioOptions } from '@jackfield/sdp-audio';
import {
  createSessionService,
  type Awaitable,
  type InviteOptions,
  type NameAddr,
  type Registration,
  type Session,
  type SessionService,
  type SessionServiceOptions,
  type SipStack,
} from '@jackfield/session';
import { createSipStack, parseNameAddr, tcp, udp, type UdpOptions, type Uri } from '@jackfield/sip';
import { registerDtmfInfo } from '@jackfield/supplement-dtmf-info';
import { registerRefer, type ReferSupplementOptions, type Replacement } from '@jackfield/supplement-refer';
import { Call } from './call.ts';

/** For `createCalls`; without any, a stack of its own on port 5060. */
export interface CallsOptions {
  /** Where to listen, on UDP and TCP; port 5060 of every address unless given. Not with `stack` or `sessions`. */
  readonly listen?: Pick<UdpOptions, 'host' | 'port' | 'advertise'> | undefined;
  /** A stack of your own, which you close yourself. Not with `sessions`. */
  readonly stack?: SipStack | undefined;
  /** A service of your own, which you close yourself. */
  readonly sessions?: SessionService | undefined;
  /** Of the service that is made. Not with `sessions`. */
  readonly session?: SessionServiceOptions | undefined;
  /** What is registered; `false` where the service has it already, or shall not have it. */
  readonly audio?: AudioOptions | false | undefined;
  /** As of `registerIdentity`; `false` where the service has it already, or shall not have it. */
  readonly identity?: IdentityOptions | false | undefined;
  /** Keys in INFO; `false` where the service has them already, or shall not have them. */
  readonly dtmfInfo?: false | undefined;
  /** What becomes of a transfer that the other side asks for (`follow`, `onRefer`), and who may take whose place; by default nobody is transferred. */
  readonly refer?: ReferSupplementOptions | false | undefined;
  /** A call took the place of another (`call.replaced`), was answered, and the other is being ended. It is not given to the driver. */
  readonly onReplaced?: ((call: Call) => Awaitable<void>) | undefined;
}

/** For `Calls.call`: those of an INVITE. */
export interface CallOptions extends Omit<InviteOptions, 'from'> {
  /** Who calls: `sip:alice@example.com`, `"Alice" <sip:alice@example.com>`. Anonymous unless given. */
  readonly from?: string | NameAddr | undefined;
}

/** A program's calls, with the stack and service below them. */
export interface Calls {
  /** The one that was given, or made. */
  readonly stack: SipStack;
  /** The one that was given, or made: for plug-ins of your own. */
  readonly sessions: SessionService;
  /**
   * Hands over every incoming call. What `driver` throws is 500 before an answer and BYE after it; that its call has ended under a verb is no error.
   * @throws SipError `SESSION_DRIVER_TAKEN`
   */
  onCall(driver: (call: Call) => Awaitable<void>): Registration;
  /** Resolves when it is answered. Rejects `SESSION_REFUSED`, `SESSION_ENDED` (you gave it up: `signal`), `CALL_ADDRESS`, `SIP_URI_SYNTAX`, and as `SessionService.invite`. */
  call(target: string | Uri, options?: CallOptions): Promise<Call>;
  /** Opens the sockets. @returns where it listens */
  listen(): ReturnType<SipStack['listen']>;
  /** Ends what was made here: every call and the stack. Plug-ins and driver are taken out of a service of your own, and its calls go on. */
  close(): Promise<void>;
}

/**
 * @throws SipError `CALL_OPTION` for two options that exclude each other, `SESSION_NAME_TAKEN` when a service of your own has audio, identity or keys
 *   already; the plug-ins' own codes
 */
export function createCalls(options: CallsOptions = {}): Calls {
  refuseUnused(options);
  const { listen = { port: 5060 }, audio, identity, dtmfInfo, refer } = options;
  const stack = options.sessions?.stack ?? options.stack ?? createSipStack({ transports: [udp(listen), tcp(listen)] });
  const sessions = options.sessions ?? createSessionService(stack, options.session);
  const registered: Registration[] = [];
  if (identity !== false) registered.push(registerIdentity(sessions, identity));
  if (audio !== false) registered.push(registerAudio(sessions, audio));
  if (dtmfInfo !== false) registered.push(registerDtmfInfo(sessions));
  if (refer !== false) {
    const onReplaces = (replacement: Replacement): Promise<void> => takeOver(replacement, options.onReplaced);
    registered.push(registerRefer(sessions, { onReplaces, ...refer }));
  }

  return {
    stack,
    sessions,
    listen: () => stack.listen(),
    onCall(driver) {
      const registration = sessions.onIncoming((session) => driver(attachCall(session)));
      registered.push(registration);
      return registration;
    },
    async call(target, { from, ...rest } = {}) {
      return attachCall(await sessions.invite(target, { ...rest, from: typeof from === 'string' ? addressOf(from) : from }));
    },
    async close() {
      for (const registration of registered.splice(0)) registration.unregister();
      if (options.sessions === undefined) await sessions.close();
      if (options.sessions === undefined && options.stack === undefined) await stack.close();
    },
  };
}

/** The call of a session: `session.channel`, made when there is none. For services that are driven without `createCalls`. */
export function attachCall(session: Session): Call {
  if (session.channel instanceof Call) return session.channel;
  const call = new Call(session);
  session.channel = call;
  return call;
}

/** An option of what is not made here would do nothing. */
function refuseUnused({ listen, stack, sessions, session }: CallsOptions): void {
  if (stack !== undefined && listen !== undefined) throw excluded('listen', 'stack');
  if (sessions === undefined) return;
  for (const [option, value] of Object.entries({ listen, stack, session })) if (value !== undefined) throw excluded(option, 'sessions');
}

const excluded = (option: string, beside: string): SipError<'CALL_OPTION'> =>
  new SipError('CALL_OPTION', `${option} does nothing beside ${beside}: give it to what you make yourself`, { option });

async function takeOver(replacement: Replacement, onReplaced: CallsOptions['onReplaced']): Promise<void> {
  const call = attachCall(replacement.session); // a call of its own: the other's is over with it
  await replacement.accept();
  if (call.session.state === 'established') await onReplaced?.(call);
}

declare module '@jackfield/session' {
  // oxlint-disable-next-line typescript/no-empty-object-type -- what hangs on a session is the call
  interface Channel extends Call {}
}

function addressOf(text: string): NameAddr {
  const address = parseNameAddr(text);
  if (address === undefined) throw new SipError('CALL_ADDRESS', `not an address: ${JSON.stringify(text)}`, { text });
  return address;
}
