// Answers every call at once with all that a server registers: the session core, identity, two supplements, audio without sockets.
import { identityCookie, registerIdentity } from '@jackfield/identity';
import { nullPorts } from '@jackfield/rtp';
import { PCMA, PCMU, registerAudio, TELEPHONE_EVENT } from '@jackfield/sdp-audio';
import { createSessionService } from '@jackfield/session';
import { createSipStack, udp } from '@jackfield/sip';
import { registerDtmfInfo } from '@jackfield/supplement-dtmf-info';
import { registerReason } from '@jackfield/supplement-reason';
import { resources } from './resources.mjs';
import { serve } from '../lib/children.mjs';

const errors = [];
const stack = createSipStack({ transports: [udp({ host: '127.0.0.1', port: 0 })] });
const { clock, random } = stack;
const sessions = createSessionService(stack, { onError: (error) => errors.push(error) });
registerIdentity(sessions, { trusted: () => true });
registerReason(sessions);
registerDtmfInfo(sessions);
const ports = nullPorts({ clock, random });
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
  /** What lives, and what went wrong: the proof that the calls went through all of it. */
  state: () => ({
    live: { ...stack.stats().live, ...sessions.stats().live, ports: ports.stats().live.ports },
    established: sessions.stats().total.established,
    identified,
    errors: errors.map((error) => `${error.code}: ${error.message}`).slice(0, 5),
  }),
});
