// OPTIONS answered by @jackfield/sip alone, through transport, transaction and a service, beside the package `sip`,
// and beside a socket that answers any datagram with as many bytes: what no answer can cost less than in this process.
import { summary, together } from './rounds.mjs';
import { steadyRounds } from './steady.mjs';

const OURS = '@jackfield/sip, a service';
export const DATAGRAM = 'node:dgram, fixed bytes';

const SERVICE = { [OURS]: { file: 'calls/server-stack.mjs' } };
const SIP = { sip: { file: 'calls/server-sip.mjs' } };
const FIXED = { [DATAGRAM]: { file: 'calls/server-dgram.mjs', kind: 'fixed' } };

/** Two servers at once: the share of a round that is collections differs too much from round to round, and so does the machine. */
export async function compareOptions(size) {
  const datagrams = await pair({ ...SERVICE, ...FIXED }, size);
  return { sip: await pair({ ...SERVICE, ...SIP }, size), datagrams };
}

const pair = (wanted, size) =>
  together(
    wanted,
    async (servers, load) => {
      const { answerBytes } = await load.ask('run', { port: servers[OURS].port, kind: 'options', count: 10, rate: 100 });
      await servers[DATAGRAM]?.ask('size', answerBytes);
      return summary(await steadyRounds(servers, { ...size, kind: 'options' }), OURS);
    },
    { loadEach: true },
  );
