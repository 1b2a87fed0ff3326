/** What `identifyEndpoint` gives that is no endpoint lets nobody in: it is the program's fault, and told to the program. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { IncomingRequest } from '@jackfield/sip';
import type { Endpoint } from '@jackfield/session';
import { Testbed, type PartyOptions } from '@jackfield/session/testing';

let bed: Testbed;
beforeEach(() => {
  bed = new Testbed();
});

const FAULT = { code: 'SESSION_HOOK_FAILED', info: { hook: 'identifyEndpoint', owner: 'application' } };
const NONSENSE = { ...FAULT, cause: { code: 'SESSION_HOOK_RESULT', info: FAULT.info } };

/** A stranger calls a service that gives `given` for it. @returns what it gets, and what was reported */
async function called(given: unknown, options: PartyOptions = {}): Promise<{ status: number | undefined; errors: readonly unknown[] }> {
  const identifyEndpoint = (): Endpoint => given as Endpoint;
  const server = await bed.party('server', { unknown: 'refuse', identifyEndpoint, ...options });
  server.service.onIncoming((session) => session.accept());
  const phone = await bed.party('phone');
  const ours = phone.service.create(server.uri());
  ours.established.catch(() => undefined);
  await bed.clock.advance(1000);
  const status = ours.state === 'established' ? 200 : (await ours.ended).status;
  const errors = server.errors.splice(0);
  await bed.close();
  expect(bed.leftOver()).toEqual({});
  return { status, errors };
}

describe('with `unknown: refuse`', () => {
  it.each<{ what: string; given: unknown }>([
    { what: 'null', given: null },
    { what: 'false', given: false },
    { what: 'a text', given: 'alice' },
    { what: 'an object with nothing in it', given: {} },
    { what: 'no word of trust', given: { name: 'alice' } },
    { what: 'trust that is neither', given: { name: 'alice', trusted: 'no' } },
    { what: 'an empty name', given: { name: '', trusted: false } },
    { what: 'a name that is a number', given: { name: 100, trusted: false } },
  ])('$what is answered 500 and reported', async ({ given }) => {
    const { status, errors } = await called(given);
    expect(status).toBe(500);
    expect(errors).toMatchObject([NONSENSE]);
  });

  it('undefined is nobody, an endpoint is that one', async () => {
    expect(await called(undefined)).toEqual({ status: 403, errors: [] });
    bed = new Testbed();
    expect(await called({ name: 'alice', trusted: false })).toEqual({ status: 200, errors: [] });
  });

  it('a promise is answered 500 and reported, whatever it resolves with', async () => {
    for (const later of [undefined, { name: 'alice', trusted: true }]) {
      bed = new Testbed();
      const { status, errors } = await called(Promise.resolve(later));
      expect(status).toBe(500);
      expect(errors).toMatchObject([NONSENSE]);
    }
  });

  it('a promise that is rejected is no rejection that nobody handles: it is reported too', async () => {
    const down = new Error('the database is down');
    const identifyEndpoint = (async (): Promise<never> => {
      throw down;
    }) as unknown as (invite: IncomingRequest) => undefined;
    const { status, errors } = await called(undefined, { identifyEndpoint });
    expect(status).toBe(500);
    expect(errors).toMatchObject([NONSENSE, { ...FAULT, cause: down }]);
  });
});

it('what is no endpoint does not come before the others: it lets nobody in where strangers may pass, and whom `endpoints` knows neither', async () => {
  expect((await called({}, { unknown: 'accept' })).status).toBe(500);
  bed = new Testbed();
  const endpoints = [{ name: 'phone', trusted: false, match: { address: '192.0.2.2' } }];
  expect((await called(null, { endpoints })).status).toBe(500);
});
