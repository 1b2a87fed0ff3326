import { describe, expect, it } from 'vitest';
import { stepInviteClient, type InviteClientInput, type InviteClientState } from './invite-client.machine.ts';

const STATES: InviteClientState[] = ['calling', 'proceeding', 'accepted', 'completed', 'terminated'];
const INPUTS: InviteClientInput[] = [
  'provisional',
  'success',
  'failure',
  'timerA',
  'timerB',
  'timerD',
  'timerM',
  'giveUp',
  'transportError',
];

const DRAWN: { from: InviteClientState; on: InviteClientInput; to: InviteClientState; effects: string[]; because: string }[] = [
  { from: 'calling', on: 'provisional', to: 'proceeding', effects: ['disarm', 'passUp'], because: 'somebody is at it' },
  {
    from: 'calling',
    on: 'success',
    to: 'accepted',
    effects: ['disarm', 'armM', 'passUp'],
    because: 'other forks may accept too (RFC 6026)',
  },
  {
    from: 'calling',
    on: 'failure',
    to: 'completed',
    effects: ['disarm', 'acknowledge', 'passUp', 'armD'],
    because: 'a refusal is acknowledged here',
  },
  { from: 'calling', on: 'timerA', to: 'calling', effects: ['send', 'armA'], because: 'nobody has answered yet' },
  { from: 'calling', on: 'timerB', to: 'terminated', effects: ['disarm', 'reportTimeout'], because: 'nobody will answer' },
  { from: 'calling', on: 'giveUp', to: 'terminated', effects: ['disarm', 'reportTimeout'], because: 'it was cancelled long ago' },
  { from: 'calling', on: 'transportError', to: 'terminated', effects: ['disarm', 'reportTransport'], because: 'it cannot leave' },
  { from: 'proceeding', on: 'provisional', to: 'proceeding', effects: ['passUp'], because: 'each one is news' },
  { from: 'proceeding', on: 'success', to: 'accepted', effects: ['disarm', 'armM', 'passUp'], because: 'the call is answered' },
  {
    from: 'proceeding',
    on: 'failure',
    to: 'completed',
    effects: ['disarm', 'acknowledge', 'passUp', 'armD'],
    because: 'the call is refused',
  },
  {
    from: 'proceeding',
    on: 'giveUp',
    to: 'terminated',
    effects: ['disarm', 'reportTimeout'],
    because: 'a cancelled call got no answer in 64 T1',
  },
  { from: 'proceeding', on: 'transportError', to: 'terminated', effects: ['disarm', 'reportTransport'], because: 'the stream is gone' },
  { from: 'accepted', on: 'success', to: 'accepted', effects: ['passUp'], because: 'a copy, or another fork: its ACK is the user’s' },
  { from: 'accepted', on: 'timerM', to: 'terminated', effects: [], because: 'no fork can answer any more' },
  { from: 'completed', on: 'failure', to: 'completed', effects: ['acknowledge'], because: 'our ACK was lost' },
  {
    from: 'completed',
    on: 'success',
    to: 'completed',
    effects: ['passUp'],
    because: 'another fork, by a proxy that had said no: its ACK is the user’s',
  },
  { from: 'completed', on: 'timerD', to: 'terminated', effects: [], because: 'no copy can come any more' },
  {
    from: 'completed',
    on: 'transportError',
    to: 'terminated',
    effects: ['disarm'],
    because: 'the ACK cannot leave, and the user knows all',
  },
];

describe('INVITE client transaction, RFC 3261 §17.1.1 and RFC 6026', () => {
  it.each(DRAWN)('$from + $on -> $to: $because', ({ from, on, to, effects }) => {
    expect(stepInviteClient(from, on)).toEqual({ to, effects });
  });

  const rest = STATES.flatMap((from) => INPUTS.map((on) => ({ from, on }))).filter(
    ({ from, on }) => !DRAWN.some((drawn) => drawn.from === from && drawn.on === on),
  );
  it.each(rest)('$from absorbs $on', ({ from, on }) => {
    expect(stepInviteClient(from, on)).toEqual({ to: from, effects: [] });
  });
});
