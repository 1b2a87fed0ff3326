/** Where a transport listens and what it shows, as options give it, checked: what is none would fail late, or leave as a message nobody can read. */
import { isIP } from 'node:net';
import { SipError } from '@jackfield/base';
import { withoutBrackets } from './addresses.ts';

/** As the options of every transport name it. */
interface Place {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly advertise?: unknown;
}

const MAX_PORT = 65_535;
const MAX_NAME = 255;
/** RFC 3261 §25.1: the last label begins with a letter, so that no broken address passes for a name. */
const NAME = /^(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)*[a-z](?:[a-z\d-]*[a-z\d])?\.?$/i;

/** A name or a numeric address, in brackets or without, as it may stand in a URI: without a zone. */
export function isHost(text: string): boolean {
  const address = withoutBrackets(text);
  const family = isIP(address);
  if (family !== 0) return !address.includes('%') && (family === 6 || address === text);
  return text.length <= MAX_NAME && NAME.test(text);
}

const isPort = (port: number, least = 0): boolean => Number.isInteger(port) && port >= least && port <= MAX_PORT;

/** @throws SIP_OPTION for a host that is not numeric, a port that is none, and a text to advertise that is no host. */
export function checkPlace({ host, port, advertise }: Place): void {
  if (host !== undefined && isIP(host) === 0) throw refused('host', 'a numeric address without brackets', host);
  if (port !== undefined && !isPort(port)) throw refused('port', '0 to 65535', port);
  if (typeof advertise === 'string') checkShown('advertise', { host: advertise });
}

/** @throws SIP_OPTION for what no peer can be shown. */
export function checkShown(option: string, { host, port }: { readonly host: string; readonly port?: number | undefined }): void {
  if (!isHost(host)) throw refused(option, 'a name or a numeric address, without a port', host);
  if (port !== undefined && !isPort(port, 1)) throw refused(option, 'a port of 1 to 65535', port);
}

const refused = (option: string, wanted: string, got: string | number): SipError =>
  new SipError('SIP_OPTION', `${option} wants ${wanted}, got ${JSON.stringify(got)}`, { option });
