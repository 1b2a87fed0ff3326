/** A plug-in that decides about a call in place of the service's driver. */
import { describe, expect, it } from 'vitest';
import { driverCookie, type Driver, type Supplement } from '@jackfield/session';
import { Testbed, type Party } from '@jackfield/session/testing';

async function begin(supplement: Omit<Supplement, 'name'>, driver?: Driver): Promise<{ bed: Testbed; alice: Party; bob: Party }> {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  bob.service.registerSupplement({ name: 'chooser', ...supplement });
  if (driver !== undefined) bob.service.onIncoming(driver);
  return { bed, alice, bob };
}

describe('driverCookie', () => {
  const own: Driver = (session) => session.reject(480);
  const usual: Driver = (session) => session.accept();

  it.each<{ where: string; supplement: Omit<Supplement, 'name'>; driver: Driver | undefined; status: number }>([
    { where: 'at admission', supplement: { admitSession: ({ cookies }) => cookies.add(driverCookie, own) }, driver: usual, status: 480 },
    {
      where: 'in the round of the INVITE',
      supplement: { incomingRequest: ({ cookies }) => cookies.set(driverCookie, own) },
      driver: usual,
      status: 480,
    },
    {
      where: 'though there is no other',
      supplement: { admitSession: ({ cookies }) => cookies.add(driverCookie, usual) },
      driver: undefined,
      status: 200,
    },
    { where: 'nowhere', supplement: {}, driver: usual, status: 200 },
  ])('put $where: $status', async ({ supplement, driver, status }) => {
    const { bed, alice, bob } = await begin(supplement, driver);
    const statuses: number[] = [];
    const session = alice.service.create(bob.uri(), { onResponse: (response) => statuses.push(response.status) });
    session.established.catch(() => {});
    await bed.clock.advance(500);
    expect(statuses).toEqual([status]);
    void session.end();
    await bed.clock.advance(64_000);
    expect(bed.leftOver()).toEqual({});
  });

  it('that throws is 500, as any driver', async () => {
    const { bed, alice, bob } = await begin({
      admitSession: ({ cookies }) =>
        cookies.add(driverCookie, () => {
          throw new Error('oh');
        }),
    });
    const session = alice.service.create(bob.uri());
    session.established.catch(() => {});
    await bed.clock.advance(500);
    await expect(session.ended).resolves.toMatchObject({ status: 500 });
    expect(bob.errors).toHaveLength(1);
  });
});
