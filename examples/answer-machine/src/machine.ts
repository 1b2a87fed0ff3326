/** The machine: a stack on UDP and TCP, the call package on it, video, Reason and screening beside, and somebody who answers. */
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
  readonly host: string;
  readonly port: number;
  /** What peers are shown instead of our own address. */
  readonly advertise?: string | undefined;
  /** Callers that get 603. */
  readonly block?: readonly string[] | undefined;
  readonly trace?: boolean | undefined;
}

export interface Machine {
  readonly stack: SipStack;
  readonly sessions: SessionService;
  readonly ports: RtpPorts;
  listen(): ReturnType<SipStack['listen']>;
  /** Hangs up every call, then closes the sockets. */
  close(): Promise<void>;
}

/** Not listening yet. */
export function createMachine(options: MachineOptions, say: (line: string) => void): Machine {
  const { host, port, advertise, block = [] } = options;
  const listening = { host, port, advertise };
  const stack = createSipStack({ transports: [udp(listening), tcp(listening)], userAgent: 'answer-machine' });
  const ports = createRtpPorts({ clock: stack.clock, random: stack.random });
  const calls = createCalls({ stack, audio: { ports } });
  const { sessions } = calls;
  registerVideo(sessions, { ports });
  registerReason(sessions);
  if (block.length > 0) registerScreening(sessions, { block });
  sessions.registerSupplement(narrator(say));
  if (options.trace === true) traceMessages(stack.clock, say);
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
    },
  };
}
