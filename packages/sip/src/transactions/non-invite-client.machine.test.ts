import { describe, expect, it } from 'vitest';
import { stepNonInviteClient, type NonInviteClientInput, type NonInviteClientState } from './non-invite-client.machine.ts';

const STATES: NonInviteClientState[] = ['trying', 'proceeding', 'completed', 'terminated'];
const INPUTS: NonInviteClientInput[] = ['provisional', 'final', 'timerE', 'timerF', 'timerK', 'transportError'];

const DRAWN: { from: NonInviteClientState; on: NonInviteClientInput; to: NonInviteClientState; effects: string[]; because: string }[] = [
  { from: 'trying', on: 'provisional', to: 'proceeding', effects: ['passUp'], because: 'somebody is at it' },
  { from: 'trying', on: 'final', to: 'completed', effects: ['disarmEF', 'passUp', 'armK'], because: 'the answer is in' },
  { from: 'trying', on: 'timerE', to: 'trying', effects: ['send', 'armE'], because: 'nobody has answered yet' },
  { from: 'trying', on: 'timerF', to: 'terminated', effects: ['disarmEF', 'reportTimeout'], because: 'nobody will answer' },
  { from: 'trying', on: 'transportError', to: 'terminated', effects: ['disarmEF', 'reportTransport'], because: 'it cannot leave' },
  { from: 'proceeding', on: 'provisional', to: 'proceeding', effects: ['passUp'], because: 'each one is news' },
  { from: 'proceeding', on: 'final', to: 'completed', effects: ['disarmEF', 'passUp', 'armK'], because: 'the answer is in' },
  { from: 'proceeding', on: 'timerE', to: 'proceeding', effects: ['send', 'armE'], because: 'the answer may have been lost' },
  { from: 'proceeding', on: 'timerF', to: 'terminated', effects: ['disarmEF', 'reportTimeout'], because: 'it took too long' },
  { from: 'proceeding', on: 'transportError', to: 'terminated', effects: ['disarmEF', 'reportTransport'], because: 'the stream is gone' },
  { from: 'completed', on: 'timerK', to: 'terminated', effects: [], because: 'no copy can come any more' },
];

describe('non-INVITE client transaction, RFC 3261 §17.1.2', () => {
  it.each(DRAWN)('$from + $on -> $to: $because', ({ from, on, to, effects }) => {
    expect(stepNonInviteClient(from, on)).toEqual({ to, effects });
  });

  const rest = STATES.flatMap((from) => INPUTS.map((on) => ({ from, on }))).filter(
    ({ from, on }) => !DRAWN.some((drawn) => drawn.from === from && drawn.on === on),
  );
  it.each(rest)('$from absorbs $on', ({ from, on }) => {
    expect(stepNonInviteClient(from, on)).toEqual({ to: from, effects: [] });
  });
});
