/** Who decides about one incoming call in place of the service's driver: a plug-in that knows what is to become of it (RFC 3891). */
import type { Awaitable, IncomingRequest } from '@jackfield/sip';
import { defineCookie } from '../cookies.ts';
import type { Session } from './session.ts';

/** Decides by `progress`, `accept`, `reject`. What it throws is 500 before an answer and BYE after it. */
export type Driver = (session: Session, invite: IncomingRequest) => Awaitable<void>;

/** Looked for when the driver's turn has come: put here at admission, or in `incomingRequest` of the INVITE, it is started instead of the driver of `onIncoming`. */
export const driverCookie = defineCookie<Driver>('session.driver');
