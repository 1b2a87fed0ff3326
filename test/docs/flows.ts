/** The 27 flows of a call, and for each the ladder that shows it from either side. There is none from a side that does not take part in it. */

/** A file of ladders, and the heading of one of them. */
export type Scene = readonly [file: string, heading: string];

export interface Flow {
  readonly number: number;
  readonly title: string;
  readonly caller: Scene | undefined;
  readonly callee: Scene | undefined;
}

const SESSION = 'packages/session/test/ladders';
const TIMERS = 'packages/supplement-session-timers/test/ladders';
const REFER = 'packages/supplement-refer/test/ladders';

const flow = (number: number, title: string, caller: Scene | undefined, callee: Scene | undefined): Flow => ({
  number,
  title,
  caller,
  callee,
});
const of = (file: string, heading: string, folder = SESSION): Scene => [`${folder}/${file}.txt`, heading];

export const FLOWS: readonly Flow[] = [
  flow(1, 'an INVITE with an offer comes in', undefined, of('F01-incoming-call', 'answered, ended by the caller')),
  flow(2, 'an INVITE without an offer comes in', undefined, of('F02-incoming-without-offer', 'answered')),
  flow(3, 'an INVITE of ours', of('F03-outgoing-call', 'answered, ended by the caller'), undefined),
  flow(
    4,
    'early media, then the same answer',
    of('F04-early-media', 'as caller: applied once'),
    of('F04-early-media', 'as callee: the 2xx says the same again, and nothing is applied twice'),
  ),
  flow(
    5,
    'other answers: forks',
    of('F05-forks', 'two early dialogs: the latest is heard, the one that answers wins'),
    undefined, // it is one of the forks, and does not know
  ),
  flow(
    6,
    'reliable provisional responses',
    of('F06b-reliable-responses-heard', 'an answer in a 183, then the 2xx without one'),
    of('F06-reliable-responses', 'the answer in a 183: progress resolves with its PRACK, the 2xx says it no more'),
  ),
  flow(
    7,
    'an INVITE with an offer inside the call comes in',
    of('F07-incoming-reinvite', 'of the callee, heard by the caller'),
    of('F07-incoming-reinvite', 'held and resumed, the same stream throughout'),
  ),
  flow(
    8,
    'an INVITE without an offer inside the call comes in',
    of('F08-incoming-reinvite-without-offer', 'of the callee, heard by the caller'),
    of('F08-incoming-reinvite-without-offer', 'answered'),
  ),
  flow(
    9,
    'an INVITE of ours inside the call',
    of('F09-outgoing-reinvite', 'held and resumed, by INVITE'),
    of('F09-outgoing-reinvite', 'by the callee'),
  ),
  flow(
    10,
    'UPDATE without a description',
    of('F10-update-without-a-description', 'ours, as caller'),
    of('F10-update-without-a-description', 'ours, as callee'),
  ),
  flow(11, 'UPDATE with an offer', of('F11-update', 'as caller'), of('F11-update', 'as callee')),
  flow(12, '491 to ours', of('F12-glare', 're-INVITE of the caller'), of('F12-glare', 're-INVITE of the callee')),
  flow(
    13,
    'CANCEL comes in',
    of('F13-incoming-cancel', 'of a re-INVITE of the callee, heard by the caller: 487, the call goes on'),
    of('F13-incoming-cancel', 'while it rings'),
  ),
  flow(
    14,
    'CANCEL of ours',
    of('F14-outgoing-cancel', 'after a provisional response'),
    of('F14-outgoing-cancel', 'an INVITE of ours inside the call that is not answered in time, as callee: the call goes on'),
  ),
  flow(15, 'BYE comes in', of('F15-incoming-bye', 'by the callee'), of('F15-incoming-bye', 'by the caller')),
  flow(16, 'BYE of ours', of('F16-outgoing-bye', 'by the caller'), of('F16-outgoing-bye', 'by the callee')),
  flow(
    17,
    'session timers',
    of('F17-session-timers', 'the callee does not refresh: the caller ends the call before the interval is over', TIMERS),
    of('F17-session-timers', 'the caller refreshes, the callee hears it', TIMERS),
  ),
  flow(18, 'an offer that nobody can have', of('F18-nothing-usable', 'as the caller meets it'), of('F18-nothing-usable', 'no codec')),
  flow(
    19,
    'an answer that nobody can have',
    of('F19-unusable-answer', 'as caller: an answer that breaks offer/answer'),
    of('F19-unusable-answer', 'as callee with a late offer: the ACK brings no usable answer'),
  ),
  flow(
    20,
    '302',
    of('F20-redirected', 'as caller: followed as the endpoint says'),
    of('F20-redirected', 'as callee: the driver sends the caller elsewhere'),
  ),
  flow(
    21,
    '401 or 407 to the first INVITE',
    of('F21-challenged', 'as caller: the same INVITE again, hooks once'),
    of('F21-challenged', 'as callee: challenged before anything exists, then let in'),
  ),
  flow(
    22,
    '401 or 407 inside the call',
    of('F22-challenged-inside', 'ours, as caller: an INVITE'),
    of('F22-challenged-inside', 'theirs, as callee: what the INVITE was let in with still serves, and then it is stale'),
  ),
  flow(
    23,
    'the next server',
    of('F23-next-server', 'as caller: 503'),
    of('F23-next-server', 'inside the call, as callee: BYE, and no answer'),
  ),
  flow(
    24,
    'REFER',
    of('F24-refer', 'ours, as caller: accepted, and told to the end', REFER),
    of('F24-refer', 'theirs, as callee: followed', REFER),
  ),
  flow(
    25,
    'refused by a supplement',
    of('F25-refused-by-a-supplement', 'our own call, a supplement that fails over the INVITE: nothing leaves'),
    of('F25-refused-by-a-supplement', 'as a request, before anything is claimed'),
  ),
  flow(
    26,
    'the connection breaks',
    of('F26-lost-connection', 'established, as caller: the next request goes by another connection'),
    of('F26-lost-connection', 'as callee, ringing'),
  ),
  flow(
    27,
    'a plug-in is unregistered',
    of('F27-unregistered', 'a supplement, as caller'),
    of('F27-unregistered', 'a supplement, as callee'),
  ),
];
