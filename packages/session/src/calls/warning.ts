/** What a 488 of ours says of the description that it refuses, for whoever reads it there: a Warning (RFC 3261 §13.3.1.3, §20.43). Names no plug-in. */
import { isSipError, type SipError } from '@jackfield/base';
import { formatWarning, type Flow } from '@jackfield/sip';
import type { ResponseInit } from '../contract/session.ts';

const TEXTS = {
  301: 'Incompatible network address formats',
  304: 'Media type not available',
  305: 'Incompatible media format',
  399: 'Session description not acceptable',
} as const;

/** By which way the request came. */
interface Came {
  readonly flow: Pick<Flow, 'advertised'>;
}

/** @param error - why; undefined where the application refuses, which says for itself what it wants to */
export function withWarning(init: ResponseInit, status: number, error: SipError | undefined, { flow }: Came): ResponseInit {
  if (status !== 488 || error === undefined) return init;
  const { rule, warning: code = 399 } = isSipError(error, 'SESSION_NEGOTIATION') ? error.info : {};
  const text = code === 399 && rule !== undefined ? `${TEXTS[399]}: ${rule}` : TEXTS[code];
  const host = flow.advertised.host.split('%', 1)[0]!; // the interface of a link-local address is ours to know
  const warning = formatWarning({ code, agent: host.includes(':') ? `[${host}]` : host, text });
  return { ...init, headers: { Warning: warning, ...init.headers } };
}
