// OPTIONS answered by @jackfield/sip alone, through transport, transaction and a service (or by the stack itself), beside the package `sip`,
// and beside a socket that answers any datagram with as many bytes: what no answer can cost less than in this process.
import { round, summary, together } from './rounds.mjs';

const SERVICE = '@jackfield/sip, a service';
export const DATAGRAM = 'node:dgram, fixed bytes';

const SERVERS = {
  [SERVICE]: { file: 'calls/server-stack.mjs', args: ['service'] },
  '@jackfield/sip, its own answer': { file: 'calls/server-stack.mjs', args: ['own'] },
  sip: { file: 'calls/server-sip.mjs' },
  [DATAGRAM]: { file: 'calls/server-dgram.mjs', kind: 'fixed' },
};

async function assertSeen(name, server) {
  const { requests, errors } = await server.ask('state');
  if (errors.length > 0 || requests < server.begun) throw new Error(`${name}: ${JSON.stringify({ sent: server.begun, requests, errors })}`);
}

export function compareOptions({ rounds: count, requests, warmUp, rate }) {
  return together(SERVERS, async (servers, load) => {
    const rounds = Object.fromEntries(Object.keys(SERVERS).map((name) => [name, []]));
    for (let at = -1; at < count; at += 1) {
      for (const [name, server] of Object.entries(servers)) {
        const one = await round(server, load, { name, kind: 'options', count: at < 0 ? warmUp : requests, rate });
        if (at >= 0) rounds[name].push(one);
        else if (name === SERVICE) await servers[DATAGRAM].ask('size', one.answerBytes);
      }
    }
    for (const [name, server] of Object.entries(servers)) await assertSeen(name, server);
    return summary(rounds, SERVICE);
  });
}
