/** What a run of SIPp received, and what stands in it. */
import type { SippRun } from './sipp.ts';

/** What came that begins like this, in order; copies too. */
export const came = ({ messages }: SippRun, start: string): readonly string[] =>
  messages.filter(({ direction, text }) => direction === 'received' && text.startsWith(start)).map(({ text }) => text);

export const okTo = (run: SippRun, method: string): readonly string[] =>
  came(run, 'SIP/2.0 200').filter((text) => text.includes(` ${method}\n`));

/** When the first message went or came that begins like this, ms. */
export const timeOf = ({ messages }: SippRun, start: string): number => messages.find(({ text }) => text.startsWith(start))!.atMs;

export const bodyOf = (text: string): string => text.split('\n\n')[1] ?? '';

/** Of the one stream; `sendrecv` where nothing is said (RFC 3264 §5.1). */
export const directionOf = (text: string): string => /^a=(sendrecv|sendonly|recvonly|inactive)$/m.exec(text)?.[1] ?? 'sendrecv';
