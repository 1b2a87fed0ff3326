/** What is written on the command line, what is said there about it, and why the machine could not listen. */
import { parseArgs } from 'node:util';
import { isSipError } from '@jackfield/base';
import { udp } from '@jackfield/sip';
import { NUMBERS } from './numbers.ts';

export const USAGE = `usage: npm start -- [options]
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

export interface Arguments {
  readonly host: string | undefined;
  readonly port: number;
  readonly tlsPort: number | undefined;
  readonly wsPort: number | undefined;
  readonly wssPort: number | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly advertise: string | undefined;
  readonly block: readonly string[];
  readonly trace: boolean;
}

/** @returns `'help'` where that is asked for, whatever stands beside it. @throws Error that says what is wrong with them */
export function readArguments(args: readonly string[]): Arguments | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
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
  if (values.help) return 'help';
  const { host, cert, key, advertise, block, trace } = values;
  if ((cert === undefined) !== (key === undefined)) throw new Error('--cert and --key go together');
  if (cert !== undefined && values['tls-port'] === undefined && values['wss-port'] === undefined)
    throw new Error('--cert and --key are for --tls-port and --wss-port, and neither is there');
  const port = (option: 'port' | 'tls-port' | 'ws-port' | 'wss-port'): number | undefined => readPort(option, values[option]);
  udp({ host, port: 0, advertise }); // says what is wrong with them, before a certificate is made for them
  return {
    host,
    port: port('port') ?? 5060,
    tlsPort: port('tls-port'),
    wsPort: port('ws-port'),
    wssPort: port('wss-port'),
    cert,
    key,
    advertise,
    block,
    trace,
  };
}

function readPort(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`--${option} is a number, 0 to 65535, not ${text}`);
  return port;
}

/** Options with ports that are rarely taken. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  UDP: '--port 5080',
  TCP: '--port 5080',
  TLS: '--tls-port 5062',
  WS: '--ws-port 8081',
  WSS: '--wss-port 8444',
};

const REASONS: Readonly<Record<string, (elsewhere: string | undefined) => string>> = {
  EADDRINUSE: (elsewhere) => `something else listens there; try another port, such as ${elsewhere}`,
  EADDRNOTAVAIL: () => 'no address of this machine; see --host',
  EACCES: (elsewhere) => `ports below 1024 are not for everybody; try another, such as ${elsewhere}`,
};

/** With what lies behind an error, as far as it says more. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (!(cause instanceof Error)) return message;
  if (!isSipError(error, 'SIP_TRANSPORT_FAILED') || !('code' in cause)) return `${message}: ${cause.message}`;
  const reason = REASONS[String(cause.code)]?.(ELSEWHERE[error.info.transport]);
  return `${message}: ${reason ?? cause.message}`;
}

interface Listening {
  readonly transport: string;
  readonly port: number;
}

/** What to dial, by each transport that listens. @param host - by which callers reach it, in brackets where it is IPv6 */
export function hints(host: string, listening: readonly Listening[]): readonly string[] {
  const port = (transport: string): number | undefined => listening.find((one) => one.transport === transport)?.port;
  const [udp, tls] = [port('UDP'), port('TLS')];
  const browsers = ['ws', 'wss'].flatMap((scheme) => {
    const at = port(scheme.toUpperCase());
    return at === undefined ? [] : [`${scheme}://${host}:${at}`];
  });
  return [
    `dial sip:echo@${host}${udp === 5060 ? '' : `:${udp}`}, or another number: ${Object.keys(NUMBERS).join(' ')}`,
    ...(tls === undefined ? [] : [`by TLS: sip:echo@${host}:${tls};transport=tls`]),
    ...(browsers.length === 0 ? [] : [`by WebSocket: sip:echo@${host}, with ${browsers.join(' or ')} as the server`]),
  ];
}
