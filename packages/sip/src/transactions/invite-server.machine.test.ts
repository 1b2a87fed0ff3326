import { describe, expect, it } from 'vitest';
import { stepInviteServer, type InviteServerInput, type InviteServerState } from './invite-server.machine.ts';

const STATES: InviteServerState[] = ['proceeding', 'accepted', 'completed', 'confirmed', 'terminated'];
const INPUTS: InviteServerInput[] = [
  'invite',
  'ack',
  'provisional',
  'success',
  'failure',
  'trying',
  'timerG',
  'timerH',
  'timerI',
  'timerL',
  'transportError',
];

const DRAWN: { from: InviteServerState; on: InviteServerInput; to: InviteServerState; effects: string[]; because: string }[] = [
  { from: 'proceeding', on: 'invite', to: 'proceeding', effects: ['resend'], because: 'the caller missed the last provisional response' },
  { from: 'proceeding', on: 'trying', to: 'proceeding', effects: ['sendTrying'], because: 'the user takes its time' },
  { from: 'proceeding', on: 'provisional', to: 'proceeding', effects: ['disarm', 'send'], because: 'no 100 is needed any more' },
  { from: 'proceeding', on: 'success', to: 'accepted', effects: ['disarm', 'send', 'armL'], because: 'the call is answered (RFC 6026)' },
  { from: 'proceeding', on: 'failure', to: 'completed', effects: ['disarm', 'send', 'armG', 'armH'], because: 'the call is refused' },
  {
    from: 'proceeding',
    on: 'transportError',
    to: 'proceeding',
    effects: ['reportTransport'],
    because: 'copies must still be known (RFC 6026)',
  },
  { from: 'accepted', on: 'success', to: 'accepted', effects: ['send'], because: 'the user repeats its 2xx' },
  { from: 'accepted', on: 'ack', to: 'accepted', effects: ['passAck'], because: 'the ACK of a 2xx is the user’s' },
  { from: 'accepted', on: 'timerL', to: 'terminated', effects: [], because: 'no copy can come any more' },
  { from: 'accepted', on: 'transportError', to: 'accepted', effects: ['reportTransport'], because: 'copies must still be known' },
  { from: 'completed', on: 'invite', to: 'completed', effects: ['resend'], because: 'the caller missed the refusal' },
  { from: 'completed', on: 'ack', to: 'confirmed', effects: ['disarm', 'reportAck', 'armI'], because: 'the caller knows' },
  { from: 'completed', on: 'timerG', to: 'completed', effects: ['resend', 'armG'], because: 'no ACK yet' },
  { from: 'completed', on: 'timerH', to: 'terminated', effects: ['disarm', 'reportTimeout'], because: 'no ACK will come' },
  { from: 'completed', on: 'transportError', to: 'completed', effects: ['reportTransport'], because: 'copies must still be known' },
  { from: 'confirmed', on: 'timerI', to: 'terminated', effects: [], because: 'no further ACK can come' },
];

describe('INVITE server transaction, RFC 3261 §17.2.1 and RFC 6026', () => {
  it.each(DRAWN)('$from + $on -> $to: $because', ({ from, on, to, effects }) => {
    expect(stepInviteServer(from, on)).toEqual({ to, effects });
  });

  const rest = STATES.flatMap((from) => INPUTS.map((on) => ({ from, on }))).filter(
    ({ from, on }) => !DRAWN.some((drawn) => drawn.from === from && drawn.on === on),
  );
  it.each(rest)('$from absorbs $on', ({ from, on }) => {
    expect(stepInviteServer(from, on)).toEqual({ to: from, effects: [] });
  });
});
