/** What endpoints that are not trusted say of identities, on its way through a service that calls on. */
import { defineEndpoint, type EndpointProfile, type Session } from '@jackfield/session';
import { Testbed } from '@jackfield/session/testing';
import { parseUri, type NameAddr } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { identityCookie, registerIdentity, setIdentity } from '../src/index.ts';

const CLAIMS = {
  'P-Asserted-Identity': '"The Boss" <sip:+15550100@example.com>',
  'Remote-Party-ID': '<sip:+15550101@example.com>;screen=yes',
  Diversion: '<sip:+15550102@example.com>;reason=no-answer',
  Reason: 'Q.850;cause=16',
  'X-Internal-Account': '42',
  'X-Ast-Orig-Host': '10.0.0.1',
};

/** Mallory calls bob, who calls carol in turn, with the identity that he has of mallory. */
async function passedOn(endpoint: Omit<EndpointProfile, 'name'> | undefined, from?: NameAddr) {
  const bed = new Testbed();
  const mallory = await bed.party('mallory', { traced: false });
  const endpoints = endpoint === undefined ? [] : [defineEndpoint({ name: 'mallory', ...endpoint })];
  const bob = await bed.party('bob', { endpoints });
  const carol = await bed.party('carol', { traced: false });
  registerIdentity(bob.service, { headers: ['P-Asserted-Identity', 'Remote-Party-ID'] });
  mallory.service.registerSdpHandler(mallory.audio, 'audio');
  carol.service.registerSdpHandler(carol.audio, 'audio');
  let arrived: Session | undefined;
  carol.service.onIncoming((session) => {
    arrived = session;
    return session.accept();
  });
  let seen: Session | undefined;
  bob.service.onIncoming(async (session) => {
    seen = session;
    const onward = bob.service.create(carol.uri(), { endpoint: { name: 'carol', trusted: true } });
    setIdentity(onward, session.cookies.get(identityCookie));
    await onward.established;
    await session.accept();
  });
  const call = mallory.service.create(bob.uri(), { headers: CLAIMS, from });
  call.established.catch(() => undefined);
  await bed.clock.advance(2000);
  const identity = seen?.cookies.get(identityCookie);
  const onward = arrived?.invite.headers;
  await bed.close();
  return { identity, onward };
}

describe('what a caller says of itself', () => {
  it.each([
    { who: 'a stranger', endpoint: undefined },
    { who: 'a known peer that is not trusted', endpoint: { trusted: false, match: { address: '192.0.2.1' } } },
    {
      who: 'one that claims to be a trusted peer',
      endpoint: { trusted: true, match: { address: '198.51.100.1', header: { name: 'X-Internal-Account', value: '42' } } },
    },
  ])(
    'T-40: P-Asserted-Identity, Remote-Party-ID, Diversion, Reason and private headers of $who are no identity, and are not passed on',
    async ({ endpoint }) => {
      const { identity, onward } = await passedOn(endpoint, { uri: parseUri('sip:mallory@example.com')! });
      expect(identity).toMatchObject({ source: 'From', screened: false, asserted: [], presentation: 'allowed' });
      const { 'Remote-Party-ID': _, ...others } = CLAIMS;
      for (const name of Object.keys(others)) expect(onward?.get(name), name).toBeUndefined();
      expect(onward?.get('Remote-Party-ID')).toBe('<sip:mallory@example.com>;party=calling;privacy=off;screen=no');
    },
  );

  it.each([
    {
      from: 'sip:mallory:secret@example.com:5099;maddr=10.0.0.1;lr;ttl=3;method=BYE;x-ast-orig-host=10.0.0.1?Replaces=a%3Bb',
      on: 'sip:mallory@example.com',
    },
    {
      from: 'sip:+15550100;verstat=TN-Validation-Passed;phone-context=+1;cpc=priority@example.com;user=phone',
      on: 'sip:+15550100;phone-context=+1@example.com;user=phone',
    },
    { from: 'sips:+15550100@example.com;user=phone;transport=tcp', on: 'sips:+15550100@example.com;user=phone' },
    { from: 'tel:+15550100;phone-context=example.com;x-ast-a=1', on: 'tel:+15550100;phone-context=example.com' },
  ])('T-40: of the URI $from nothing is passed on but $on', async ({ from, on }) => {
    const { onward } = await passedOn(undefined, { uri: parseUri(from)! });
    expect(onward?.get('Remote-Party-ID')).toBe(`<${on}>;party=calling;privacy=off;screen=no`);
    expect(onward?.get('From')).toMatch(`<${on}>;tag=`);
  });

  it('T-40: of a trusted one its assertion counts; what it says beside that is not passed on either', async () => {
    const { identity, onward } = await passedOn({ trusted: true, match: { address: '192.0.2.1' } });
    expect(identity).toMatchObject({ source: 'P-Asserted-Identity', number: '+15550100', screened: true });
    const { 'P-Asserted-Identity': asserted, 'Remote-Party-ID': _, ...others } = CLAIMS;
    expect(onward?.get('P-Asserted-Identity')).toBe(asserted);
    for (const name of Object.keys(others)) expect(onward?.get(name), name).toBeUndefined();
  });
});
