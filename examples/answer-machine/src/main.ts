/** The machine behind `npm start`: reads the command line, listens, says where. */
import { networkInterfaces } from 'node:os';
import { parseArgs } from 'node:util';
import { fingerprintOf, makeCertificate, readCertificate, type Certificate } from './certificate.ts';
import { createMachine } from './machine.ts';
import { NUMBERS } from './numbers.ts';

const USAGE = `usage: npm start -- [options]
  --host ADDRESS       listen there; default: every address, IPv4 and IPv6
  --port PORT          UDP and TCP; default 5060
  --tls-port PORT      TLS; default: none
  --ws-port PORT       WebSocket; default: none
  --wss-port PORT      WebSocket over TLS; default: none
  --cert FILE          certificate for TLS and WSS, PEM, with --key; default: one is made, signed by itself
  --key FILE           its key, PEM
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
        host: { type: 'string' },
        port: { type: 'string', default: '5060' },
        'tls-port': { type: 'string' },
        'ws-port': { type: 'string' },
        'wss-port': { type: 'string' },
        cert: { type: 'string' },
        key: { type: 'string' },
        advertise: { type: 'string' },
        block: { type: 'string', multiple: true, default: [] },
        trace: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if ((values.cert === undefined) !== (values.key === undefined)) throw new Error('--cert and --key go together');
    return values;
  } catch (error) {
    complain(error);
    console.error(USAGE);
    return process.exit(2);
  }
}

type Arguments = ReturnType<typeof readArguments>;

/** An address of this machine for somebody beside it; the loopback one when there is no other. */
function reachable(host: string | undefined): string {
  if (host !== undefined && host !== '0.0.0.0' && host !== '::') return host;
  const outside = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const family = host === '::' ? 'IPv6' : 'IPv4';
  return outside.find((address) => address.family === family && !address.internal)?.address ?? (host === '::' ? '::1' : '127.0.0.1');
}

const inUri = (host: string): string => (host.includes(':') ? `[${host}]` : host);

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/** For TLS and WSS alone. */
async function certificateFor({ cert, key, host, advertise }: Arguments): Promise<Certificate> {
  if (cert !== undefined && key !== undefined) return readCertificate(cert, key);
  return makeCertificate([advertise, host].filter((name) => name !== undefined));
}

const values = readArguments();
const { help, host, port, advertise, block, trace } = values;
if (help) {
  say(USAGE);
  process.exit(0);
}
const [tlsPort, wsPort, wssPort] = [number(values['tls-port']), number(values['ws-port']), number(values['wss-port'])];
try {
  const certificate = tlsPort === undefined && wssPort === undefined ? undefined : await certificateFor(values);
  const machine = createMachine({ host, port: Number(port), tlsPort, wsPort, wssPort, certificate, advertise, block, trace }, say);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('closing');
      void machine.close();
    });
  }
  for (const { transport, host: address, port: bound } of await machine.listen())
    say(`listening on ${transport} ${inUri(address)}:${bound}`);
  if (certificate !== undefined) say(`certificate: SHA-256 ${fingerprintOf(certificate)}`);
} catch (error) {
  complain(error);
  process.exit(1);
}
const at = inUri(advertise ?? reachable(host));
say(`dial sip:echo@${at}${port === '5060' ? '' : `:${port}`}, or another number: ${Object.keys(NUMBERS).join(' ')}`);
