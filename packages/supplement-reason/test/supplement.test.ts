import { isSipError } from '@jackfield/base';
import { describe, expect, it } from 'vitest';
import { incomingRequest, incomingResponse, looseSession, outgoingRequest, outgoingResponse } from '@jackfield/session/testing';
import { lastReason, reasonSupplement, setReason } from '../src/supplement.ts';

const supplement = reasonSupplement();
const BUSY = { Reason: 'Q.850;cause=17;text="user busy"' };
const busy = [{ protocol: 'Q.850', cause: 17, text: 'user busy' }];
const initial = { initial: true };

describe('why the peer ended the call (RFC 3326 §2)', () => {
  it.each(['BYE', 'CANCEL'])('%s says it, and passes', (method) => {
    const session = looseSession();
    expect(supplement.incomingRequest!(session, incomingRequest(method, BUSY))).toBeUndefined();
    expect(session.cookies.get(lastReason)).toEqual(busy);
  });

  it('every value of every field is there', () => {
    const session = looseSession();
    void supplement.incomingRequest!(session, incomingRequest('BYE', { Reason: ['SIP;cause=200;text="elsewhere", Q.850;cause=26', 'X'] }));
    expect(session.cookies.get(lastReason)?.map(({ protocol }) => protocol)).toEqual(['SIP', 'Q.850', 'X']);
  });

  it.each([486, 603, 302])('a %i to our INVITE says it', (status) => {
    const session = looseSession();
    expect(supplement.incomingResponse!(session, incomingResponse(outgoingRequest('INVITE', {}, initial), status, BUSY))).toBeUndefined();
    expect(session.cookies.get(lastReason)).toEqual(busy);
  });

  it.each([
    { because: 'it is no end', message: incomingResponse(outgoingRequest('INVITE', {}, initial), 183, BUSY) },
    { because: 'a refused re-INVITE leaves the call as it was', message: incomingResponse(outgoingRequest('INVITE'), 488, BUSY) },
    { because: 'the BYE was ours', message: incomingResponse(outgoingRequest('BYE'), 481, BUSY) },
    { because: 'there is no reason in it', message: incomingResponse(outgoingRequest('INVITE', {}, initial), 486, {}) },
    { because: 'it is malformed', message: incomingResponse(outgoingRequest('INVITE', {}, initial), 486, { Reason: ';;;' }) },
  ])('a response does not: $because', ({ message }) => {
    const session = looseSession();
    supplement.incomingResponse!(session, message);
    expect(session.cookies.get(lastReason)).toBeUndefined();
  });

  it('an INVITE that tells why it was diverted does not', () => {
    const session = looseSession();
    void supplement.incomingRequest!(session, incomingRequest('INVITE', BUSY));
    expect(session.cookies.get(lastReason)).toBeUndefined();
  });
});

describe('why we end it', () => {
  it.each(['BYE', 'CANCEL'])('our %s says normal clearing', (method) => {
    const request = outgoingRequest(method);
    supplement.outgoingRequest!(looseSession(), request);
    expect(request.headers.getAll('Reason')).toEqual(['Q.850;cause=16']);
  });

  it('or another default, or none', () => {
    const rejected = outgoingRequest('BYE');
    reasonSupplement({ cause: 21 }).outgoingRequest!(looseSession(), rejected);
    expect(rejected.headers.get('Reason')).toBe('Q.850;cause=21');
    const silent = outgoingRequest('BYE');
    reasonSupplement({ cause: false }).outgoingRequest!(looseSession(), silent);
    expect(silent.headers.get('Reason')).toBeUndefined();
  });

  it('what the core ends by itself is no normal clearing', () => {
    const request = outgoingRequest('BYE', {}, { origin: 'core' });
    supplement.outgoingRequest!(looseSession(), request);
    expect(request.headers.get('Reason')).toBeUndefined();
  });

  it('setReason replaces the default, for the core as well', () => {
    const session = looseSession();
    setReason(session, [
      { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' },
      { protocol: 'Q.850', cause: 26 },
    ]);
    const request = outgoingRequest('CANCEL', {}, { origin: 'core' });
    supplement.outgoingRequest!(session, request);
    expect(request.headers.getAll('Reason')).toEqual(['SIP;cause=200;text="Call completed elsewhere"', 'Q.850;cause=26']);
  });

  it('a Reason that the application wrote itself stays alone', () => {
    const session = looseSession();
    setReason(session, { protocol: 'Q.850', cause: 31 });
    const request = outgoingRequest('BYE', BUSY);
    supplement.outgoingRequest!(session, request);
    expect(request.headers.getAll('Reason')).toEqual([BUSY.Reason]);
    const refusal = outgoingResponse(incomingRequest('INVITE', {}, initial), 486, BUSY);
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
    const session = looseSession();
    setReason(session, { protocol: 'Q.850', cause: 17, text: 'user busy' });
    const message = outgoingResponse(incomingRequest(method, {}, { initial: first }), status);
    supplement.outgoingResponse!(session, message);
    expect(message.headers.get('Reason')).toBe(written ? BUSY.Reason : undefined);
  });

  it('neither an INVITE nor a refusal has a default', () => {
    const invite = outgoingRequest('INVITE', {}, initial);
    supplement.outgoingRequest!(looseSession(), invite);
    const refusal = outgoingResponse(incomingRequest('INVITE', {}, initial), 486);
    supplement.outgoingResponse!(looseSession(), refusal);
    expect([invite.headers.get('Reason'), refusal.headers.get('Reason')]).toEqual([undefined, undefined]);
  });

  it.each([0, 128, 1.5])('refuses %d as the default cause', (cause) => {
    expect(() => reasonSupplement({ cause })).toThrow(expect.objectContaining({ code: 'REASON_SYNTAX', info: { part: 'cause' } }));
  });

  it('refuses two reasons of one protocol', () => {
    const thrown = (): unknown => {
      try {
        setReason(looseSession(), [{ protocol: 'SIP' }, { protocol: 'sip' }]);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(isSipError(thrown(), 'REASON_SYNTAX')).toBe(true);
  });
});
