import { isSipError } from '@jackfield/base';
import { describe, expect, it } from 'vitest';
import { answer, outgoing, response } from '../../session/test/loose-messages.ts';
import { freshSession, incoming } from './fakes.ts';
import { lastReason, reasonSupplement, setReason } from '../src/supplement.ts';

const supplement = reasonSupplement();
const BUSY = { Reason: 'Q.850;cause=17;text="user busy"' };
const busy = [{ protocol: 'Q.850', cause: 17, text: 'user busy' }];
const initial = { initial: true };

describe('why the peer ended the call (RFC 3326 §2)', () => {
  it.each(['BYE', 'CANCEL'])('%s says it, and passes', (method) => {
    const session = freshSession();
    expect(supplement.incomingRequest!(session, incoming(method, BUSY))).toBeUndefined();
    expect(session.cookies.get(lastReason)).toEqual(busy);
  });

  it('every value of every field is there', () => {
    const session = freshSession();
    void supplement.incomingRequest!(session, incoming('BYE', { Reason: ['SIP;cause=200;text="elsewhere", Q.850;cause=26', 'X'] }));
    expect(session.cookies.get(lastReason)?.map(({ protocol }) => protocol)).toEqual(['SIP', 'Q.850', 'X']);
  });

  it.each([486, 603, 302])('a %i to our INVITE says it', (status) => {
    const session = freshSession();
    expect(supplement.incomingResponse!(session, response(status, BUSY, outgoing('INVITE', {}, initial)))).toBeUndefined();
    expect(session.cookies.get(lastReason)).toEqual(busy);
  });

  it.each([
    { because: 'it is no end', message: response(183, BUSY, outgoing('INVITE', {}, initial)) },
    { because: 'a refused re-INVITE leaves the call as it was', message: response(488, BUSY, outgoing('INVITE')) },
    { because: 'the BYE was ours', message: response(481, BUSY, outgoing('BYE')) },
    { because: 'there is no reason in it', message: response(486, {}, outgoing('INVITE', {}, initial)) },
    { because: 'it is malformed', message: response(486, { Reason: ';;;' }, outgoing('INVITE', {}, initial)) },
  ])('a response does not: $because', ({ message }) => {
    const session = freshSession();
    supplement.incomingResponse!(session, message);
    expect(session.cookies.get(lastReason)).toBeUndefined();
  });

  it('an INVITE that tells why it was diverted does not', () => {
    const session = freshSession();
    void supplement.incomingRequest!(session, incoming('INVITE', BUSY));
    expect(session.cookies.get(lastReason)).toBeUndefined();
  });
});

describe('why we end it', () => {
  it.each(['BYE', 'CANCEL'])('our %s says normal clearing', (method) => {
    const request = outgoing(method);
    supplement.outgoingRequest!(freshSession(), request);
    expect(request.headers.getAll('Reason')).toEqual(['Q.850;cause=16']);
  });

  it('or another default, or none', () => {
    const rejected = outgoing('BYE');
    reasonSupplement({ cause: 21 }).outgoingRequest!(freshSession(), rejected);
    expect(rejected.headers.get('Reason')).toBe('Q.850;cause=21');
    const silent = outgoing('BYE');
    reasonSupplement({ cause: false }).outgoingRequest!(freshSession(), silent);
    expect(silent.headers.get('Reason')).toBeUndefined();
  });

  it('what the core ends by itself is no normal clearing', () => {
    const request = outgoing('BYE', {}, { origin: 'core' });
    supplement.outgoingRequest!(freshSession(), request);
    expect(request.headers.get('Reason')).toBeUndefined();
  });

  it('setReason replaces the default, for the core as well', () => {
    const session = freshSession();
    setReason(session, [
      { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' },
      { protocol: 'Q.850', cause: 26 },
    ]);
    const request = outgoing('CANCEL', {}, { origin: 'core' });
    supplement.outgoingRequest!(session, request);
    expect(request.headers.getAll('Reason')).toEqual(['SIP;cause=200;text="Call completed elsewhere"', 'Q.850;cause=26']);
  });

  it('a Reason that the application wrote itself stays alone', () => {
    const session = freshSession();
    setReason(session, { protocol: 'Q.850', cause: 31 });
    const request = outgoing('BYE', BUSY);
    supplement.outgoingRequest!(session, request);
    expect(request.headers.getAll('Reason')).toEqual([BUSY.Reason]);
    const refusal = answer(incoming('INVITE', {}, true), 486, BUSY);
    supplement.outgoingResponse!(session, refusal);
    expect(refusal.headers.getAll('Reason')).toEqual([BUSY.Reason]);
  });

  it.each([
    { status: 486, method: 'INVITE', first: true, written: true },
    { status: 302, method: 'INVITE', first: true, written: true },
    { status: 180, method: 'INVITE', first: true, written: false },
    { status: 200, method: 'INVITE', first: true, written: false },
    { status: 488, method: 'INVITE', first: false, written: false },
    { status: 481, method: 'BYE', first: false, written: false },
  ])('a $status to $method (first: $first) carries what was set: $written', ({ status, method, first, written }) => {
    const session = freshSession();
    setReason(session, { protocol: 'Q.850', cause: 17, text: 'user busy' });
    const message = answer(incoming(method, {}, first), status);
    supplement.outgoingResponse!(session, message);
    expect(message.headers.get('Reason')).toBe(written ? BUSY.Reason : undefined);
  });

  it('neither an INVITE nor a refusal has a default', () => {
    const invite = outgoing('INVITE', {}, initial);
    supplement.outgoingRequest!(freshSession(), invite);
    const refusal = answer(incoming('INVITE', {}, true), 486);
    supplement.outgoingResponse!(freshSession(), refusal);
    expect([invite.headers.get('Reason'), refusal.headers.get('Reason')]).toEqual([undefined, undefined]);
  });

  it.each([0, 128, 1.5])('refuses %d as the default cause', (cause) => {
    expect(() => reasonSupplement({ cause })).toThrow(expect.objectContaining({ code: 'REASON_SYNTAX', info: { part: 'cause' } }));
  });

  it('refuses two reasons of one protocol', () => {
    const thrown = (): unknown => {
      try {
        setReason(freshSession(), [{ protocol: 'SIP' }, { protocol: 'sip' }]);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(isSipError(thrown(), 'REASON_SYNTAX')).toBe(true);
  });
});
