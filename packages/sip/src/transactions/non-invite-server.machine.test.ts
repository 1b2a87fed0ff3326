import { describe, expect, it } from 'vitest';
import { stepNonInviteServer, type NonInviteServerInput, type NonInviteServerState } from './non-invite-server.machine.ts';

const STATES: NonInviteServerState[] = ['trying', 'proceeding', 'completed', 'terminated'];
const INPUTS: NonInviteServerInput[] = ['request', 'provisional', 'final', 'timeout', 'timerJ', 'transportError'];

const DRAWN: { from: NonInviteServerState; on: NonInviteServerInput; to: NonInviteServerState; effects: string[]; because: string }[] = [
  { from: 'trying', on: 'provisional', to: 'proceeding', effects: ['send'], because: 'the user is at it' },
  { from: 'trying', on: 'final', to: 'completed', effects: ['send', 'armJ'], because: 'the answer leaves' },
  { from: 'trying', on: 'transportError', to: 'trying', effects: ['reportTransport'], because: 'the user may stop working' },
  { from: 'proceeding', on: 'request', to: 'proceeding', effects: ['resend'], because: 'the client missed the provisional response' },
  { from: 'proceeding', on: 'provisional', to: 'proceeding', effects: ['send'], because: 'the user is still at it' },
  { from: 'proceeding', on: 'final', to: 'completed', effects: ['send', 'armJ'], because: 'the answer leaves' },
  { from: 'proceeding', on: 'transportError', to: 'proceeding', effects: ['reportTransport'], because: 'copies must still be known' },
  { from: 'trying', on: 'timeout', to: 'terminated', effects: ['reportTimeout'], because: 'its client has given up' },
  { from: 'proceeding', on: 'timeout', to: 'terminated', effects: ['reportTimeout'], because: 'its client has given up' },
  { from: 'completed', on: 'request', to: 'completed', effects: ['resend'], because: 'the client missed the answer' },
  { from: 'completed', on: 'timerJ', to: 'terminated', effects: [], because: 'no copy can come any more' },
  { from: 'completed', on: 'transportError', to: 'completed', effects: ['reportTransport'], because: 'copies must still be known' },
];

describe('non-INVITE server transaction, RFC 3261 §17.2.2', () => {
  it.each(DRAWN)('$from + $on -> $to: $because', ({ from, on, to, effects }) => {
    expect(stepNonInviteServer(from, on)).toEqual({ to, effects });
  });

  const rest = STATES.flatMap((from) => INPUTS.map((on) => ({ from, on }))).filter(
    ({ from, on }) => !DRAWN.some((drawn) => drawn.from === from && drawn.on === on),
  );
  it.each(rest)('$from absorbs $on', ({ from, on }) => {
    expect(stepNonInviteServer(from, on)).toEqual({ to: from, effects: [] });
  });
});
