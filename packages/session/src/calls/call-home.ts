/** What a session asks of the service it lives in, and what it is made from. Types only. */
import type { SipError } from '@jackfield/base';
import type { Dialog, DialogView, IncomingRequest, IncomingResponse, SipCore, SipRequest, Spoken } from '@jackfield/sip';
import type { MediaChange } from '../contract/media.ts';
import type { Endpoint, Session, SessionEnd, SessionState } from '../contract/session.ts';
import type { OwnedCookies } from '../cookies.ts';
import type { Gate } from '../endpoints/gate.ts';
import type { SdpHandlerSet } from '../plugins/sdp-handler-registry.ts';
import type { SupplementSet } from '../plugins/supplement-registry.ts';
import type { CallOptions } from './call-options.ts';
import { Link } from './chain.ts';

/** A call as its service sees it. */
export interface HousedCall {
  readonly session: Session;
  readonly state: SessionState;
  readonly over: SessionEnd | undefined;
  readonly dialogs: readonly Dialog[];
  readonly place: CallPlace;
  readonly media: { readonly liveCount: number };
}

/** Where a call stands among those of its service. */
export class CallPlace extends Link {
  readonly call: HousedCall;

  constructor(call: HousedCall) {
    super();
    this.call = call;
  }
}

/** What the plug-ins and the rest of the stack can do at one moment: those of its beginning are a call's to its end. */
export interface Abilities {
  readonly supplements: SupplementSet;
  readonly handlers: SdpHandlerSet;
  readonly spoken: Spoken;
}

export interface CallHome {
  readonly core: SipCore;
  readonly supplements: SupplementSet;
  /** The same object until one of them changes. */
  readonly abilities: Abilities;
  readonly options: CallOptions;
  readonly gate: Gate;
  /** Errors of plug-ins and drivers; never thrown on. */
  report(error: SipError, session: Session | undefined): void;
  /** What the `destroy` of a cookie threw: one function for all jars. */
  readonly cookieFailed: (error: unknown, cookie: string) => void;
  /** The driver, from now on on its own. Undefined: there is none. */
  readonly driver: ((session: Session, invite: IncomingRequest) => unknown) | undefined;
  /** A call was answered, and the answer acknowledged: once each. */
  established(): void;
  forget(call: HousedCall): void;
  /** For those who watch: its state is another than `before`. */
  moved(call: HousedCall, before: SessionState): void;
  /** For those who watch: an exchange was applied. */
  agreed(session: Session, change: MediaChange): void;
  /** For those who watch: the peer has refused an offer of ours. */
  refused(session: Session, response: IncomingResponse): void;
}

export interface CallInit {
  readonly direction: 'incoming' | 'outgoing';
  readonly endpoint: Endpoint;
  readonly cookies: OwnedCookies;
  readonly view: DialogView;
  readonly invite: SipRequest | undefined;
}
