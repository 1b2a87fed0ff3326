/** Supplements that read headers of what comes and write headers of what leaves, and decide nothing. */
import { isPromise } from '@jackfield/base';
import type {
  Headers,
  IncomingRequest,
  IncomingResponse,
  Method,
  Nothing,
  Order,
  OutgoingRequest,
  OutgoingResponse,
  ReadonlyHeaders,
} from '@jackfield/sip';
import type { Session } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';

/** A message of a session. `status` is there of a response; `method` of a response is that of its request. */
export interface HeaderOccasion<Message extends object> {
  readonly session: Session;
  readonly message: Message;
  readonly method: Method;
  readonly status: number | undefined;
  /** Of the INVITE that makes the session, and of what answers it. */
  readonly initial: boolean;
}

/** For `headerSupplement`. */
export interface HeaderSupplementInit {
  /** The npm name, as of every supplement. */
  readonly name: string;
  /** Absent: messages of every method. */
  readonly methods?: readonly Method[] | undefined;
  readonly order?: Order | undefined;
  /** What it adds to Supported. */
  readonly optionTags?: readonly string[] | undefined;
  /** Which messages; both unless given. */
  readonly of?: 'requests' | 'responses' | undefined;
  /** Everything that comes, ACK and CANCEL too. What it throws is what a failing hook costs. */
  in?(headers: ReadonlyHeaders, occasion: HeaderOccasion<IncomingRequest | IncomingResponse>): Nothing;
  /** Everything that leaves. What it throws takes back what it wrote. */
  out?(headers: Headers, occasion: HeaderOccasion<OutgoingRequest | OutgoingResponse>): Nothing;
}

/** To be registered as any other. Only the hooks that it needs are there. */
export function defineHeaderSupplement(init: HeaderSupplementInit): Supplement {
  const { name, methods, order, optionTags, of } = init;
  const requests = of !== 'responses';
  const responses = of !== 'requests';
  return {
    name,
    methods,
    order,
    optionTags,
    ...(requests &&
      init.in && { incomingRequest: (session, request) => undecided(init.in!(request.headers, ofRequest(session, request))) }),
    ...(requests && init.out && { outgoingRequest: (session, request) => init.out!(request.headers, ofRequest(session, request)) }),
    ...(responses &&
      init.in && { incomingResponse: (session, response) => undecided(init.in!(response.headers, ofResponse(session, response))) }),
    ...(responses && init.out && { outgoingResponse: (session, response) => init.out!(response.headers, ofResponse(session, response)) }),
  };
}

/** What a hook gave back must not decide. A promise is handed on without what it comes to: who runs the hook reports its failure. */
function undecided(given: unknown): undefined {
  return isPromise(given) ? (given.then(() => undefined) as unknown as undefined) : undefined; // sound: the runners look for promises
}

function ofRequest<M extends IncomingRequest | OutgoingRequest>(session: Session, message: M): HeaderOccasion<M> {
  return { session, message, method: message.method, status: undefined, initial: message.initial };
}

function ofResponse<M extends IncomingResponse | OutgoingResponse>(session: Session, message: M): HeaderOccasion<M> {
  const { status, request } = message;
  return { session, message, method: request.method, status, initial: request.initial };
}
