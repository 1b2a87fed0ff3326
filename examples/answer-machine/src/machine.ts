/** The machine: a stack on UDP and TCP, the call package on it, video, Reason and screening beside, and somebody who answers. */
import { networkInterfaces } from 'node:os';
import type { Clock, Network, Random } from '@jackfield/base';
import { createCalls } from '@jackfield/call';
import { createRtpPorts, type RtpPorts } from '@jackfield/rtp';
import { registerVideo } from '@jackfield/sdp-video';
import type { SessionService } from '@jackfield/session';
import { createSipStack, tcp, udp, type SipStack } from '@jackfield/sip';
import { registerReason } from '@jackfield/supplement-reason';
import { registerScreening } from '@jackfield/supplement-screening';
import { narrator } from './narrator.ts';
import { answer } from './numbers.ts';
import { traceMessages } from './trace.ts';

export interface MachineOptions {
  /** Absent: every address of this machine, IPv4 and IPv6. */
  readonly host?: string | undefined;
  readonly port: number;
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
  const { port, advertise, block = [] } = options;
  const hosts = options.host === undefined ? wildcards(advertise) : [options.host];
  const listening = hosts.map((host) => ({ host, port, advertise }));
  const stack = createSipStack({ transports: listening.flatMap((at) => [udp(at), tcp(at)]), userAgent: 'answer-machine', ...world });
  const ports = createRtpPorts({
    clock: stack.clock,
    random: stack.random,
    network: world.network,
    host: advertise === undefined ? undefined : hosts[0], // the address that is shown may be none of ours
  });
  const calls = createCalls({ stack, audio: { ports }, session: { onError: (error) => say(`trouble: ${error.message}`) } });
  const { sessions } = calls;
  registerVideo(sessions, { ports });
  registerReason(sessions);
  if (block.length > 0) registerScreening(sessions, { block });
  sessions.registerSupplement(narrator(say));
  const endTrace = options.trace === true ? traceMessages(stack.clock, say) : undefined;
  calls.onCall(async (call) => {
    call.onDigit(({ digit, durationMs }) => say(`key ${digit}, ${durationMs} ms, from ${call.session.endpoint.name}`));
    await answer(call);
  });
  return {
    stack,
    sessions,
    ports,
    listen: () => stack.listen(),
    async close() {
      await calls.close();
      await stack.close();
      endTrace?.();
    },
  };
}

/** IPv6 only where there is any; an address to advertise is of one family, and so are those who are shown it. */
function wildcards(advertise: string | undefined): readonly string[] {
  if (advertise !== undefined) return [advertise.includes(':') ? '::' : '0.0.0.0'];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.some(({ family }) => family === 'IPv6') ? ['0.0.0.0', '::'] : ['0.0.0.0'];
}
