/** The machine behind `npm start`: reads the command line, listens, says where. */
import { networkInterfaces } from 'node:os';
import { parseArgs } from 'node:util';
import { createMachine } from './machine.ts';
import { NUMBERS } from './numbers.ts';

const USAGE = `usage: npm start -- [options]
  --host ADDRESS       listen there; default 0.0.0.0, every address
  --port PORT          UDP and TCP; default 5060
  --advertise ADDRESS  what peers are shown instead of our own address
  --block NUMBER       refuse this caller with 603; may be repeated
  --trace              print every message
numbers: ${Object.keys(NUMBERS).join(' ')}`;

const say = (line: string): void => console.log(line);
const complain = (error: unknown): void => console.error(error instanceof Error ? error.message : error);

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '0.0.0.0' },
        port: { type: 'string', default: '5060' },
        advertise: { type: 'string' },
        block: { type: 'string', multiple: true, default: [] },
        trace: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    complain(error);
    console.error(USAGE);
    return process.exit(2);
  }
}

/** An address of this machine for somebody beside it; the loopback one when there is no other. */
function reachable(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host.includes(':') ? `[${host}]` : host;
  const outside = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return outside.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

const { help, host, port, advertise, block, trace } = readArguments();
if (help) {
  say(USAGE);
  process.exit(0);
}
const machine = createMachine({ host, port: Number(port), advertise, block, trace }, say);
try {
  for (const { transport, host: address, port: bound } of await machine.listen()) say(`listening on ${transport} ${address}:${bound}`);
} catch (error) {
  complain(error);
  process.exit(1);
}
say(`dial sip:echo@${advertise ?? reachable(host)}${port === '5060' ? '' : `:${port}`}, or another number: ${Object.keys(NUMBERS).join(' ')}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say('closing');
    void machine.close();
  });
}
