/** The machine behind `npm start`: reads the command line, listens, says where. */
import { networkInterfaces } from 'node:os';
import { fingerprintOf, makeCertificate, readCertificate, type Certificate } from './certificate.ts';
import { explain, hints, readArguments, USAGE, type Arguments } from './command-line.ts';
import { createMachine } from './machine.ts';
import { isWildcard } from './names.ts';

const say = (line: string): void => console.log(line);

function argumentsOrUsage(): Arguments | 'help' {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(explain(error));
    console.error(USAGE);
    return process.exit(2);
  }
}

/** An address of this machine for somebody beside it; the loopback one when there is no other. */
function reachable(host: string | undefined): string {
  if (!isWildcard(host)) return host;
  const outside = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const family = host === '::' ? 'IPv6' : 'IPv4';
  return outside.find((address) => address.family === family && !address.internal)?.address ?? (host === '::' ? '::1' : '127.0.0.1');
}

const inUri = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** For TLS and WSS alone. */
async function certificateFor({ tlsPort, wssPort, cert, key, host, advertise }: Arguments): Promise<Certificate | undefined> {
  if (tlsPort === undefined && wssPort === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return readCertificate(cert, key);
  return makeCertificate([advertise, host].filter((name) => name !== undefined));
}

const settings = argumentsOrUsage();
if (settings === 'help') {
  say(USAGE);
  process.exit(0);
}
try {
  const certificate = await certificateFor(settings);
  const machine = createMachine({ ...settings, certificate }, say);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('closing');
      void machine.close();
    });
  }
  const listening = await machine.listen();
  for (const { transport, host, port } of listening) say(`listening on ${transport} ${inUri(host)}:${port}`);
  if (certificate !== undefined) say(`certificate: SHA-256 ${fingerprintOf(certificate)}`);
  for (const hint of hints(inUri(settings.advertise ?? reachable(settings.host)), listening)) say(hint);
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
