/** The machine: a stack on UDP and TCP, and on TLS and WebSocket where that is wanted, the call package on it, video, Reason, session timers and screening beside, and somebody who answers. */
import { networkInterfaces } from 'node:os';
import type { Clock, Network, Random } from '@jackfield/base';
import { attachCall, createCalls, type Call } from '@jackfield/call';
import { createRtpPorts, type RtpPorts } from '@jackfield/rtp';
import { registerVideo } from '@jackfield/sdp-video';
import type { SessionService } from '@jackfield/session';
import { createSipStack, tcp, tls, udp, ws, wss, type SipStack, type TlsOptions, type Transport } from '@jackfield/sip';
import { registerReason } from '@jackfield/supplement-reason';
import { registerScreening } from '@jackfield/supplement-screening';
import { registerSessionTimers } from '@jackfield/supplement-session-timers';
import type { Certificate } from './certificate.ts';
import { guard } from './guard.ts';
import { notItself } from './itself.ts';
import { isWildcard, namesOfMachine } from './names.ts';
import { Narrator } from './narrator.ts';
import { answer, echoOf } from './numbers.ts';
import { traceMessages } from './trace.ts';

export interface MachineOptions {
  /** Absent: every address of this machine, IPv4 and IPv6. */
  readonly host?: string | undefined;
  /** Of UDP and TCP. */
  readonly port: number;
  /** Absent: none listens there. */
  readonly tlsPort?: number | undefined;
  readonly wsPort?: number | undefined;
  readonly wssPort?: number | undefined;
  /** What callers by TLS and WSS are shown. */
  readonly certificate?: Certificate | undefined;
  /** PEM: whose certificates are believed of those that are called by TLS; Node's own list unless given. */
  readonly authority?: string | undefined;
  /** Whether callers by TLS show a certificate of their own, one of that authority's; `none` unless given. */
  readonly clientCertificate?: TlsOptions['clientCertificate'];
  /** What peers are shown instead of our own address. */
  readonly advertise?: string | undefined;
  /** Callers that get 603. */
  readonly block?: readonly string[] | undefined;
  readonly trace?: boolean | undefined;
}

/** What tests put in place of the real one. */
export interface World {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly network?: Network | undefined;
}

export interface Machine {
  readonly stack: SipStack;
  readonly sessions: SessionService;
  /** Of all media. */
  readonly ports: RtpPorts;
  listen(): ReturnType<SipStack['listen']>;
  /** Hangs up every call, and resolves when all is given back: at the latest 32 s on, where a peer answers no more. */
  close(): Promise<void>;
}

/** Not listening yet. */
export function createMachine(options: MachineOptions, say: (line: string) => void, world: World = {}): Machine {
  const { advertise, block = [] } = options;
  const hosts = options.host === undefined ? wildcards(advertise) : [options.host];
  const stack = createSipStack({ transports: hosts.flatMap((host) => transports(host, options)), userAgent: 'answer-machine', ...world });
  const ports = createRtpPorts({
    clock: stack.clock,
    random: stack.random,
    network: world.network,
    host: advertise === undefined ? undefined : hosts[0], // the address that is shown may be none of ours
  });
  const narrator = new Narrator(say);
  const tellKeys = (call: Call): void => {
    call.onDigit(({ digit, durationMs }) => narrator.tell(call.session, `key ${digit}, ${durationMs} ms`));
  };
  const calls = createCalls({
    stack,
    audio: { ports },
    session: { onError: (error) => say(`trouble: ${error.message}`) },
    refer: {
      follow: {
        onSession(session, transfer) {
          narrator.tell(session, `we call ${transfer.target.toString()}, as ${narrator.nameOf(transfer.session)} asks`);
          const call = attachCall(session);
          tellKeys(call);
          session.established.then(
            () => echoOf(call),
            () => undefined,
          );
        },
      },
      authorize: () => true, // to replace a call: anybody may call here, and who names one was told of it by one of its sides
    },
    onReplaced(call) {
      if (call.replaced !== undefined) narrator.tell(call.session, `takes the place of ${narrator.nameOf(call.replaced.session)}`);
      tellKeys(call);
      echoOf(call);
    },
  });
  const { sessions } = calls;
  const ownPorts = new Set<number>();
  const isOurs = (host: string, port: number): boolean =>
    ownPorts.has(port) && namesOf(options).some((name) => name?.toLowerCase() === host);
  registerVideo(sessions, { ports });
  registerReason(sessions);
  registerSessionTimers(sessions, { minSE: 90 });
  sessions.registerSupplement(guard(stack));
  if (block.length > 0) registerScreening(sessions, { block });
  sessions.registerSupplement(narrator.supplement());
  sessions.registerSupplement(notItself(sessions, isOurs));
  stack.registerMessageFilter(narrator.filter());
  const endTrace = options.trace === true ? traceMessages(stack.clock, say) : undefined;
  calls.onCall(async (call) => {
    tellKeys(call);
    await answer(call);
  });
  return {
    stack,
    sessions,
    ports,
    async listen() {
      const listening = await stack.listen();
      for (const { port } of listening) ownPorts.add(port);
      return listening;
    },
    async close() {
      await calls.close();
      await stack.close();
      endTrace?.();
    },
  };
}

function transports(
  host: string,
  { port, tlsPort, wsPort, wssPort, advertise, certificate, authority: ca, clientCertificate }: MachineOptions,
): readonly Transport[] {
  const at = (listening: number) => ({ host, port: listening, advertise });
  return [
    udp(at(port)),
    tcp(at(port)),
    ...(tlsPort === undefined ? [] : [tls({ ...at(tlsPort), certificate, ca, clientCertificate })]),
    ...(wsPort === undefined ? [] : [ws(at(wsPort))]),
    ...(wssPort === undefined ? [] : [wss({ ...at(wssPort), certificate, ca })]),
  ];
}

/** By which it may be called, as far as it knows. */
function namesOf({ host, advertise }: MachineOptions): readonly (string | undefined)[] {
  return isWildcard(host) ? [advertise, ...namesOfMachine()] : [advertise, host];
}

/** IPv6 only where there is any; an address to advertise is of one family, and so are those who are shown it. */
function wildcards(advertise: string | undefined): readonly string[] {
  if (advertise !== undefined) return [advertise.includes(':') ? '::' : '0.0.0.0'];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.some(({ family }) => family === 'IPv6') ? ['0.0.0.0', '::'] : ['0.0.0.0'];
}
