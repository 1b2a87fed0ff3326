// Answers every call at once with all that a server registers: the session core, identity, Reason, session timers, and audio that is negotiated.
//   --ports     media ports with sockets, instead of numbers alone
//   --hooks N   and N supplements more that define every hook and do nothing
//   --own-code  each of these is of a copy of their module
// PORT in the environment names its port. Without a parent that asks it answers all the same, until it is ended: for rigs that drive servers from outside.
import { parseArgs } from 'node:util';
import { identityCookie, registerIdentity } from '@jackfield/identity';
import { createRtpPorts, nullPorts } from '@jackfield/rtp';
import { PCMA, PCMU, registerAudio, TELEPHONE_EVENT } from '@jackfield/sdp-audio';
import { createSessionService } from '@jackfield/session';
import { createSipStack, udp } from '@jackfield/sip';
import { registerReason } from '@jackfield/supplement-reason';
import { registerSessionTimers } from '@jackfield/supplement-session-timers';
import { serve } from '../lib/children.mjs';
import { registerIdle } from './idle-supplements.mjs';
import { dropped, resources } from './resources.mjs';

const { values: flags } = parseArgs({
  options: {
    ports: { type: 'boolean', default: false },
    hooks: { type: 'string', default: '0' },
    'own-code': { type: 'boolean', default: false },
  },
});
const errors = [];
const stack = createSipStack({ transports: [udp({ host: '127.0.0.1', port: Number(process.env.PORT ?? 0) })] });
const { clock, random } = stack;
const sessions = createSessionService(stack, { onError: (error) => errors.push(error) });
registerIdentity(sessions, { trusted: () => true });
registerReason(sessions);
registerSessionTimers(sessions);
await registerIdle(sessions, Number(flags.hooks), flags['own-code']);
const ports = flags.ports ? createRtpPorts({ clock, random }) : nullPorts({ clock, random });
registerAudio(sessions, { codecs: [PCMU, PCMA, TELEPHONE_EVENT], ports });

let identified = 0;
sessions.onIncoming((session) => {
  if (session.cookies.get(identityCookie) !== undefined) identified += 1;
  return session.accept();
});
const [{ port }] = await stack.listen();

serve({
  port: () => port,
  ...resources,
  drops: () => dropped(port),
  /** What lives, and what went wrong: the proof that the calls went through all of it. */
  state: () => ({
    live: { ...stack.stats().live, ...sessions.stats().live, ports: ports.stats().live.ports },
    established: sessions.stats().total.established,
    identified,
    errors: errors.map((error) => `${error.code}: ${error.message}`).slice(0, 5),
  }),
});
