import { HeaderList, parseUri, SipRequest, SipResponse } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import type { Reliability } from '../contract/reliability.ts';
import { isReliable, markReliable, refusalOf, reliableSequence, supportedWith } from './reliability.ts';

const ALL: readonly Reliability[] = ['off', 'supported', 'preferred', 'required'];

function invite(headers: Record<string, string>): SipRequest {
  return new SipRequest('INVITE', parseUri('sip:bob@192.0.2.1')!, new HeaderList(headers));
}

function response(status: number, headers: Record<string, string>, tag = ';tag=b'): SipResponse {
  return new SipResponse(status, 'Ringing', new HeaderList({ To: `<sip:bob@192.0.2.1>${tag}`, ...headers }));
}

describe('who gets a reliable provisional response, RFC 3262 §3', () => {
  const PLAIN = {};
  const CAN = { Supported: 'timer, 100REL' };
  const INSISTS = { Require: '100rel' };
  it.each<{ peer: Record<string, string>; wish: boolean | undefined; gets: Record<Reliability, boolean> }>([
    { peer: PLAIN, wish: undefined, gets: { off: false, supported: false, preferred: false, required: true } },
    { peer: PLAIN, wish: true, gets: { off: false, supported: false, preferred: false, required: true } },
    { peer: CAN, wish: undefined, gets: { off: false, supported: false, preferred: true, required: true } },
    { peer: CAN, wish: true, gets: { off: false, supported: true, preferred: true, required: true } },
    { peer: CAN, wish: false, gets: { off: false, supported: false, preferred: false, required: true } },
    { peer: INSISTS, wish: undefined, gets: { off: false, supported: true, preferred: true, required: true } },
    { peer: INSISTS, wish: false, gets: { off: false, supported: true, preferred: true, required: true } },
  ])('$peer, the application says $wish: $gets', ({ peer, wish, gets }) => {
    expect(Object.fromEntries(ALL.map((mode) => [mode, isReliable(invite(peer), mode, wish)]))).toEqual(gets);
  });

  it.each<{ peer: Record<string, string>; statuses: Record<Reliability, number | undefined> }>([
    { peer: PLAIN, statuses: { off: undefined, supported: undefined, preferred: undefined, required: 421 } },
    { peer: CAN, statuses: { off: undefined, supported: undefined, preferred: undefined, required: undefined } },
    { peer: INSISTS, statuses: { off: 420, supported: undefined, preferred: undefined, required: undefined } },
  ])('an INVITE with $peer is refused with $statuses', ({ peer, statuses }) => {
    expect(Object.fromEntries(ALL.map((mode) => [mode, refusalOf(invite(peer), mode)?.status]))).toEqual(statuses);
  });
});

describe('a response is reliable, RFC 3262 §4', () => {
  const SENT = { Require: '100rel', RSeq: '8' };
  it.each([
    { what: response(183, SENT), mode: 'supported', sequence: 8, because: 'it says so' },
    { what: response(183, SENT), mode: 'off', sequence: undefined, because: 'we never offered to acknowledge it' },
    { what: response(100, SENT), mode: 'supported', sequence: undefined, because: '100 is of one hop' },
    { what: response(200, SENT), mode: 'supported', sequence: undefined, because: 'a 2xx has its ACK' },
    { what: response(183, { RSeq: '8' }), mode: 'supported', sequence: undefined, because: 'it does not ask for PRACK' },
    { what: response(183, { Require: '100rel' }), mode: 'supported', sequence: undefined, because: 'it has no number' },
    { what: response(183, { Require: '100rel', RSeq: '0' }), mode: 'supported', sequence: undefined, because: 'numbers begin at 1' },
    { what: response(183, { Require: '100rel', RSeq: '4294967295' }), mode: 'supported', sequence: 4_294_967_295, because: 'and end here' },
    { what: response(183, { Require: '100rel', RSeq: '4294967296' }), mode: 'supported', sequence: undefined, because: 'and not here' },
    { what: response(183, SENT, ''), mode: 'supported', sequence: undefined, because: 'it makes no dialog for the PRACK' },
  ] as const)('$sequence, since $because', ({ what, mode, sequence }) => {
    expect(reliableSequence(what, mode)).toBe(sequence);
  });

  it('and says so once, whatever a hook made of it', () => {
    const headers = new HeaderList({ Require: 'timer, 100rel', RSeq: '1' });
    markReliable(headers, 9);
    expect([headers.getAll('Require'), headers.getAll('RSeq')]).toEqual([['timer, 100rel'], ['9']]);
    headers.delete('Require');
    markReliable(headers, 9);
    expect(headers.getAll('Require')).toEqual(['100rel']);
  });
});

describe('Supported of a call', () => {
  it.each([
    ['timer, 100rel', 'supported', 'timer, 100rel'],
    ['timer, 100rel', 'off', 'timer'],
    ['100rel', 'off', ''],
    ['timer', 'required', 'timer, 100rel'],
    ['', 'preferred', '100rel'],
    ['', 'off', ''],
  ] as const)('of a service with "%s", when it is %s: "%s"', (all, mode, shown) => {
    expect(supportedWith(all, mode)).toBe(shown);
  });
});
