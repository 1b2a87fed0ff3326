/** What sending a request of ours takes when it may have to be sent again: elsewhere (RFC 3263 §4.3), or with credentials (RFC 3261 §22). Types only. */
import type { HeaderList } from '../messages/headers.ts';
import type { SipRequest } from '../messages/message.ts';
import type { Uri } from '../messages/model.ts';
import type { ClientTransaction, ClientTransactionUser } from '../transactions/transaction.ts';
import type { DigestClient } from '../auth/client.ts';
import type { Flow } from '../transport/transport.ts';

export interface RequestPlan {
  /** Located where there is no flow yet, or the one there is has failed. */
  readonly nextHop: Uri;
  /** Who answers challenges; the stack's own unless given. */
  readonly digest?: DigestClient | undefined;
  /** Among whose requests nonces are shared, in place of those to the same domain. */
  readonly nonces?: string | undefined;
  /** How often it may be repeated; 3 less what its user has repeated already. */
  readonly repeats?: number | undefined;
  /** CSeq of the first copy, and of one that carries other credentials. */
  nextSequence(): number;
  /** One copy, for this flow. */
  compose(flow: Flow, sequence: number): SipRequest;
}

/** A request of ours, whichever copy of it is out. */
export interface RequestHandle {
  /** Of the copy that is out, or was the last; undefined while the first waits for a flow. */
  readonly transaction: ClientTransaction | undefined;
  /** How often it was repeated. */
  readonly repeats: number;
  /** A copy was given up before it was answered, and another left: whether the first was acted upon, nobody knows. */
  readonly unanswered: boolean;
  /** From here on no copy leaves: where one waits for a flow, the user hears at once what led to it. */
  stopRepeating(): void;
  /**
   * {@link stopRepeating}; and what is out is cancelled, as the transaction layer's `cancel` says.
   *
   * @param user - hears of the CANCEL's own response.
   */
  cancel(headers?: HeaderList, user?: ClientTransactionUser): void;
}
