import { parseUri, type OutgoingRequest } from '@jackfield/sip';
import type { Session } from '@jackfield/session';
import { describe, expect, it } from 'vitest';
import { looseIntent, outgoingResponse } from '@jackfield/session/testing';
import { received, request, sent, sessionWith, STRANGER, TRUSTED } from './fakes.ts';
import type { Identity } from '../src/identity.ts';
import { setIdentity, type LocalIdentity } from '../src/outgoing.ts';
import { identityCookie, identitySupplement, type IdentityOptions } from '../src/supplement.ts';

const PAI = 'P-Asserted-Identity';
const RPID = 'Remote-Party-ID';
const inDialog = { toTag: ';tag=a1' };

function identityOf(session: Session): Identity | undefined {
  return session.cookies.get(identityCookie);
}

describe('the identity of the peer', () => {
  it('lies on the session from admission on, so that whoever screens finds it', () => {
    const session = sessionWith(TRUSTED, 'incoming');
    expect(identitySupplement().admitSession!(looseIntent(session, request([`${PAI}: <sip:4711@example.net>`])))).toBeUndefined();
    expect(identityOf(session)).toMatchObject({ number: '4711', source: PAI });
  });

  it('is believed as far as the endpoint is trusted, or as the option says', () => {
    const invite = request([`${PAI}: <sip:4711@example.net>`]);
    const read = (options?: IdentityOptions, endpoint = STRANGER): Identity | undefined => {
      const session = sessionWith(endpoint, 'incoming');
      void identitySupplement(options).admitSession!(looseIntent(session, invite));
      return identityOf(session);
    };
    expect(read()?.source).toBe('From');
    expect(read({ trusted: ({ name }) => name === 'anyone' })?.source).toBe(PAI);
    expect(read({ trusted: () => false }, TRUSTED)?.source).toBe('From');
    expect(read({ configured: ({ name }) => ({ uri: parseUri(`sip:${name}@pbx.example`)! }) })).toMatchObject({
      source: 'endpoint',
      number: 'anyone',
    });
  });

  it.each(['INVITE', 'UPDATE'])('changes with a %s in the dialog that asserts another', (method) => {
    const told: unknown[] = [];
    const supplement = identitySupplement({ onUpdate: (_session, now, before) => told.push([before?.number, now.number]) });
    const session = sessionWith(TRUSTED, 'incoming');
    void supplement.admitSession!(looseIntent(session, request([`${PAI}: <sip:1@example.net>`])));
    void supplement.incomingRequest!(session, request([`${PAI}: <sip:2@example.net>`], { method, ...inDialog }));
    void supplement.incomingRequest!(session, request([`${PAI}: <sip:2@example.net>`], { method, ...inDialog }));
    expect(identityOf(session)?.number).toBe('2');
    expect(told).toEqual([['1', '2']]);
  });

  it('is not taken back by a refresh that asserts nothing', () => {
    const supplement = identitySupplement();
    const session = sessionWith(TRUSTED, 'incoming');
    void supplement.admitSession!(looseIntent(session, request([`${PAI}: <sip:1@example.net>`])));
    void supplement.incomingRequest!(session, request([], { method: 'UPDATE', ...inDialog }));
    expect(identityOf(session)).toMatchObject({ number: '1', source: PAI });
  });

  it('follows a From that changes in the dialog (RFC 4916)', () => {
    const supplement = identitySupplement();
    const session = sessionWith(STRANGER, 'incoming');
    void supplement.admitSession!(looseIntent(session, request([])));
    void supplement.incomingRequest!(session, request(['From: <sip:carol@example.net>;tag=b1'], { method: 'UPDATE', ...inDialog }));
    expect(identityOf(session)?.number).toBe('carol');
  });

  it('of an outgoing call comes with the responses', () => {
    const told: unknown[] = [];
    const supplement = identitySupplement({ onUpdate: (_session, now, before) => told.push([before?.number, now.number]) });
    const session = sessionWith(TRUSTED);
    void supplement.admitSession!(looseIntent(session));
    expect(identityOf(session)).toBeUndefined();
    for (const [status, user] of [
      [100, '1'],
      [180, '2'],
      [200, '3'],
      [486, '4'],
    ] as const) {
      supplement.incomingResponse!(session, received(status, { [PAI]: `<sip:${user}@example.net>` }));
    }
    supplement.incomingResponse!(session, received(200, { [PAI]: '<sip:5@example.net>' }, 'core'));
    expect(identityOf(session)?.number).toBe('3');
    expect(told).toEqual([
      [undefined, '2'],
      ['2', '3'],
    ]);
  });
});

describe('I10: our identity on what we send', () => {
  const ALICE: LocalIdentity = { uri: 'sip:+12015550100@example.com', name: 'Alice "A"' };
  const restricted: LocalIdentity = { ...ALICE, presentation: 'restricted' };
  const both: IdentityOptions = { headers: [PAI, RPID] };

  function headersOf(options: IdentityOptions, session: Session, message = sent()): Record<string, string | undefined> {
    identitySupplement(options).outgoingRequest!(session, message);
    const { headers } = message;
    return Object.fromEntries(['From', PAI, RPID, 'Privacy'].map((name) => [name, headers.get(name)]));
  }
  const from = '"Alice" <sip:alice@example.com>;tag=a1';
  const anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a1';
  const address = String.raw`"Alice \"A\"" <sip:+12015550100@example.com>`;

  it('nothing is written when nobody said who we are', () => {
    expect(headersOf({}, sessionWith(TRUSTED))).toEqual({ From: from, [PAI]: undefined, [RPID]: undefined, Privacy: undefined });
  });

  it.each([TRUSTED, STRANGER])('one that may be shown is asserted to $name', (endpoint) => {
    expect(headersOf({ ...both, local: () => ALICE }, sessionWith(endpoint))).toEqual({
      From: from,
      [PAI]: address,
      [RPID]: `${address};party=calling;privacy=off;screen=yes`,
      Privacy: undefined,
    });
    expect(headersOf({ local: () => ALICE }, sessionWith(endpoint))).toMatchObject({ [PAI]: address, [RPID]: undefined });
  });

  it('a restricted one goes to a trusted peer with the request to keep it', () => {
    const session = sessionWith(TRUSTED);
    setIdentity(session, restricted);
    expect(headersOf(both, session)).toEqual({
      From: from,
      [PAI]: address,
      [RPID]: `${address};party=calling;privacy=full;screen=yes`,
      Privacy: 'id',
    });
    expect(headersOf(both, session, sent({ Privacy: 'session;critical' })).Privacy).toBe('session;critical;id');
    expect(headersOf(both, session, sent({ Privacy: 'none' })).Privacy).toBe('id');
  });

  it('a restricted one is kept from all others: no assertion, an anonymous From with the tag of the dialog', () => {
    const session = sessionWith(STRANGER);
    setIdentity(session, restricted);
    const hidden = { From: anonymous, [PAI]: undefined, [RPID]: undefined, Privacy: undefined };
    expect(headersOf(both, session)).toEqual(hidden);
    const written = sent({
      [PAI]: '<sip:alice@example.com>',
      [RPID]: '<sip:alice@example.com>',
      'P-Preferred-Identity': '<sip:alice@example.com>',
    });
    expect(headersOf(both, session, written)).toEqual(hidden);
    expect(written.headers.get('P-Preferred-Identity')).toBeUndefined();
  });

  it('trustedOutbound and anonymous replace who is shown it, and what the others see', () => {
    const session = sessionWith(STRANGER);
    setIdentity(session, restricted);
    expect(headersOf({ trustedOutbound: () => true }, session)).toMatchObject({ From: from, [PAI]: address, Privacy: 'id' });
    expect(headersOf({ anonymous: { uri: parseUri('sip:account@carrier.example')! } }, session).From).toBe(
      '<sip:account@carrier.example>;tag=a1',
    );
  });

  it('one that may be shown takes the place of a From that nobody gave, and of no other', () => {
    const nobody = { From: '<sip:anonymous@anonymous.invalid>;tag=a1' };
    const local = (): LocalIdentity => ALICE;
    expect(headersOf({ local }, sessionWith(STRANGER), sent(nobody)).From).toBe(`${address};tag=a1`);
    expect(headersOf({ local }, sessionWith(STRANGER), sent(nobody, { initial: false })).From).toBe(nobody.From);
    expect(headersOf({ local: () => restricted }, sessionWith(TRUSTED), sent(nobody))).toMatchObject({ From: nobody.From, [PAI]: address });
    expect(headersOf({ local: () => ({ ...ALICE, presentation: 'unavailable' }) }, sessionWith(TRUSTED), sent(nobody)).From).toBe(
      nobody.From,
    );
  });

  it('a Privacy header of the application restricts what is said, and a From that is its own', () => {
    const asked = (): OutgoingRequest => sent({ Privacy: 'id', [PAI]: '<sip:alice@example.com>' });
    const hidden = { From: anonymous, [PAI]: undefined, [RPID]: undefined, Privacy: 'id' };
    expect(headersOf({}, sessionWith(STRANGER), asked())).toEqual(hidden);
    expect(headersOf({ ...both, local: () => ALICE }, sessionWith(STRANGER), asked())).toEqual(hidden);
    expect(headersOf({}, sessionWith(TRUSTED), asked())).toMatchObject({ From: from, [PAI]: '<sip:alice@example.com>', Privacy: 'id' });
    expect(headersOf({ local: () => ALICE }, sessionWith(TRUSTED), asked())).toMatchObject({ From: from, [PAI]: address, Privacy: 'id' });
    expect(headersOf({}, sessionWith(STRANGER), sent({ Privacy: 'none' })).From).toBe(from);
  });

  it('privacy that was asked for once holds for the call: a refresh tells nothing', () => {
    const session = sessionWith(STRANGER);
    const refresh = (): OutgoingRequest => sent({}, { method: 'UPDATE', initial: false });
    expect(headersOf({ local: () => ALICE }, session, refresh())[PAI]).toBe(address);
    headersOf({ local: () => ALICE }, session, sent({ Privacy: 'id' }));
    expect(headersOf({ local: () => ALICE }, session, refresh())).toMatchObject({ From: from, [PAI]: undefined });
  });

  it('can be set at admission, where there is no session yet', () => {
    const session = sessionWith(STRANGER);
    setIdentity(looseIntent(session), restricted);
    expect(headersOf(both, session).From).toBe(anonymous);
  });

  it('From is the dialog’s: in a dialog it stays', () => {
    const session = sessionWith(STRANGER);
    setIdentity(session, restricted);
    expect(headersOf(both, session, sent({}, { method: 'UPDATE', initial: false }))).toEqual({
      From: from,
      [PAI]: undefined,
      [RPID]: undefined,
      Privacy: undefined,
    });
  });

  it('setIdentity goes before the option, until it is taken back', () => {
    const session = sessionWith(TRUSTED);
    setIdentity(session, { uri: 'tel:+12015550177' });
    expect(headersOf({ local: () => ALICE }, session)[PAI]).toBe('<tel:+12015550177>');
    setIdentity(session, undefined);
    expect(headersOf({ local: () => ALICE }, session)[PAI]).toBe(address);
  });

  it('T-40: a caller that is passed on is asserted when it was vouched for, and not when it only claimed to be', () => {
    const pass = (endpoint: typeof TRUSTED, lines: string[]): Record<string, string | undefined> => {
      const caller = sessionWith(endpoint, 'incoming');
      void identitySupplement().admitSession!(looseIntent(caller, request(lines)));
      return headersOf({ ...both, local: () => identityOf(caller) }, sessionWith(TRUSTED));
    };
    const lines = [`${PAI}: <sip:4711@example.net>`];
    expect(pass(TRUSTED, lines)).toMatchObject({ From: from, [PAI]: '<sip:4711@example.net>' });
    expect(pass(STRANGER, lines)).toMatchObject({
      From: from,
      [PAI]: undefined,
      [RPID]: '"Bob" <sip:bob@example.net>;party=calling;privacy=off;screen=no',
    });
    expect(pass(STRANGER, [...lines, 'Privacy: id'])).toEqual({ From: anonymous, [PAI]: undefined, [RPID]: undefined, Privacy: undefined });
  });

  it('an identity that is unavailable is not asserted', () => {
    expect(headersOf({ ...both, local: () => ({ ...ALICE, presentation: 'unavailable' }) }, sessionWith(TRUSTED))).toMatchObject({
      [PAI]: undefined,
      [RPID]: undefined,
    });
  });

  it.each([
    { status: 100, written: false },
    { status: 180, written: true },
    { status: 200, written: true },
    { status: 486, written: false },
  ])('a $status shows who is called: $written', ({ status, written }) => {
    const session = sessionWith(TRUSTED, 'incoming');
    setIdentity(session, ALICE);
    const response = outgoingResponse(request([]), status);
    identitySupplement(both).outgoingResponse!(session, response);
    expect(response.headers.get(PAI)).toBe(written ? address : undefined);
    expect(response.headers.get(RPID)).toBe(written ? `${address};party=called;privacy=off;screen=yes` : undefined);
  });

  it('what keeps us from knowing who we are is thrown, so that the core does not send the request', () => {
    const local = (): never => {
      throw new Error('directory down');
    };
    expect(() => identitySupplement({ local }).outgoingRequest!(sessionWith(TRUSTED), sent())).toThrow('directory down');
    expect(() => headersOf({ local: () => ({ uri: 'no uri' }) }, sessionWith(TRUSTED))).toThrow(
      expect.objectContaining({ code: 'SIP_URI_SYNTAX' }),
    );
    expect(() => setIdentity(sessionWith(TRUSTED), { uri: 'no uri' })).toThrow(expect.objectContaining({ code: 'SIP_URI_SYNTAX' }));
  });
});
