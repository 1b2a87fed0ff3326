/** Messages as programs see them outside of any session: what the contract's message shapes ask for beside the message itself. */
import { allows, NO_TOKENS, supports } from './dialogs/peer-capabilities.ts';
import type { HeaderList } from './messages/headers.ts';
import type { SipRequest, SipResponse } from './messages/message.ts';
import type {
  Body,
  DialogView,
  IncomingRequest,
  IncomingResponse,
  Method,
  Origin,
  OutgoingRequest,
  OutgoingResponse,
} from './messages/model.ts';

/** A request of ours, from outside a session. */
export class SentRequest implements OutgoingRequest {
  readonly origin: Origin;
  readonly attempt = 1;
  readonly #request: SipRequest;

  constructor(request: SipRequest, origin: Origin) {
    this.#request = request;
    this.origin = origin;
  }

  get method(): Method {
    return this.#request.method;
  }

  get headers(): HeaderList {
    return this.#request.headers;
  }

  get initial(): boolean {
    return this.#request.initial;
  }
}

/** A response of ours. */
export class SentResponse implements OutgoingResponse {
  readonly request: IncomingRequest;
  readonly origin = 'core';
  readonly #response: SipResponse;

  constructor(response: SipResponse, request: IncomingRequest) {
    this.#response = response;
    this.request = request;
  }

  get status(): number {
    return this.#response.status;
  }

  get headers(): HeaderList {
    return this.#response.headers;
  }
}

/** A response to a request of ours. */
export class ReceivedResponse implements IncomingResponse {
  readonly request: OutgoingRequest;
  readonly origin: Origin;
  readonly #response: SipResponse;

  constructor(response: SipResponse, request: OutgoingRequest, origin: Origin) {
    this.#response = response;
    this.request = request;
    this.origin = origin;
  }

  get status(): number {
    return this.#response.status;
  }

  get reason(): string {
    return this.#response.reason;
  }

  get headers(): HeaderList {
    return this.#response.headers;
  }

  get body(): Body | undefined {
    return this.#response.body;
  }

  /** Identifiers and abilities that this response shows; no dialog need exist. */
  get dialog(): DialogView {
    const response = this.#response;
    return {
      callId: response.callId,
      localTag: response.from.tag ?? '',
      remoteTag: response.to.tag,
      remoteAllow: allows.of(response.headers) ?? NO_TOKENS,
      remoteSupported: supports.of(response.headers) ?? NO_TOKENS,
    };
  }
}
