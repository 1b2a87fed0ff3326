/** What `onError` hears, and what it is spared: peers cannot make a program complain. */
import { describe, expect, it } from 'vitest';
import { Testbed } from '../src/testing.ts';
import type { Supplement } from '../src/index.ts';

describe('onError', () => {
  it('is spared offers that nobody takes: they are counted', async () => {
    const bed = new Testbed();
    const bob = await bed.party('bob');
    const carol = await bed.party('carol');
    bob.service.onIncoming((session) => session.accept());
    const video = { kind: 'video', port: 5000, protocol: 'RTP/AVP', formats: ['96'], lines: [] };
    const call = carol.service.create(bob.uri(), { media: [{ kind: 'video', section: video }] });
    await bed.clock.advance(1000);
    await expect(call.established).rejects.toMatchObject({ code: 'SESSION_REFUSED', info: { status: 488 } });
    expect(bob.errors).toEqual([]);
    expect(bob.service.stats().total).toMatchObject({ negotiationsFailed: 1, errors: 0 });
    await bed.close();
  });

  it('is spared a driver whose caller gave up while it waited', async () => {
    const bed = new Testbed();
    const alice = await bed.party('alice');
    const bob = await bed.party('bob');
    bob.service.onIncoming(async (session) => {
      await session.progress(180);
      await new Promise((resolve) => session.signal.addEventListener('abort', resolve));
      await session.accept();
    });
    const call = alice.service.create(bob.uri());
    await bed.clock.advance(1000);
    void call.end();
    await bed.clock.advance(64_000);
    expect(bob.errors).toEqual([]);
    expect(bed.leftOver()).toEqual({});
    await bed.close();
  });

  it('hears once of an accept that a plug-in broke, though the driver passes the failure on', async () => {
    const bed = new Testbed();
    const alice = await bed.party('alice');
    const bob = await bed.party('bob');
    const broken: Supplement = {
      name: 'broken',
      methods: ['INVITE'],
      outgoingResponse(_session, response) {
        if (response.status === 200) throw new Error('no');
      },
    };
    bob.service.registerSupplement(broken);
    bob.service.onIncoming((session) => session.accept());
    const call = alice.service.create(bob.uri());
    await bed.clock.advance(1000);
    await expect(call.established).rejects.toMatchObject({ info: { status: 500 } });
    expect(bob.errors.map(({ code, info }) => [code, info])).toEqual([
      ['SESSION_HOOK_FAILED', { hook: 'outgoingResponse', owner: 'broken' }],
    ]);
    await bed.close();
  });
});

describe('stats', () => {
  it('count a call as established once, from the ACK on, and not those that were never answered', async () => {
    const bed = new Testbed();
    const alice = await bed.party('alice');
    const bob = await bed.party('bob');
    let answers = true;
    bob.service.onIncoming((session) => (answers ? session.accept() : session.reject(486)));
    const established = () => [alice, bob].map(({ service }) => service.stats().total['established']);
    const call = alice.service.create(bob.uri());
    expect(established()).toEqual([0, 0]);
    await bed.clock.advance(1000);
    expect([call.state, ...established()]).toEqual(['established', 1, 1]);
    void call.sendReinvite({ media: 'late' });
    await bed.clock.advance(1000);
    void call.end();
    await bed.clock.advance(1000);
    expect([call.state, ...established()]).toEqual(['ended', 1, 1]);
    answers = false;
    alice.service.create(bob.uri());
    await bed.clock.advance(1000);
    expect(established()).toEqual([1, 1]);
    await bed.close();
  });
});
