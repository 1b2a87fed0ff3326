import { describe } from 'vitest';
import type { Supplement } from '../../src/index.ts';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { sdp } from './script.ts';

describe('F1, an incoming INVITE with an offer', () => {
  const plays = golden('F01-incoming-call');

  plays('answered, ended by the caller', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    const caller = alice.service.create(bob.uri());
    await play.go();
    play.note('bob calls progress 180');
    await calls[0]!.progress(180);
    await play.go();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
    void caller.end();
    await play.go();
  });

  plays('refused by the driver', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri());
    await play.go();
    play.note('bob calls reject 486');
    play.watch(calls[0]!.reject(486), 'reject resolves', 'reject');
    await play.go();
  });

  plays('refused by the driver after early media: the stream stops after sessionEnd', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri());
    await play.go();
    play.note('bob calls progress 183');
    void calls[0]!.progress(183);
    await play.go();
    play.note('bob calls reject 486');
    play.watch(calls[0]!.reject(486), 'reject resolves', 'reject');
    await play.go();
  });

  plays('without a driver', async (play) => {
    const { alice, bob } = await play.parties('bob', { driven: false });
    alice.service.create(bob.uri());
    await play.go();
  });

  plays('a driver that takes its time: 100 after 200 ms, of one hop, without hooks', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri());
    await play.go();
    await play.wait(200);
    await play.wait(800);
    play.note('bob calls progress 180');
    void calls[0]!.progress(180);
    await play.go();
  });

  plays('the INVITE repeated: absorbed, the last response again', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite();
    play.note('bob calls progress 180');
    void calls[0]!.progress(180);
    await play.go();
    await peer.repeat('INVITE');
  });

  plays('the ACK is lost: the 2xx again, without hooks, until it is acknowledged', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite();
    play.cut();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.wait(500);
    await play.wait(1000);
    await peer.ack();
    await peer.ack();
    await play.wait(3000);
  });

  plays('no ACK at all: BYE after 64*T1', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite();
    play.cut();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.bed.clock.advance(32_020);
    await peer.answer('BYE', 200);
  });
});

describe('F2, an incoming INVITE without an offer', () => {
  const plays = golden('F02-incoming-without-offer');

  plays('answered', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri(), { media: 'late' });
    await play.go();
    play.note('bob calls progress 183');
    void calls[0]!.progress(183);
    await play.go();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
  });

  plays('the ACK brings no answer: BYE', async (play) => {
    const { peer } = await play.lateCalled();
    await peer.ack();
    await peer.answer('BYE', 200);
  });

  plays('refused by the driver: nothing was created', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri(), { media: 'late' });
    await play.go();
    play.note('bob calls reject 486');
    play.watch(calls[0]!.reject(486), 'reject resolves', 'reject');
    await play.go();
  });
});

describe('F18, a first INVITE whose offer nobody can have', () => {
  const plays = golden('F18-nothing-usable');
  const offers: Readonly<Record<string, string>> = {
    'no codec': sdp({ format: '18' }),
    'every line of port 0': sdp({ port: 0 }),
    'a kind that nobody handles': sdp({ kind: 'video', format: '31' }),
    'bytes that are no description': 'no description at all\r\n',
  };
  for (const [heading, body] of Object.entries(offers)) {
    plays(heading, async (play) => {
      const { bob, peer } = await play.called();
      await peer.invite({ body });
      await peer.ack();
      play.check(bob.service.stats().live['sessions'], 0);
    });
  }

  plays('as the caller meets it', async (play) => {
    const { peer } = await play.calling();
    await peer.answer('INVITE', 488);
  });
});

describe('F25, refused by a supplement', () => {
  const plays = golden('F25-refused-by-a-supplement');

  plays('at admission', async (play) => {
    const { bob, peer } = await play.called({}, play.gate(603));
    await peer.invite();
    play.check(bob.service.stats().live['sessions'], 0);
    await peer.ack();
  });

  plays('as a request, before anything is claimed', async (play) => {
    const { bob, peer } = await play.called(
      {},
      play.guard(({ method }) => (method === 'INVITE' ? 603 : undefined)),
    );
    await peer.invite();
    play.check(bob.audio.live, 0);
    await peer.ack();
  });

  plays('our own call, at admission: nothing leaves', async (play) => {
    const alice = await play.bed.party('alice');
    alice.service.registerSupplement(play.gate(403));
    play.watch(alice.service.create('sip:peer@192.0.2.99').established, 'established resolves', 'established');
    await play.go();
  });

  const fails = (play: Play, hook: 'admitSession' | 'outgoingRequest'): Supplement => ({
    name: 'guard',
    [hook]: () => {
      play.note('guard throws');
      throw new Error('guard is tired');
    },
  });

  plays('a supplement that fails at admission: 500', async (play) => {
    const { peer } = await play.called({}, fails(play, 'admitSession'));
    await peer.invite();
    await peer.ack();
  });

  plays('a supplement that takes too long over admission: 503', async (play) => {
    const slow = play.slowGate();
    const { peer } = await play.called({}, slow);
    await peer.invite();
    await play.bed.clock.advance(5000);
    await peer.ack();
    await slow.answer(403, true);
  });

  plays('a supplement that fails when it is asked: 500', async (play) => {
    const { peer } = await play.called(
      {},
      play.guard(() => 'throws'),
    );
    await peer.invite();
    await peer.ack();
  });

  for (const [heading, hook] of [
    ['our own call, a supplement that fails at admission: nothing leaves', 'admitSession'],
    ['our own call, a supplement that fails over the INVITE: nothing leaves', 'outgoingRequest'],
  ] as const) {
    plays(heading, async (play) => {
      const alice = await play.bed.party('alice');
      alice.service.registerSupplement(fails(play, hook));
      play.watch(alice.service.create('sip:peer@192.0.2.99').established, 'established resolves', 'established');
      await play.go();
    });
  }
});
