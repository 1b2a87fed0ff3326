/** The session timer of one call as a table (RFC 4028 §7.2, §9, §10). No clock, no session. */

/** `waiting`: we refresh, when half the interval is over. `pausing`: we refresh again soon. `refused`: for good. `watching`: the peer refreshes. */
export type State = 'off' | 'waiting' | 'refreshing' | 'pausing' | 'refused' | 'watching' | 'over';

/**
 * `local`, `remote`, `none`: what a 2xx of either side has agreed on, whoever asked. `busy`: our refresh was refused by what may pass; `unknown`: by
 * a peer that has no UPDATE; `refused`: by what will not pass.
 */
export type Input = 'local' | 'remote' | 'none' | 'half' | 'busy' | 'unknown' | 'refused' | 'pause' | 'end';

/** `armEnd`: when the call ends unless it is refreshed. `giveUp`: a refresh of ours that is under way is not wanted any more. */
export type Effect = 'armHalf' | 'armEnd' | 'armRest' | 'armPause' | 'disarm' | 'giveUp' | 'send' | 'hangUp';

export interface Edge {
  readonly to: State;
  readonly effects: readonly Effect[];
}
const edge = (to: State, ...effects: Effect[]): Edge => ({ to, effects });
type Edges = Readonly<Partial<Record<Input, Edge>>>;

const RENEWED: Edges = {
  local: edge('waiting', 'giveUp', 'disarm', 'armHalf'),
  remote: edge('watching', 'giveUp', 'disarm', 'armEnd'),
  none: edge('off', 'giveUp', 'disarm'),
};
const ENDS: Edges = { end: edge('over', 'giveUp', 'disarm', 'hangUp') };

const TABLE: Readonly<Record<State, Edges>> = {
  off: RENEWED,
  waiting: { ...RENEWED, half: edge('refreshing', 'armRest', 'send') },
  refreshing: {
    ...RENEWED,
    ...ENDS,
    busy: edge('pausing', 'armPause'),
    unknown: edge('refreshing', 'send'),
    refused: edge('refused'),
  },
  pausing: { ...RENEWED, ...ENDS, pause: edge('refreshing', 'send') },
  refused: { ...RENEWED, ...ENDS },
  watching: { ...RENEWED, ...ENDS },
  over: {},
};

/** What `input` does in `state`. A pair that is not drawn is absorbed: same state, no effects. */
export function step(state: State, input: Input): Edge {
  return TABLE[state][input] ?? edge(state);
}

/** When half the interval is over, ms. */
export const halfMs = (seconds: number): number => seconds * 500;

/** When the call ends unless it is refreshed, ms: before the interval is over, so that the BYE still passes firewalls (§10). */
export const endMs = (seconds: number): number => seconds * 1000 - Math.min(32_000, (seconds * 1000) / 3);
