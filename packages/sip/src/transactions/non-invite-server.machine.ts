/** Non-INVITE server transaction as a table (RFC 3261 §17.2.2, figure 8). No clock, no socket. */
export type NonInviteServerState = 'trying' | 'proceeding' | 'completed' | 'terminated';
/** `timeout`: 64·T1 went by without an answer of the user, and no client waits for one any more. */
export type NonInviteServerInput = 'request' | 'provisional' | 'final' | 'timeout' | 'timerJ' | 'transportError';
export type NonInviteServerEffect = 'send' | 'resend' | 'armJ' | 'reportTimeout' | 'reportTransport';

export interface NonInviteServerEdge {
  readonly to: NonInviteServerState;
  readonly effects: readonly NonInviteServerEffect[];
}
const edge = (to: NonInviteServerState, ...effects: NonInviteServerEffect[]): NonInviteServerEdge => ({ to, effects });

type Row = Readonly<Partial<Record<NonInviteServerInput, NonInviteServerEdge>>>;

const FIGURE_8: Readonly<Record<NonInviteServerState, Row>> = {
  trying: {
    provisional: edge('proceeding', 'send'),
    final: edge('completed', 'send', 'armJ'),
    // the figure has nothing to fail here, for nothing was sent; a lost stream is news all the same
    transportError: edge('trying', 'reportTransport'),
    timeout: edge('terminated', 'reportTimeout'),
  },
  proceeding: {
    request: edge('proceeding', 'resend'),
    provisional: edge('proceeding', 'send'),
    final: edge('completed', 'send', 'armJ'),
    transportError: edge('proceeding', 'reportTransport'),
    timeout: edge('terminated', 'reportTimeout'),
  },
  // a transport error keeps the state, as RFC 6026 §7.1 has it for INVITE: what is repeated must still be known
  completed: { request: edge('completed', 'resend'), timerJ: edge('terminated'), transportError: edge('completed', 'reportTransport') },
  terminated: {},
};

const ABSORBED: Readonly<Record<NonInviteServerState, NonInviteServerEdge>> = {
  trying: edge('trying'),
  proceeding: edge('proceeding'),
  completed: edge('completed'),
  terminated: edge('terminated'),
};

/** What `input` does in `state`. A pair the figure does not draw is absorbed: same state, no effects. */
export function stepNonInviteServer(state: NonInviteServerState, input: NonInviteServerInput): NonInviteServerEdge {
  return FIGURE_8[state][input] ?? ABSORBED[state];
}
