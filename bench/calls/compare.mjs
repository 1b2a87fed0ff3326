// The same calls to a server with all of the session core and to one that is the package `sip` alone: many rounds, a level that has settled, latency;
// and to the first with supplements that do nothing.
import { interleaved, summary, together } from './rounds.mjs';
import { steadyRounds } from './steady.mjs';

export const OURS = '@jackfield/session';
export const JACKFIELD = 'calls/server-jackfield.mjs';
const PLAIN = { [OURS]: { file: JACKFIELD } };
const PORTS = { [`${OURS}, ports with sockets`]: { file: JACKFIELD, args: ['--ports'] } };
const SIP = { sip: { file: 'calls/server-sip.mjs' } };

/** @param ports - with it, our server with real media ports is measured too. */
const servers = (ports) => ({ ...PLAIN, ...(ports ? PORTS : {}), ...SIP });

function compare(wanted, ours, size) {
  return together(wanted, async (running, load) => {
    const rounds = await interleaved(running, load, { ...size, kind: 'call', count: size.calls });
    return summary(rounds, ours);
  });
}

export const compareCalls = ({ ports, ...size }) => compare(servers(ports), OURS, size);

/**
 * Three servers at once: a few percent are less than what the machine changes from one round to the next. Ratios are of the server with supplements to the one
 * without; `ownCode`: of the one whose supplements share no code.
 */
export async function compareHooks({ supplements, ...size }) {
  const args = ['--hooks', String(supplements)];
  const more = `${OURS}, ${supplements} supplements more`;
  const apart = `${more}, of as many modules`;
  const rounds = await steadyTogether(
    { [more]: { file: JACKFIELD, args }, [apart]: { file: JACKFIELD, args: [...args, '--own-code'] }, ...PLAIN },
    size,
  );
  return { ...summary(rounds, more), ownCode: summary(rounds, apart).servers[OURS] };
}

/** Two servers at once. With `ports`, ours with real media ports is a second pair with the same other. */
export async function compareSteady({ ports, ...size }) {
  const rounds = await steadyTogether({ ...PLAIN, ...SIP }, size);
  return summary(ports ? { ...(await steadyTogether({ ...PORTS, ...SIP }, size)), ...rounds } : rounds, OURS);
}

const steadyTogether = (wanted, size) =>
  together(wanted, (running) => steadyRounds(running, { ...size, kind: 'call' }), { loadEach: true });
