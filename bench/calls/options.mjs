// OPTIONS answered by @jackfield/sip alone, through transport, transaction and a service (or by the stack itself), beside the package `sip`,
// and beside a socket that answers any datagram with as many bytes: what no answer can cost less than in this process.
import { interleaved, summary, together } from './rounds.mjs';

const SERVICE = '@jackfield/sip, a service';
export const DATAGRAM = 'node:dgram, fixed bytes';

const SERVERS = {
  [SERVICE]: { file: 'calls/server-stack.mjs', args: ['service'] },
  '@jackfield/sip, its own answer': { file: 'calls/server-stack.mjs', args: ['own'] },
  sip: { file: 'calls/server-sip.mjs' },
  [DATAGRAM]: { file: 'calls/server-dgram.mjs', kind: 'fixed' },
};

export function compareOptions(size) {
  return together(SERVERS, async (servers, load) => {
    const { answerBytes } = await load.ask('run', { port: servers[SERVICE].port, kind: 'options', count: 10, rate: 100 });
    await servers[DATAGRAM].ask('size', answerBytes);
    const rounds = await interleaved(servers, load, { ...size, kind: 'options', count: size.requests });
    return summary(rounds, SERVICE);
  });
}
