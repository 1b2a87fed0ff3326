import { describe, expect, it } from 'vitest';
import { consequenceOf, CONSEQUENCES, type Consequence } from './consequence.ts';

/** RFC 5057 §5.1, table 1, column by column, as it stands for a NOTIFY inside a subscription that shares its dialog with a call. */
const TRANSACTION = [
  400, 401, 402, 403, 406, 407, 412, 413, 414, 415, 417, 420, 421, 422, 423, 428, 429, 436, 437, 438, 486, 487, 488, 491, 493, 494, 500,
  503, 504, 505, 513, 580, 600, 603, 606,
];
const USAGE = [405, 480, 481, 489, 501, 408]; // 408 by note 4: as a timeout, §5.2
const DIALOG = [404, 410, 416, 482, 483, 484, 485, 502, 604];

describe('what a failure response ends, RFC 5057 §5', () => {
  it.each<{ statuses: readonly number[]; ends: Consequence }>([
    { statuses: TRANSACTION, ends: 'transaction' },
    { statuses: USAGE, ends: 'usage' },
    { statuses: DIALOG, ends: 'dialog' },
    { statuses: [499, 470, 599, 699, 300, 302, 380], ends: 'transaction' },
    { statuses: [100, 180, 199, 200, 202, 299], ends: 'none' },
  ])('NOTIFY and $statuses: $ends', ({ statuses, ends }) => {
    expect(statuses.filter((status) => consequenceOf(status, 'NOTIFY') !== ends)).toEqual([]);
  });

  it('is listed for each status that ends more than its transaction, and for no other', () => {
    expect([...CONSEQUENCES.keys()].toSorted((a, b) => a - b)).toEqual([...USAGE, ...DIALOG].toSorted((a, b) => a - b));
  });

  it.each<{ method: string; status: number; ends: Consequence; because: string }>([
    { method: 'INVITE', status: 408, ends: 'usage', because: 'the peer of a call is silent' },
    { method: 'UPDATE', status: 481, ends: 'usage', because: 'the peer has lost the call' },
    { method: 'INVITE', status: 481, ends: 'usage', because: 'the peer has lost the call' },
    { method: 'INVITE', status: 488, ends: 'transaction', because: 'the offer is refused, and the call goes on as it was (RFC 6141 §3)' },
    { method: 'INVITE', status: 491, ends: 'transaction', because: 'it is tried again (RFC 3261 §14.1)' },
    { method: 'INVITE', status: 500, ends: 'transaction', because: 'the failure is told, not the end' },
    { method: 'INFO', status: 405, ends: 'transaction', because: 'a call does without INFO' },
    { method: 'UPDATE', status: 501, ends: 'transaction', because: 'a call does without UPDATE' },
    { method: 'REFER', status: 405, ends: 'transaction', because: 'a call does without REFER' },
    { method: 'INVITE', status: 405, ends: 'usage', because: 'there is no call without INVITE' },
    { method: 'SUBSCRIBE', status: 501, ends: 'usage', because: 'there is no subscription without it' },
    { method: 'INFO', status: 489, ends: 'transaction', because: 'of events, 489 speaks to SUBSCRIBE and NOTIFY alone' },
    { method: 'CANCEL', status: 481, ends: 'transaction', because: 'the INVITE was over already (note 8)' },
    { method: 'CANCEL', status: 404, ends: 'transaction', because: 'a CANCEL speaks for nobody' },
    { method: 'CANCEL', status: 200, ends: 'none', because: 'the INVITE tells what came of it' },
    { method: 'PRACK', status: 481, ends: 'transaction', because: 'no such response waits for it (RFC 3262 §3)' },
    { method: 'PRACK', status: 408, ends: 'usage', because: 'the peer is silent' },
    { method: 'OPTIONS', status: 481, ends: 'transaction', because: 'it belongs to no usage (§5.3)' },
    { method: 'OPTIONS', status: 408, ends: 'transaction', because: 'it belongs to no usage (§5.3)' },
    { method: 'MESSAGE', status: 480, ends: 'transaction', because: 'it belongs to no usage (§5.3)' },
    { method: 'X-OTHER', status: 501, ends: 'transaction', because: 'nobody knows its usage (§5.3)' },
    { method: 'OPTIONS', status: 404, ends: 'dialog', because: 'the target of all usages is gone' },
    { method: 'X-OTHER', status: 502, ends: 'dialog', because: 'the way of all usages is broken' },
    { method: 'BYE', status: 200, ends: 'usage', because: 'it is over' },
    { method: 'BYE', status: 500, ends: 'usage', because: 'it is over whatever the peer says (RFC 3261 §15.1.1)' },
    { method: 'BYE', status: 408, ends: 'usage', because: 'it is over' },
    { method: 'BYE', status: 404, ends: 'dialog', because: 'the target is gone' },
    { method: 'BYE', status: 401, ends: 'transaction', because: 'it is asked for once more' },
    { method: 'BYE', status: 407, ends: 'transaction', because: 'it is asked for once more' },
    { method: 'BYE', status: 100, ends: 'none', because: 'nothing is decided yet' },
  ])('$method $status: $ends, for $because', ({ method, status, ends }) => {
    expect(consequenceOf(status, method)).toBe(ends);
  });
});
