/** Non-INVITE client transaction as a table (RFC 3261 §17.1.2, figure 6). No clock, no socket. */
export type NonInviteClientState = 'trying' | 'proceeding' | 'completed' | 'terminated';
export type NonInviteClientInput = 'provisional' | 'final' | 'timerE' | 'timerF' | 'timerK' | 'transportError';
export type NonInviteClientEffect = 'send' | 'armE' | 'armK' | 'disarmEF' | 'passUp' | 'reportTimeout' | 'reportTransport';

export interface NonInviteClientEdge {
  readonly to: NonInviteClientState;
  readonly effects: readonly NonInviteClientEffect[];
}
const edge = (to: NonInviteClientState, ...effects: NonInviteClientEffect[]): NonInviteClientEdge => ({ to, effects });

type Row = Readonly<Partial<Record<NonInviteClientInput, NonInviteClientEdge>>>;

const UNANSWERED: Row = {
  provisional: edge('proceeding', 'passUp'),
  final: edge('completed', 'disarmEF', 'passUp', 'armK'),
  timerF: edge('terminated', 'disarmEF', 'reportTimeout'),
  transportError: edge('terminated', 'disarmEF', 'reportTransport'),
};

const FIGURE_6: Readonly<Record<NonInviteClientState, Row>> = {
  trying: { ...UNANSWERED, timerE: edge('trying', 'send', 'armE') },
  proceeding: { ...UNANSWERED, timerE: edge('proceeding', 'send', 'armE') },
  completed: { timerK: edge('terminated') },
  terminated: {},
};

const ABSORBED: Readonly<Record<NonInviteClientState, NonInviteClientEdge>> = {
  trying: edge('trying'),
  proceeding: edge('proceeding'),
  completed: edge('completed'),
  terminated: edge('terminated'),
};

/** What `input` does in `state`. A pair the figure does not draw is absorbed: same state, no effects. */
export function stepNonInviteClient(state: NonInviteClientState, input: NonInviteClientInput): NonInviteClientEdge {
  return FIGURE_6[state][input] ?? ABSORBED[state];
}
