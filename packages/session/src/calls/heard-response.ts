/** A response as hooks and applications get it: with the request it answers and the dialog it belongs to. */
import { isPromise } from '@jackfield/base';
import type { Body, DialogView, IncomingResponse, Origin, OutgoingRequest, ReadonlyHeaders, SipResponse } from '@jackfield/sip';
import { HeaderList, reasonPhrase } from '@jackfield/sip';

export class HeardResponse implements IncomingResponse {
  readonly status: number;
  readonly reason: string;
  readonly headers: ReadonlyHeaders;
  readonly body: Body | undefined;
  readonly request: OutgoingRequest;
  readonly dialog: DialogView;
  readonly origin: Origin;

  constructor(response: SipResponse, request: OutgoingRequest, dialog: DialogView) {
    this.status = response.status;
    this.reason = response.reason;
    this.headers = response.headers;
    this.body = response.body;
    this.request = request;
    this.dialog = dialog;
    this.origin = 'remote';
  }
}

/** What stands for the answer that never came: 408 for silence, 503 for no way to the peer (RFC 3261 §8.1.3.1). */
export function localResponse(cause: 'timeout' | 'transport', request: OutgoingRequest, dialog: DialogView): IncomingResponse {
  const status = cause === 'timeout' ? 408 : 503;
  return { status, reason: reasonPhrase(status), headers: new HeaderList(), body: undefined, request, dialog, origin: 'core' };
}

/** Shows a response to whom the application named. What that throws, or rejects with, goes to `failed`. */
export function show(listener: (response: IncomingResponse) => void, response: IncomingResponse, failed: (cause: unknown) => void): void {
  try {
    const given: unknown = listener(response);
    if (isPromise(given)) given.then(undefined, failed);
  } catch (cause) {
    failed(cause);
  }
}
