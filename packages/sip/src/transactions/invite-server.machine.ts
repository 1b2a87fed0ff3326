/** INVITE server transaction as a table (RFC 3261 §17.2.1, figure 7, as corrected by RFC 6026 §7.1). No clock, no socket. */
export type InviteServerState = 'proceeding' | 'accepted' | 'completed' | 'confirmed' | 'terminated';
/** `invite` is a retransmission, `success` a 2xx of the user, `failure` 300 and up; `trying`: the user gave no response for so long. */
export type InviteServerInput =
  'invite' | 'ack' | 'provisional' | 'success' | 'failure' | 'trying' | 'timerG' | 'timerH' | 'timerI' | 'timerL' | 'transportError';
export type InviteServerEffect =
  | 'send'
  | 'resend'
  | 'sendTrying'
  | 'armG'
  | 'armH'
  | 'armI'
  | 'armL'
  | 'disarm'
  | 'passAck'
  | 'reportAck'
  | 'reportTimeout'
  | 'reportTransport';

export interface InviteServerEdge {
  readonly to: InviteServerState;
  readonly effects: readonly InviteServerEffect[];
}
const edge = (to: InviteServerState, ...effects: InviteServerEffect[]): InviteServerEdge => ({ to, effects });

type Row = Readonly<Partial<Record<InviteServerInput, InviteServerEdge>>>;

const FIGURE_7: Readonly<Record<InviteServerState, Row>> = {
  proceeding: {
    invite: edge('proceeding', 'resend'),
    trying: edge('proceeding', 'sendTrying'),
    provisional: edge('proceeding', 'disarm', 'send'),
    success: edge('accepted', 'disarm', 'send', 'armL'),
    failure: edge('completed', 'disarm', 'send', 'armG', 'armH'),
    transportError: edge('proceeding', 'reportTransport'),
  },
  // a repeated INVITE is absorbed in silence: the user times the copies of its 2xx
  accepted: {
    success: edge('accepted', 'send'),
    ack: edge('accepted', 'passAck'),
    timerL: edge('terminated'),
    transportError: edge('accepted', 'reportTransport'),
  },
  completed: {
    invite: edge('completed', 'resend'),
    ack: edge('confirmed', 'disarm', 'reportAck', 'armI'), // in this order: on a stream, timer I is 0, and after the end nothing is told
    timerG: edge('completed', 'resend', 'armG'),
    timerH: edge('terminated', 'disarm', 'reportTimeout'),
    transportError: edge('completed', 'reportTransport'),
  },
  confirmed: { timerI: edge('terminated') },
  terminated: {},
};

const ABSORBED: Readonly<Record<InviteServerState, InviteServerEdge>> = {
  proceeding: edge('proceeding'),
  accepted: edge('accepted'),
  completed: edge('completed'),
  confirmed: edge('confirmed'),
  terminated: edge('terminated'),
};

/** What `input` does in `state`. A pair the figure does not draw is absorbed: same state, no effects. */
export function stepInviteServer(state: InviteServerState, input: InviteServerInput): InviteServerEdge {
  return FIGURE_7[state][input] ?? ABSORBED[state];
}
