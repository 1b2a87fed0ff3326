/**
 * INFO requests by the type of their body (RFC 2976, the legacy usage of RFC 6086 §2): to each its handler. What nobody handles, and what belongs
 * to an info package, is answered as RFC 6086 §4.2.2 says: 415, 469.
 */
import { isPromise } from '@jackfield/base';
import { reply, type Awaitable, type IncomingRequest, type Method, type Order, type Reply } from '@jackfield/sip';
import type { Session } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';

/**
 * Answers an INFO with this content; without an answer it is 200. A throw or rejection is 500.
 *
 * @param content - the bytes of the body, maybe none.
 * @param type - lower-case, without parameters.
 */
export type InfoHandler = (
  session: Session,
  content: Uint8Array,
  request: IncomingRequest,
  type: string,
) => Awaitable<Reply | 'later' | undefined | void>;

/** For `infoSupplement`. */
export interface InfoSupplementInit {
  /** The npm name, as of every supplement. */
  readonly name: string;
  readonly order?: Order | undefined;
  /** By type of content, as `application/dtmf-relay`, without parameters. Of two supplements that take a type, the one asked first has it. */
  readonly handlers: Readonly<Record<string, InfoHandler>>;
  /** As of every supplement, ms. */
  readonly deadlineMs?: number | undefined;
}

const INFO: readonly Method[] = ['INFO'];
const NO_BYTES = new Uint8Array(0);

/** To be registered as any other; its types show in Accept, and INFO in Allow. */
export function defineInfoSupplement({ name, order, handlers, deadlineMs }: InfoSupplementInit): Supplement {
  const byType = new Map(Object.entries(handlers).map(([type, handler]) => [type.toLowerCase(), handler]));
  return {
    name,
    order,
    deadlineMs,
    methods: INFO,
    allow: INFO,
    accept: [...byType.keys()],
    incomingRequest(session, request) {
      if (request.headers.get('Info-Package') !== undefined) return undefined;
      const type = typeOf(request);
      const handler = type === undefined ? undefined : byType.get(type);
      if (type === undefined || handler === undefined) return undefined;
      const answer = handler(session, request.body?.bytes ?? NO_BYTES, request, type);
      return isPromise(answer) ? answer.then(orOk) : orOk(answer);
    },
  };
}

const orOk = (answer: Reply | 'later' | undefined | void): Reply | 'later' => answer ?? reply(200);

/** A body of no bytes is no body, but its type may still be there. */
function typeOf({ body, headers }: IncomingRequest): string | undefined {
  return body?.type ?? headers.get('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase();
}
