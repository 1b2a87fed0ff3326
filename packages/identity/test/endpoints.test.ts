/** What endpoints that are not trusted say of identities, on its way through a service that calls on. */
import { defineEndpoint, type EndpointProfile, type Session } from '@jackfield/session';
import { Testbed } from '@jackfield/session/testing';
import { describe, expect, it } from 'vitest';
import { identityCookie, registerIdentity } from '../src/index.ts';

const CLAIMS = {
  'P-Asserted-Identity': '"The Boss" <sip:+15550100@example.com>',
  'Remote-Party-ID': '<sip:+15550101@example.com>;screen=yes',
  Diversion: '<sip:+15550102@example.com>;reason=no-answer',
  Reason: 'Q.850;cause=16',
  'X-Internal-Account': '42',
  'X-Ast-Orig-Host': '10.0.0.1',
};

/** Mallory calls bob, who calls carol in turn, with the identity that he has of mallory. */
async function passedOn(endpoint: Omit<EndpointProfile, 'name'> | undefined) {
  const bed = new Testbed();
  const mallory = await bed.party('mallory', { traced: false });
  const endpoints = endpoint === undefined ? [] : [defineEndpoint({ name: 'mallory', ...endpoint })];
  const bob = await bed.party('bob', { endpoints });
  const carol = await bed.party('carol', { traced: false });
  registerIdentity(bob.service);
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
    await onward.established;
    await session.accept();
  });
  const call = mallory.service.create(bob.uri(), { headers: CLAIMS });
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
      const { identity, onward } = await passedOn(endpoint);
      expect(identity).toMatchObject({ source: 'From', screened: false, asserted: [], presentation: 'restricted' });
      for (const name of Object.keys(CLAIMS)) expect(onward?.get(name), name).toBeUndefined();
    },
  );

  it('T-40: of a trusted one its assertion counts; what it says beside that is not passed on either', async () => {
    const { identity, onward } = await passedOn({ trusted: true, match: { address: '192.0.2.1' } });
    expect(identity).toMatchObject({ source: 'P-Asserted-Identity', number: '+15550100', screened: true });
    for (const name of Object.keys(CLAIMS)) expect(onward?.get(name), name).toBeUndefined();
  });
});
