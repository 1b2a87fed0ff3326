/**
 * What an application or plug-in hands in for a message of ours: looked at as a verb begins, before anything of the call changes. What it means is looked at
 * where it is used. The headers of admission, of hooks and of `retry` are checked as they are written.
 */
import { SipError } from '@jackfield/base';
import type { Direction } from '@jackfield/sdp';
import { reply, type Body, type HeaderInit } from '@jackfield/sip';
import type { MediaInit } from '../contract/media.ts';
import type { ResponseInit } from '../contract/session.ts';
import { optionError } from '../endpoints/option-range.ts';
import { hookFailed } from '../plugins/hooks.ts';

const DIRECTIONS: readonly unknown[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] satisfies Direction[];

export interface Given {
  readonly headers?: HeaderInit | undefined;
  readonly body?: Body | undefined;
  readonly reason?: string | undefined;
  readonly media?: MediaInit | undefined;
}

export interface GivenToEnd extends ResponseInit {
  readonly status?: number | undefined;
}

/** @throws SIP_HEADER_SYNTAX, SIP_HEADER_LENGTH, SIP_MESSAGE_SYNTAX for what cannot be written, SESSION_OPTION for a stream without a kind, or with a direction that is none */
export function checkGiven({ headers, body, reason, media }: Given): void {
  if (headers !== undefined || body !== undefined || reason !== undefined) reply(500, { headers, body, reason }); // it refuses what cannot be written
  if (!Array.isArray(media)) return;
  for (const stream of media as readonly { readonly kind?: unknown; readonly direction?: unknown }[]) {
    if (typeof stream?.kind !== 'string') throw optionError('media', 'media wants streams, each with a kind');
    if (stream.direction !== undefined && !DIRECTIONS.includes(stream.direction))
      throw optionError('media', `a stream goes ${DIRECTIONS.join(', ')}, and nowhere else`);
  }
}

/** What a call may end with: all of it, or where something cannot be written, which is reported, the status alone. */
export function fitToEnd(init: GivenToEnd, report: (error: SipError) => void): GivenToEnd {
  try {
    checkGiven(init);
    return init;
  } catch (cause) {
    report(cause instanceof SipError ? cause : hookFailed('application', 'end', cause));
    return { status: init.status };
  }
}

/** Whether a call is refused with this status. */
export function refuses(status: number): boolean {
  return Number.isInteger(status) && status >= 300 && status <= 699;
}
