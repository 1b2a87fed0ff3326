/** INVITE client transaction as a table (RFC 3261 §17.1.1, figure 5, as corrected by RFC 6026 §7.2). No clock, no socket. */
export type InviteClientState = 'calling' | 'proceeding' | 'accepted' | 'completed' | 'terminated';
/** `success` is 2xx, `failure` 300 and up; `giveUp`: 64·T1 went by since the CANCEL (RFC 3261 §9.1). */
export type InviteClientInput =
  'provisional' | 'success' | 'failure' | 'timerA' | 'timerB' | 'timerD' | 'timerM' | 'giveUp' | 'transportError';
export type InviteClientEffect =
  'send' | 'armA' | 'armD' | 'armM' | 'disarm' | 'passUp' | 'acknowledge' | 'reportTimeout' | 'reportTransport';

export interface InviteClientEdge {
  readonly to: InviteClientState;
  readonly effects: readonly InviteClientEffect[];
}
const edge = (to: InviteClientState, ...effects: InviteClientEffect[]): InviteClientEdge => ({ to, effects });

type Row = Readonly<Partial<Record<InviteClientInput, InviteClientEdge>>>;

const UNANSWERED: Row = {
  provisional: edge('proceeding', 'disarm', 'passUp'),
  success: edge('accepted', 'disarm', 'armM', 'passUp'),
  failure: edge('completed', 'disarm', 'acknowledge', 'passUp', 'armD'),
  giveUp: edge('terminated', 'disarm', 'reportTimeout'),
  transportError: edge('terminated', 'disarm', 'reportTransport'),
};

const FIGURE_5: Readonly<Record<InviteClientState, Row>> = {
  calling: { ...UNANSWERED, timerA: edge('calling', 'send', 'armA'), timerB: edge('terminated', 'disarm', 'reportTimeout') },
  // `provisional` on its own: timers A and B are over, and the CANCEL's deadline must stay armed
  proceeding: { ...UNANSWERED, provisional: edge('proceeding', 'passUp') },
  accepted: { success: edge('accepted', 'passUp'), timerM: edge('terminated') },
  completed: {
    // not drawn: a proxy lets through each 2xx, after a failure too (RFC 3261 §16.7); it is to be acknowledged, and copies of the failure as before
    success: edge('completed', 'passUp'),
    failure: edge('completed', 'acknowledge'),
    timerD: edge('terminated'),
    transportError: edge('terminated', 'disarm'), // the user has its final response: an ACK that could not be sent is nothing it could mend
  },
  terminated: {},
};

const ABSORBED: Readonly<Record<InviteClientState, InviteClientEdge>> = {
  calling: edge('calling'),
  proceeding: edge('proceeding'),
  accepted: edge('accepted'),
  completed: edge('completed'),
  terminated: edge('terminated'),
};

/** What `input` does in `state`. A pair the figure does not draw is absorbed: same state, no effects. */
export function stepInviteClient(state: InviteClientState, input: InviteClientInput): InviteClientEdge {
  return FIGURE_5[state][input] ?? ABSORBED[state];
}
